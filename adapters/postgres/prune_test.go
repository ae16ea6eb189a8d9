package postgres_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/adapters/postgres"
	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/ports"
)

// pruneAll prunes until nothing is due.
func (w world) pruneAll(t testing.TB, limit int) (jobs, calls int) {
	t.Helper()
	for more := true; more; calls++ {
		out, err := w.Prune(t.Context(), limit)
		require.NoError(t, err)
		jobs, more = jobs+out.Jobs, out.More
		require.Less(t, calls, 1000)
	}
	return jobs, calls
}

func (w world) count(t testing.TB, sql string, args ...any) (n int) {
	t.Helper()
	require.NoError(t, w.pool.QueryRow(t.Context(), sql, args...).Scan(&n))
	return n
}

var atOnce = map[string]job.Retention{"": {}}

func TestPrune_LeavesNothingBehindInAnyTable(t *testing.T) {
	t.Parallel()
	w := setup(t, postgres.Config{PollOnly: true})
	k := w.worker(t)
	_, err := w.Enqueue(t.Context(), specs(20, func(s *job.Spec) {
		s.UniqueKey, s.DeadlineIn, s.Tags = s.ID.String(), time.Hour, []string{"a"}
	}))
	require.NoError(t, err)
	jobs := k.claim(t, 100, everything)
	require.Len(t, jobs, 20)
	results := dones(jobs)
	for _, s := range results[:10] {
		s.To, s.Cause, s.DeadReason, s.Note = job.Dead, job.CauseFailure, job.DeadRetries, "why"
		s.Failure = job.NewFailure("e", "boom", "")
	}
	told := make([]*job.ReportUpdate, len(jobs))
	for i, r := range jobs {
		told[i] = &job.ReportUpdate{ID: r.ID, Lease: r.Lease, Seq: r.Seq, Attempt: 1, Lines: []job.Line{{Text: "a"}}, Output: []byte(`1`)}
	}
	err = w.Report(t.Context(), told)
	require.NoError(t, err)
	require.Equal(t, 20, w.count(t, "SELECT count(*) FROM tasktower.report_line"))
	_, err = w.Settle(t.Context(), results)
	require.NoError(t, err)
	require.NoError(t, w.Retain(t.Context(), atOnce))
	got, _ := w.pruneAll(t, 7)
	require.Equal(t, 20, got)
	for _, table := range []string{"job", "history", "note", "failure", "report", "report_line", "death", "deadline", "unique_key", "cancel_request", "lease"} {
		require.Zero(t, w.count(t, "SELECT count(*) FROM tasktower."+table), table)
	}
	require.Equal(t, 1, w.count(t, "SELECT count(*) FROM tasktower.prune"), "and one range, of all that is to come")
}

// What stays for long is not read at every turn.
func TestPrune_LooksAgainWhenTheFirstOfARangeMayGo(t *testing.T) {
	t.Parallel()
	w := setup(t, postgres.Config{PollOnly: true})
	k := w.worker(t)
	_, err := w.Enqueue(t.Context(), specs(50))
	require.NoError(t, err)
	_, err = w.Settle(t.Context(), dones(k.claim(t, 100, everything)))
	require.NoError(t, err)
	_, err = w.Enqueue(t.Context(), specs(3, func(s *job.Spec) { s.Kind = "fleeting" }))
	require.NoError(t, err)
	require.NoError(t, w.Retain(t.Context(), map[string]job.Retention{
		"k":        {Completed: 2 * time.Hour, Cancelled: job.KeepForever, Dead: job.KeepForever},
		"fleeting": {},
	}))

	got, _ := w.pruneAll(t, 20)
	require.Zero(t, got)
	ranges := w.count(t, "SELECT count(*) FROM tasktower.prune WHERE upto < 'ffffffff-ffff-ffff-ffff-ffffffffffff'")
	require.Equal(t, 3, ranges)
	require.Equal(t, 2, w.count(t, `SELECT count(*) FROM tasktower.prune
		WHERE due_at BETWEEN now() + interval '110 minutes' AND now() + interval '130 minutes'`), "those of one kind, by its retention")
	_, calls := w.pruneAll(t, 20)
	require.LessOrEqual(t, calls, 3)

	_, err = w.pool.Exec(t.Context(), `UPDATE tasktower.history SET ended_at = ended_at - interval '3 hours'`)
	require.NoError(t, err)
	got, _ = w.pruneAll(t, 20)
	require.Zero(t, got, "nobody looks before the time")
	_, err = w.pool.Exec(t.Context(), `UPDATE tasktower.prune SET due_at = now()`)
	require.NoError(t, err)
	got, _ = w.pruneAll(t, 20)
	require.Equal(t, 50, got)
}

