package postgres

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// People look at one job, or at the newest, while a store holds very many.
func TestJobsView_FindsByIndexWhatPeopleLookFor(t *testing.T) {
	t.Parallel()
	store := openInside(t)
	ctx := t.Context()
	exec := func(sql string) {
		_, err := store.pool.Exec(ctx, fill(sql, DefaultSchema), pgx.QueryExecModeSimpleProtocol)
		require.NoError(t, err)
	}
	// Of 100,000 jobs most are over, half of them failed once; 1,000 run, others wait.
	exec(`
		INSERT INTO {schema}.worker (id, host, pid, version, kinds, slots, started_at, beat_at, live_until)
		SELECT 'w' || n, 'h', 1, 'v', '{}', 1, now(), now(), now() + interval '1 hour' FROM generate_series(1, 10) n;
		INSERT INTO {schema}.job (kind, queue) SELECT 'k' || n % 3, 'q' || n % 7 FROM generate_series(1, 100000) n;
		CREATE TEMPORARY TABLE placed AS SELECT id, row_number() OVER (ORDER BY id) AS n FROM {schema}.job;
		INSERT INTO {schema}.failure (bucket, job_id, seq, attempt, at, worker, type, message, stack)
		SELECT 0, id, 0, 1, now(), 'w1', 'T', 'no luck', '' FROM placed WHERE n <= 45000;
		INSERT INTO {schema}.history (bucket, seq, job_id, ended_at, state, cause, attempt, failures, crashes, final)
		SELECT 0, 0, id, now(), 5, 3, 1, 0, 0, true FROM placed WHERE n <= 90000;
		INSERT INTO {schema}.lease (bucket, open, id, claimed_at, job_ids)
		SELECT 0, 100, (1::bigint << 36) + n / 100, now(), array_agg(id) FROM placed WHERE n BETWEEN 90001 AND 91000 GROUP BY n / 100;
		TRUNCATE {schema}.ready;
		INSERT INTO {schema}.ready (bucket, queue_id, kind_id, rank, run_at, id, slot, seq, attempt, failures, crashes)
		SELECT 0, {schema}.name_hash(j.queue), {schema}.name_hash(j.kind), ~j.priority, j.run_at, j.id, 0, 0, 0, 0, 0
		FROM {schema}.job j JOIN placed p ON p.id = j.id WHERE p.n > 94000;
		INSERT INTO {schema}.later (bucket, queue_id, kind_id, seq, run_at, id, priority, attempt, failures, crashes, retrying)
		SELECT 0, {schema}.name_hash(j.queue), {schema}.name_hash(j.kind), 0, j.run_at, j.id, 0, 0, 0, 0, false
		FROM {schema}.job j JOIN placed p ON p.id = j.id WHERE p.n BETWEEN 91001 AND 94000;`)
	var id [16]byte
	require.NoError(t, store.pool.QueryRow(ctx, "SELECT id FROM tasktower.job OFFSET 500 LIMIT 1").Scan(&id))
	small := []string{"lease: ", "worker: "}
	for _, c := range []struct{ moment, sql string }{
		{"SELECT 1", fmt.Sprintf("WHERE id = '%x'", id)},
		{"SELECT 1", "ORDER BY id DESC LIMIT 50"},
		{"ANALYZE", fmt.Sprintf("WHERE id = '%x'", id)},
		{"ANALYZE", "ORDER BY id DESC LIMIT 50"},
		{"ANALYZE", "LIMIT 50"},
	} {
		exec(c.moment)
		if c.sql == "LIMIT 50" {
			small = append(small, "job: ") // read from its beginning, and no further than needed
		}
		var text string
		require.NoError(t, store.pool.QueryRow(ctx, "EXPLAIN (FORMAT JSON) SELECT * FROM tasktower.jobs "+c.sql).Scan(&text))
		var plans []struct{ Plan map[string]any }
		require.NoError(t, json.Unmarshal([]byte(text), &plans))
		var found []string
		walkPlan(plans[0].Plan, &found)
		require.NotEmpty(t, found)
		for _, scan := range found {
			if !slices.ContainsFunc(small, func(table string) bool { return strings.HasPrefix(scan, table) }) {
				require.Contains(t, scan, ": Index", "%s: %s", c.moment, c.sql)
			}
		}
	}
}
