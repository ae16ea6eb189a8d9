package engine_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/core/engine"
	"github.com/task-tower/tasktower/core/intercept"
	"github.com/task-tower/tasktower/core/job"
)

// fatal is a worker for jobs that die at once; mourn runs for each death.
func (w *world) fatal(mourn func(attempt int)) engine.Config {
	cfg := w.config(func(context.Context, *job.Record) error { return engine.Discard(nil) })
	cfg.Kinds[0].Stages.Death = []intercept.After{func(_ context.Context, ic *intercept.Context) error {
		mourn(ic.Job.Attempt)
		return nil
	}}
	return cfg
}

// passAway stores the death of whatever a worker holds that is then gone, without
// having mourned it.
func (w *world) passAway() {
	w.Helper()
	for _, r := range w.ghost(10) {
		out, err := w.memory.Settle(w.Context(), []*job.Settlement{{
			ID: r.ID, Lease: r.Lease, Seq: r.Seq, To: job.Dead, Cause: job.CauseFailure,
			DeadReason: job.DeadRejected, Attempt: r.Attempt, Notice: true,
		}})
		require.NoError(w, err)
		require.Empty(w, out.Lost)
		require.NoError(w, w.memory.Deregister(w.Context(), r.Lease.Worker()))
	}
}

// While one worker mourns a death, the job may be requeued and die again elsewhere.
// What the first worker has done says nothing of the second death.
func TestDeath_OfAJobThatDiedBeforeIsMournedAsWell(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		id := w.enqueue(1)[0]
		var mourned []int
		leave := make(chan struct{})
		stop := w.start(w.fatal(func(attempt int) {
			if mourned = append(mourned, attempt); attempt == 1 {
				<-leave
			}
		}))
		synctest.Wait()
		require.NoError(t, w.memory.PauseWorker(t.Context(), w.only().ID, "", ""))
		time.Sleep(learned)
		require.NoError(t, w.memory.Requeue(t.Context(), id, ""))
		w.passAway()
		close(leave)
		time.Sleep(time.Minute)
		require.Equal(t, []int{1, 2}, mourned)
		stop()
	})
}
