package postgres

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

// Deaths of kinds that nobody handles may be many, and every worker looks each second.
func TestTakeDeaths_CostsNothingForOtherKinds(t *testing.T) {
	t.Parallel()
	store := openInside(t)
	add := func(kind string, n int) {
		_, err := store.pool.Exec(t.Context(), `INSERT INTO tasktower.death (bucket, job_id, kind, since)
			SELECT 0, tasktower.uuid7(), $1, now() FROM generate_series(1, $2::int)`, kind, n)
		require.NoError(t, err)
	}
	add("k", 3)
	add("gone", 20_000)
	tx, err := store.pool.Begin(t.Context())
	require.NoError(t, err)
	defer func() { _ = tx.Rollback(context.Background()) }()
	_, err = tx.Exec(t.Context(), store.sql.get("settings"), "60s", "on", "on")
	require.NoError(t, err)
	for kind, want := range map[string]int{"k": 3, "other": 0} {
		var text string
		sql := "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) " + store.sql.get("deaths_take")
		require.NoError(t, tx.QueryRow(t.Context(), sql, bucket, int64(1), []string{kind}, 50, [][16]byte{}).Scan(&text))
		var plans []struct {
			Plan struct {
				Rows  float64 `json:"Actual Rows"`
				Hit   int     `json:"Shared Hit Blocks"`
				Reads int     `json:"Shared Read Blocks"`
			}
		}
		require.NoError(t, json.Unmarshal([]byte(text), &plans))
		p := plans[0].Plan
		require.Equal(t, want, int(p.Rows))
		require.Less(t, p.Hit+p.Reads, 100, "blocks of a table of 20,003 rows")
	}
}
