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
	"github.com/task-tower/tasktower/ports/portstest"
)

// completing is a worker whose handler completes its job in a transaction, and
// then goes on with rest.
func (w *world) completing(rest func(ctx context.Context) error) engine.Config {
	type key struct{}
	cfg := w.config(func(ctx context.Context, _ *job.Record) error {
		tx := w.memory.Begin()
		if err := ctx.Value(key{}).(engine.Reporter).CompleteTx(ctx, tx); err != nil {
			return err
		}
		if err := tx.Commit(); err != nil {
			return err
		}
		return rest(ctx)
	})
	cfg.Wrap = func(ctx context.Context, _ *job.Record, to engine.Reporter) context.Context {
		return context.WithValue(ctx, key{}, to)
	}
	return cfg
}

// requireCompletedOnce wants one completion and nothing else told of the jobs.
func (w *world) requireCompletedOnce(ids ...job.ID) {
	w.Helper()
	for _, id := range ids {
		rec := w.get(id)
		require.Equal(w, job.Completed, rec.State)
		require.Equal(w, 1, rec.Attempt)
	}
	require.Len(w, w.heard.of(event.JobCompleted), len(ids))
	require.Empty(w, w.heard.of(event.JobLeaseLost))
	require.Empty(w, w.heard.of(event.JobFailed))
}

func TestCompleteTx_StaysCompletedWhateverBecomesOfTheAnswers(t *testing.T) {
	t.Parallel()
	for name, faults := range map[string][]portstest.Fault{
		"with a store that answers":            nil,
		"with a call that fails":               {{Method: "Settle", Call: 1}},
		"with an answer that is lost":          {{Method: "Settle", Call: 1, After: true}},
		"with the second answer lost as well":  {{Method: "Settle", Call: 1, After: true}, {Method: "Settle", Call: 3, After: true}},
		"with a first call of its that failed": {{Method: "Settle", Call: 2}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, faults...)
				ids := w.enqueue(5)
				stop := w.start(w.completing(func(context.Context) error { return nil }))
				time.Sleep(time.Minute)
				stop()
				w.requireCompletedOnce(ids...)
			})
		})
	}
}

func TestCompleteTx_CountsForAHandlerThatIsAbandonedAfterwards(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		id := w.enqueue(1, func(s *job.Spec) { s.Timeout = time.Second })[0]
		end := make(chan struct{})
		stop := w.start(w.completing(func(context.Context) error { <-end; return nil }))
		time.Sleep(time.Minute)
		require.Len(t, w.heard.of(event.JobAbandoned), 1)
		w.requireCompletedOnce(id)
		close(end)
		stop()
	})
}
