package postgres_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/adapters/postgres"
	"github.com/task-tower/tasktower/core/job"
)

func TestPlainSQL_StoresJobsThatRun(t *testing.T) {
	t.Parallel()
	w := setup(t, postgres.Config{})
	k := w.worker(t)
	var inserted, called, again [16]byte
	row := w.pool.QueryRow(t.Context(), `INSERT INTO tasktower.job (kind, payload) VALUES ('k', '{"by": "insert"}') RETURNING id`)
	require.NoError(t, row.Scan(&inserted))
	call := `SELECT tasktower.enqueue('k', '{"by": "function"}', queue => 'mail', priority => 5, tags => '{b,a,b}',
		unique_key => 'key', unique_for => '1 hour', timeout => '90 s')`
	require.NoError(t, w.pool.QueryRow(t.Context(), call).Scan(&called))
	require.NoError(t, w.pool.QueryRow(t.Context(), call).Scan(&again))
	require.Equal(t, called, again, "the holder of the key")
	require.WithinDuration(t, time.Now(), job.ID(inserted).Time(), time.Minute)
	require.Equal(t, byte(0x70), inserted[6]&0xf0, "version 7")

	_, err := w.pool.Exec(t.Context(), `INSERT INTO tasktower.job (kind, unique_key) VALUES ('k', 'key')`)
	require.ErrorContains(t, err, "unique key")
	out, err := w.Enqueue(t.Context(), []*job.Spec{spec(func(s *job.Spec) { s.UniqueKey = "key" })})
	require.NoError(t, err)
	require.Equal(t, job.ID(called), out.Held[0])

	got := k.claim(t, 10, everything)
	require.Len(t, got, 2)
	require.ElementsMatch(t, []job.ID{inserted, called}, []job.ID{got[0].ID, got[1].ID})
	rec, err := w.Get(t.Context(), called)
	require.NoError(t, err)
	require.Equal(t, []string{"a", "b"}, rec.Tags)
	require.Equal(t, 90*time.Second, rec.Timeout)
	require.Equal(t, time.Hour, rec.UniqueFor)

	var state string
	require.NoError(t, w.pool.QueryRow(t.Context(), "SELECT state FROM tasktower.jobs WHERE id = $1", called).Scan(&state))
	require.Equal(t, "processing", state)
}

// A row that no worker could read, or none would ever prune, is refused where it is
// inserted, if the server sees it.
func TestPlainSQL_RefusesWhatNoWorkerCanRead(t *testing.T) {
	t.Parallel()
	w := setup(t, postgres.Config{})
	k := w.worker(t)
	for name, columns := range map[string]string{
		"parameters without names": `params) VALUES ('k', '[1]')`,
		"a parameter without name": `params) VALUES ('k', '"x"')`,
		"a tag that is null":       `tags) VALUES ('k', '{a,NULL}')`,
		"a tag that is empty":      `tags) VALUES ('k', '{a,""}')`,
		"tags of tags":             `tags) VALUES ('k', '{{a},{b}}')`,
		"due before all time":      `run_at) VALUES ('k', '-infinity')`,
		"due after all time":       `run_at) VALUES ('k', 'infinity')`,
		"due in 300 centuries":     `run_at) VALUES ('k', '32000-01-01')`,
		"made before all time":     `created_at) VALUES ('k', '-infinity')`,
		"an id that tells no time": `id) VALUES ('k', gen_random_uuid())`,
	} {
		_, err := w.pool.Exec(t.Context(), "INSERT INTO tasktower.job (kind, "+columns)
		require.ErrorContains(t, err, "violates check constraint", name)
	}
	_, err := w.pool.Exec(t.Context(), `INSERT INTO tasktower.job (kind, params, tags) VALUES ('k', '{"a": null}', '{}')`)
	require.NoError(t, err)
	require.Len(t, k.claim(t, 10, everything), 1)
}

// A job that would never run is refused as the client refuses it, in both ways to
// store one. A deadline alone may have passed: such a job dies of it.
func TestPlainSQL_RefusesADeadlineBeforeTheRun(t *testing.T) {
	t.Parallel()
	w := setup(t, postgres.Config{})
	const in1, in2 = "now() + interval '1 hour'", "now() + interval '2 hours'"
	for name, c := range map[string]struct {
		runAt, deadline string
		fine            bool
	}{
		"before it is due":         {in2, in1, false},
		"when it is due":           {in1, in1, false},
		"after it is due":          {in1, in2, true},
		"before it was due":        {"now() - interval '1 hour'", "now() - interval '2 hours'", false},
		"past, and due at once":    {"now()", "now() - interval '1 hour'", true},
		"past, but after its time": {"now() - interval '2 hours'", "now() - interval '1 hour'", true},
	} {
		for how, sql := range map[string]string{
			"function": "SELECT tasktower.enqueue('k', run_at => " + c.runAt + ", deadline => " + c.deadline + ")",
			"insert":   "INSERT INTO tasktower.job (kind, run_at, deadline) SELECT 'k', " + c.runAt + ", " + c.deadline + " FROM generate_series(1, 2)",
		} {
			_, err := w.pool.Exec(t.Context(), sql)
			if c.fine {
				require.NoError(t, err, "%s: %s", how, name)
				continue
			}
			var refused *pgconn.PgError
			require.ErrorAs(t, err, &refused, "%s: %s", how, name)
			require.Equal(t, "23514", refused.Code, "check_violation")
			require.Equal(t, "job_deadline_after_run", refused.ConstraintName)
		}
	}
	_, err := w.pool.Exec(t.Context(), "SELECT tasktower.enqueue('k', deadline => now() - interval '1 hour')")
	require.NoError(t, err)
}