func TestPrune_LooksSoonerAfterARequeue(t *testing.T) {
	t.Parallel()
	w := setup(t, postgres.Config{PollOnly: true})
	s := specs(1)
	_, err := w.Enqueue(t.Context(), s)
	require.NoError(t, err)
	_, err = w.Cancel(t.Context(), s[0].ID, "")
	require.NoError(t, err)
	require.NoError(t, w.Retain(t.Context(), map[string]job.Retention{"": {Cancelled: job.KeepForever, Dead: job.KeepForever}}))
	w.pruneAll(t, 10)
	far := "SELECT count(*) FROM tasktower.prune WHERE due_at > now() + interval '1 day'"
	require.Equal(t, 1, w.count(t, far))
	require.NoError(t, w.Requeue(t.Context(), s[0].ID, ""))
	require.Zero(t, w.count(t, far))
}

// The rest of a batch tells from the history which of its jobs are settled.
func TestPrune_KeepsWhatAnOpenLeaseNames(t *testing.T) {
	t.Parallel()
	w := setup(t, postgres.Config{PollOnly: true})
	k := w.worker(t)
	_, err := w.Enqueue(t.Context(), specs(2))
	require.NoError(t, err)
	jobs := k.claim(t, 2, everything)
	settle := func(r *job.Record) ports.Settled {
		out, err := w.Settle(t.Context(), []*job.Settlement{done(r)})
		require.NoError(t, err)
		return out
	}
	require.Empty(t, settle(jobs[0]))
	older := func() int {
		out, err := w.PruneOlder(t.Context(), ports.PruneRequest{Limit: 10})
		require.NoError(t, err)
		return out.Jobs
	}
	require.Zero(t, older())
	require.Empty(t, settle(jobs[0]), "again is harmless")
	require.Empty(t, settle(jobs[1]))
	require.Equal(t, 2, older())
	require.Zero(t, w.count(t, "SELECT count(*) FROM tasktower.history"))
}

func TestPrune_WaitsForNobodyAndNobodyLosesAJobToIt(t *testing.T) {
	t.Parallel()
	w := setup(t, postgres.Config{PollOnly: true})
	all := specs(3)
	_, err := w.Enqueue(t.Context(), all)
	require.NoError(t, err)
	for _, s := range all {
		_, err = w.Cancel(t.Context(), s.ID, "")
		require.NoError(t, err)
	}
	tx, err := w.pool.Begin(t.Context())
	require.NoError(t, err)
	defer func() { _ = tx.Rollback(context.Background()) }()
	_, err = tx.Exec(t.Context(), "SELECT id FROM tasktower.job WHERE id = $1 FOR UPDATE", all[1].ID.String())
	require.NoError(t, err)

	require.NoError(t, w.Retain(t.Context(), atOnce))
	got, _ := w.pruneAll(t, 10)
	require.Equal(t, 2, got)
	require.NoError(t, tx.Rollback(t.Context()))
	require.NoError(t, w.Requeue(t.Context(), all[1].ID, ""))
	require.ErrorIs(t, w.Requeue(t.Context(), all[0].ID, ""), job.ErrNotFound)
}

func TestPrune_ForgetsWorkersThatStoppedLongAgo(t *testing.T) {
	t.Parallel()
	w := setup(t, postgres.Config{PollOnly: true})
	gone, recent, busy := w.worker(t), w.worker(t), w.worker(t)
	_, err := w.Enqueue(t.Context(), specs(1))
	require.NoError(t, err)
	require.Len(t, busy.claim(t, 1, everything), 1)
	for _, k := range []*worker{gone, recent, busy} {
		require.NoError(t, w.Deregister(t.Context(), k.number))
	}
	w.worker(t)
	_, err = w.pool.Exec(t.Context(), "UPDATE tasktower.worker SET stopped_at = now() - interval '31 days' WHERE number = ANY($1)",
		[]int64{gone.number, busy.number})
	require.NoError(t, err)
	w.pruneAll(t, 10)
	require.Equal(t, 3, w.count(t, "SELECT count(*) FROM tasktower.worker"))
	require.Zero(t, w.count(t, "SELECT count(*) FROM tasktower.worker WHERE number = $1", gone.number))
}

func TestPrune_LooksAtAllJobsAnewOnceAWeek(t *testing.T) {
	t.Parallel()
	w := setup(t, postgres.Config{PollOnly: true})
	require.NoError(t, w.Retain(t.Context(), atOnce))
	passed := spec()
	_, err := w.Enqueue(t.Context(), []*job.Spec{passed})
	require.NoError(t, err)
	_, err = w.Cancel(t.Context(), passed.ID, "")
	require.NoError(t, err)
	w.pruneAll(t, 10)
	hidden := spec(func(s *job.Spec) { s.ID[0] = 0 }) // made long ago, stored now
	_, err = w.Enqueue(t.Context(), []*job.Spec{hidden})
	require.NoError(t, err)
	_, err = w.Cancel(t.Context(), hidden.ID, "")
	require.NoError(t, err)
	_, err = w.pool.Exec(t.Context(), "UPDATE tasktower.prune SET due_at = now()")
	require.NoError(t, err)
	got, _ := w.pruneAll(t, 10)
	require.Zero(t, got)
	_, err = w.pool.Exec(t.Context(), "UPDATE tasktower.prune SET due_at = now(), since = now() - interval '8 days'")
	require.NoError(t, err)
	got, _ = w.pruneAll(t, 10)
	require.Equal(t, 1, got)
}
