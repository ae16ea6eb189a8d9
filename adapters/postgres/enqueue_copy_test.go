package postgres_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
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

// Jobs are sent in COPYs of sizes that the server likes, and none is built in memory whatever its size,
// but where the trigger has to see all at once.
func TestEnqueue_DividesManyAmongCopies(t *testing.T) {
	t.Parallel()
	w := setup(t, postgres.Config{})
	_, err := w.pool.Exec(t.Context(), `
		CREATE TABLE public.copies (jobs bigint);
		CREATE FUNCTION public.note() RETURNS trigger LANGUAGE plpgsql AS $$
			BEGIN INSERT INTO public.copies SELECT count(*) FROM stored; RETURN NULL; END $$;
		CREATE TRIGGER note AFTER INSERT ON tasktower.job REFERENCING NEW TABLE AS stored FOR EACH STATEMENT EXECUTE FUNCTION public.note();
		CREATE TRIGGER note AFTER INSERT ON tasktower.history REFERENCING NEW TABLE AS stored FOR EACH STATEMENT EXECUTE FUNCTION public.note()`,
		pgx.QueryExecModeSimpleProtocol)
	require.NoError(t, err)
	copies := func() []int64 {
		rows, err := w.pool.Query(t.Context(), "DELETE FROM public.copies RETURNING jobs")
		require.NoError(t, err)
		sizes, err := pgx.CollectRows(rows, pgx.RowTo[int64])
		require.NoError(t, err)
		return sizes
	}
	enqueue := func(all []*job.Spec) {
		_, err := w.Enqueue(t.Context(), all)
		require.NoError(t, err)
	}
	enqueue(specs(700))
	require.Equal(t, []int64{700}, copies(), "a queue that nobody knew, so by the trigger")
	enqueue(specs(700))
	require.Equal(t, []int64{500, 200}, copies())
	enqueue(specs(1600))
	require.Equal(t, []int64{1600}, copies())

	jobs := w.worker(t).claim(t, 900, everything)
	_, err = w.Settle(t.Context(), dones(jobs))
	require.NoError(t, err)
	require.Equal(t, []int64{500, 400}, copies())

	large := specs(100, func(s *job.Spec) { s.Payload = fmt.Appendf(nil, "%q", strings.Repeat("x", 100_000)) })
	enqueue(large)
	sizes := copies()
	require.Greater(t, len(sizes), 2, "10 MB")
	for _, n := range sizes {
		require.LessOrEqual(t, n, int64(43), "of which 4 MiB go at once")
	}
}