func TestPlainSQL_TakesAPriorityAsAnyNumber(t *testing.T) {
	t.Parallel()
	w := setup(t, postgres.Config{})
	for _, priority := range []int{-32768, -1, 0, 32767} {
		var id [16]byte
		require.NoError(t, w.pool.QueryRow(t.Context(), fmt.Sprintf("SELECT tasktower.enqueue('k', priority => %d)", priority)).Scan(&id))
		rec, err := w.Get(t.Context(), id)
		require.NoError(t, err)
		require.Equal(t, int16(priority), rec.Priority)
	}
	for _, priority := range []int{-32769, 32768, 2147483647} {
		_, err := w.pool.Exec(t.Context(), fmt.Sprintf("SELECT tasktower.enqueue('k', priority => %d)", priority))
		require.ErrorContains(t, err, fmt.Sprintf("priority is %d; want -32768 to 32767", priority))
	}
}

// The view tells of a job who runs it and what went wrong last, in whichever stay.
func TestPlainSQL_SeesWorkersAndErrors(t *testing.T) {
	t.Parallel()
	w := setup(t, postgres.Config{})
	ctx := t.Context()
	first, second := w.worker(t), w.worker(t)
	out := specs(2)
	_, err := w.Enqueue(ctx, out)
	require.NoError(t, err)
	see := func(id job.ID, state, worker, last string) {
		t.Helper()
		var gotState string
		var gotWorker, gotLast *string
		var at *time.Time
		require.NoError(t, w.pool.QueryRow(ctx, "SELECT state, worker, last_error, last_error_at FROM tasktower.jobs WHERE id = $1", [16]byte(id)).
			Scan(&gotState, &gotWorker, &gotLast, &at))
		orNull := func(s *string) string {
			if s == nil {
				return "null"
			}
			return *s
		}
		require.Equal(t, []string{state, worker, last}, []string{gotState, orNull(gotWorker), orNull(gotLast)})
		require.Equal(t, last == "null", at == nil)
	}
	see(out[0].ID, "enqueued", "null", "null")
	got := first.claim(t, 2, everything) // one lease, which stays open for the second job
	require.Len(t, got, 2)
	see(out[0].ID, "processing", got[0].Worker, "null")
	settled, err := w.Settle(ctx, []*job.Settlement{failed(got[0], 0)})
	require.NoError(t, err)
	require.Empty(t, settled)
	id := got[0].ID
	see(id, "retrying", "null", "boom")
	_, err = w.Promote(ctx, 10)
	require.NoError(t, err)
	see(id, "enqueued", "null", "boom")
	again := second.claim(t, 2, everything)
	require.Len(t, again, 1)
	require.NotEqual(t, got[0].Worker, again[0].Worker)
	see(id, "processing", again[0].Worker, "boom")
	see(got[1].ID, "processing", got[1].Worker, "null")
	last := failed(again[0], 0)
	last.Failure.Message = "none again"
	_, err = w.Settle(ctx, []*job.Settlement{last})
	require.NoError(t, err)
	see(id, "retrying", "null", "none again")
}

// deep are parameters that PostgreSQL reads and encoding/json does not.
const deep = `('{"p":' || repeat('[', 10010) || repeat(']', 10010) || '}')::json`

// What is wrong with one record must not keep its neighbours from being read: not
// those of its claim, nor those that others lost.
func TestPlainSQL_HandsOverWhatItCannotRead(t *testing.T) {
	t.Parallel()
	w := setup(t, postgres.Config{})
	ctx := t.Context()
	_, err := w.Enqueue(ctx, specs(2, func(s *job.Spec) { s.Params = job.Params{"p": []byte("1")} }))
	require.NoError(t, err)
	_, err = w.pool.Exec(ctx, "INSERT INTO tasktower.job (kind, params) VALUES ('k', "+deep+")")
	require.NoError(t, err)
	k := w.worker(t)
	claimed := k.claim(t, 3, everything)
	recalled, err := w.Recall(ctx, job.NewLease(k.number, k.claims))
	require.NoError(t, err)
	require.NoError(t, w.Deregister(ctx, k.number))
	lost, err := w.Lost(ctx, 10)
	require.NoError(t, err)
	for what, records := range map[string][]*job.Record{"claimed": claimed, "recalled": recalled, "lost": lost} {
		require.Len(t, records, 3, what)
		for i, r := range records {
			var unreadable *job.UnreadableError
			require.Equal(t, i == 2, errors.As(r.Unreadable, &unreadable), what)
			require.Equal(t, i == 2, r.Params == nil, what)
		}
	}
	page, err := w.List(ctx, job.Filter{Limit: 10})
	require.NoError(t, err)
	require.Len(t, page.Jobs, 3)
	require.ErrorContains(t, page.Jobs[0].Unreadable, "read its parameters: ")
}
