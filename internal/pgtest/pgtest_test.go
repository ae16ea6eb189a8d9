package pgtest_test

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/internal/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

func prepare(ctx context.Context, dsn string) error {
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, "CREATE TABLE shared (n int); INSERT INTO shared VALUES (1)")
	return err
}

func TestClone_GivesEachTestADatabaseOfItsOwn(t *testing.T) {
	t.Parallel()
	for range 2 {
		conn, err := pgx.Connect(t.Context(), pgtest.Clone(t, "shared", prepare))
		require.NoError(t, err)
		var rows int
		require.NoError(t, conn.QueryRow(t.Context(), "WITH more AS (INSERT INTO shared VALUES (2)) SELECT count(*) FROM shared").Scan(&rows))
		require.Equal(t, 1, rows)
		require.NoError(t, conn.Close(t.Context()))
	}
}

const envVictim = "TASKTOWER_PGTEST_VICTIM"

// The server ends with its process, also if that has no time to stop it.
func TestMain_LeavesNoServerBehindWhenKilled(t *testing.T) {
	if os.Getenv(pgtest.EnvURL) != "" {
		return // the server is not ours to end
	}
	if os.Getenv(envVictim) != "" {
		_, err := os.Stdout.WriteString("dsn:" + pgtest.Empty(t) + "\n")
		require.NoError(t, err)
		self, err := os.FindProcess(os.Getpid())
		require.NoError(t, err)
		require.NoError(t, self.Kill())
		select {}
	}
	t.Parallel()
	victim := exec.Command(os.Args[0], "-test.run", "^TestMain_LeavesNoServerBehindWhenKilled$")
	victim.Env = append(os.Environ(), envVictim+"=1")
	said, err := victim.Output()
	require.Error(t, err, "it was killed")
	_, dsn, found := strings.Cut(string(said), "dsn:host=")
	require.True(t, found, "%s", said)
	dir, _, _ := strings.Cut(dsn, " ")
	require.Eventually(t, func() bool {
		_, err := os.Stat(dir)
		return os.IsNotExist(err)
	}, 30*time.Second, 20*time.Millisecond)
}
