package engine_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/core/engine"
	"github.com/task-tower/tasktower/core/event"
	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/core/queue"
	"github.com/task-tower/tasktower/ports/portstest"
)

func TestRunDue_RunsWhatAClaimTookWhoseAnswerWasLost(t *testing.T) {
	t.Parallel()
	w := newWorld(t, portstest.Fault{Method: "Claim", Call: 1, After: true})
	id := w.enqueue(1)[0]
	worker := engine.New(w.config(nothing))
	_, _, err := worker.RunDue(t.Context(), 10)
	require.ErrorIs(t, err, job.ErrUnavailable)
	attempts, _, err := worker.RunDue(t.Context(), 10)
	require.NoError(t, err)
	require.Equal(t, 1, attempts)
	require.Equal(t, job.Completed, w.get(id).State)
}

// viewing is a strategy that keeps what it was told of running jobs.
type viewing struct {
	oldestFirst
	running []map[string]int
}

func (v *viewing) Plan(view queue.View) queue.Plan {
	v.running = append(v.running, view.Running)
	return v.oldestFirst.Plan(view)
}

// A handler that was abandoned has left the books, also when it comes back to the caller.
func TestRunDue_CountsAbandonedJobsOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.enqueue(3, func(s *job.Spec) { s.MaxRetries = 0 })
		strategy := &viewing{}
		cfg := w.config(func(context.Context, *job.Record) error {
			time.Sleep(7 * time.Second)
			return nil
		})
		cfg.Timeout, cfg.Strategy = time.Second, strategy
		attempts, _, err := engine.New(cfg).RunDue(t.Context(), 10)
		require.NoError(t, err)
		require.Equal(t, 3, attempts)
		require.Len(t, w.heard.of(event.JobAbandoned), 3)
		for _, running := range strategy.running {
			require.Empty(t, running)
		}
	})
}
