package postgres_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/adapters/postgres"
	"github.com/task-tower/tasktower/core/job"
)

// Many jobs of known queues and kinds that are due now are made ready without the trigger.
// What stands there is the same.
func TestEnqueue_OfManyIsTheSameWithoutTheTrigger(t *testing.T) {
	t.Parallel()
	const many = 1200
	sorts := func(n int, change ...func(*job.Spec)) func() []*job.Spec {
		return func() []*job.Spec {
			out := specs(many)
			for i, s := range out {
				s.Queue, s.Priority = fmt.Sprint("q", i%n), int16(i%n)
				for _, f := range change {
					f(s)
				}
			}
			rand.Shuffle(many, func(i, j int) { out[i], out[j] = out[j], out[i] })
			return out
		}
	}
	for name, c := range map[string]struct {
		specs  func() []*job.Spec
		direct int64
	}{
		"of one sort":     {sorts(1), 1},
		"of a few":        {sorts(3), 3},
		"of many":         {sorts(20), 0},
		"with a deadline": {sorts(1, func(s *job.Spec) { s.DeadlineIn = time.Hour }), 0},
		"due later":       {sorts(1, func(s *job.Spec) { s.Delay = time.Hour }), 0},
		"due long ago":    {sorts(1, func(s *job.Spec) { s.RunAt = time.Now().Add(-time.Hour) }), 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const direct = "~$4::smallint"
			seen := count(direct)
			w := setup(t, postgres.Config{}, func(c *pgxpool.Config) { c.ConnConfig.Tracer = seen })
			stand := func() (out []string) {
				all := c.specs()
				_, err := w.Enqueue(t.Context(), all)
				require.NoError(t, err)
				require.Equal(t, inLine(all), w.line(t))
				rows, err := w.pool.Query(t.Context(), `
					SELECT concat_ws(' ', queue_id, kind_id, rank, cardinality(more), seq, attempt, failures, crashes,
						run_at = (SELECT j.run_at FROM tasktower.job j WHERE j.id = r.id)) AS line
					FROM tasktower.ready r
					UNION ALL SELECT concat_ws(' ', 'later', queue_id, kind_id, seq, priority) FROM tasktower.later
					ORDER BY line`)
				require.NoError(t, err)
				out, err = pgx.CollectRows(rows, pgx.RowTo[string])
				require.NoError(t, err)
				_, err = w.pool.Exec(t.Context(), "TRUNCATE tasktower.ready, tasktower.later")
				require.NoError(t, err)
				return out
			}
			first := stand()
			require.Zero(t, seen.seen[direct].Load(), "queue and kind are new")
			require.NotEmpty(t, first)
			require.Equal(t, first, stand())
			require.Equal(t, c.direct, seen.seen[direct].Load())
		})
	}
}

// inLine are the ids of jobs that are due at once, queue by queue in the order in which they are to run.
func inLine(all []*job.Spec) [][16]byte {
	out := [][16]byte{}
	sorted := slices.SortedFunc(slices.Values(all), func(a, b *job.Spec) int {
		return cmp.Or(cmp.Compare(a.Queue, b.Queue), a.ID.Compare(b.ID))
	})
	for _, s := range sorted {
		if s.Delay == 0 {
			out = append(out, s.ID)
		}
	}
	return out
}

// line are the ids in ready, queue by queue in the order in which they are to run.
func (w world) line(t *testing.T) [][16]byte {
	t.Helper()
	rows, err := w.pool.Query(t.Context(), `
		SELECT p.id FROM tasktower.ready r
		JOIN tasktower.queue q ON q.id = r.queue_id
		CROSS JOIN LATERAL unnest(array_prepend(r.id, r.more)) WITH ORDINALITY AS p (id, place)
		ORDER BY q.name, r.run_at, r.id, p.place`)
	require.NoError(t, err)
	out, err := pgx.CollectRows(rows, pgx.RowTo[[16]byte])
	require.NoError(t, err)
	return append([][16]byte{}, out...)
}
