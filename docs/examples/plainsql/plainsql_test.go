package plainsql

import (
	"context"
	"os"
	"regexp"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower"
	"github.com/task-tower/tasktower/adapters/postgres"
	"github.com/task-tower/tasktower/internal/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

func TestPage_HoldsSQLThatRuns(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../how-to/plain-sql.md")
	require.NoError(t, err)
	blocks := regexp.MustCompile("(?s)```sql\n(.*?)```").FindAllSubmatch(page, -1)
	require.Greater(t, len(blocks), 4)

	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	pool, err := pgxpool.New(ctx, pgtest.Empty(t))
	require.NoError(t, err)
	defer pool.Close()
	store, err := postgres.New(pool, postgres.Config{})
	require.NoError(t, err)
	defer store.Close()
	require.NoError(t, store.Migrate(ctx))

	for _, block := range blocks {
		_, err := pool.Exec(ctx, string(block[1]))
		require.NoError(t, err, string(block[1]))
	}
	client, err := tasktower.NewClient(store, tasktower.ClientConfig{})
	require.NoError(t, err)
	list, err := client.List(ctx, tasktower.Filter{})
	require.NoError(t, err)
	states := map[tasktower.State]int{}
	for _, r := range list.Jobs {
		states[r.State]++
	}
	require.Equal(t, map[tasktower.State]int{tasktower.Enqueued: 6, tasktower.Scheduled: 2}, states,
		"what the page says of its examples")
}
