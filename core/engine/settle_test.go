package engine_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/core/engine"
	"github.com/task-tower/tasktower/core/event"
	"github.com/task-tower/tasktower/core/intercept"
	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/core/queue"
	"github.com/task-tower/tasktower/core/retry"
	"github.com/task-tower/tasktower/ports/portstest"
)

func nothing(context.Context, *job.Record) error { return nil }

func TestSettler_TriesAgainWhatAStoreRefusesWithoutAReason(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, portstest.Fault{Method: "Settle", Err: errors.New("odd")})
		ids := w.enqueue(20)
		stop := w.start(w.config(nothing))
		time.Sleep(time.Minute)
		for _, id := range ids {
			require.Equal(t, job.Processing, w.get(id).State)
		}
		require.NotEmpty(t, w.heard.of(event.SettleFailed))
		w.store.Heal()
		time.Sleep(10 * time.Second)
		for _, id := range ids {
			require.Equal(t, job.Completed, w.get(id).State)
		}
		stop()
	})
}

// One result of a batch is odd, so that the batch is split, and then nothing can be
// stored until the worker has stopped: whoever waits is answered all the same.
func TestSettler_AnswersAllPartsOfASplitBatch(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.enqueue(3)
		cfg := w.config(func(context.Context, *job.Record) error {
			time.Sleep(300 * time.Millisecond)
			return nil
		})
		cfg.Grace, cfg.Overstay = 100*time.Millisecond, 100*time.Millisecond
		cfg.Stages.Success = []intercept.After{func(context.Context, *intercept.Context) error { return nil }}
		w.store.Break(portstest.Fault{Method: "Settle", Call: 1, Err: errors.New("odd")})
		w.store.Break(portstest.Fault{Method: "Settle"})
		stop := w.start(cfg)
		time.Sleep(320 * time.Millisecond)
		stop() // goroutines that are left let the test fail
	})
}

func TestWorker_StopsWhateverTheStoreDoes(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]portstest.Fault{
		"nothing can be stored":       {Method: "Settle"},
		"nothing is stored, oddly":    {Method: "Settle", Err: errors.New("odd")},
		"everything fails":            {},
		"everything fails, oddly":     {Err: errors.New("odd")},
		"every answer is lost":        {After: true},
		"every call runs out of time": {Err: fmt.Errorf("call: %w", context.DeadlineExceeded)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				w.enqueue(50)
				cfg := w.config(func(ctx context.Context, _ *job.Record) error {
					<-ctx.Done()
					return ctx.Err()
				})
				cfg.Stages = intercept.Stages{Failure: []intercept.After{func(context.Context, *intercept.Context) error { return nil }}}
				stop := w.start(cfg)
				time.Sleep(time.Second)
				w.store.Break(fault)
				time.Sleep(10 * time.Second)
				begun := time.Now()
				stop()
				require.LessOrEqual(t, time.Since(begun), drained)
			})
		})
	}
}

func TestWorker_SaysThatItCannotStart(t *testing.T) {
	t.Parallel()
	w := newWorld(t, portstest.Fault{Method: "Register"})
	err := engine.New(w.config(nothing)).Run(t.Context())
	require.ErrorIs(t, err, job.ErrUnavailable)
	require.ErrorContains(t, err, "register worker")
}

// mistaken is a strategy that panics and plans nonsense by turns.
type mistaken struct{ oldestFirst }

func (mistaken) Plan(v queue.View) queue.Plan {
	if v.Claim%2 == 0 {
		panic("no idea")
	}
	return queue.Plan{Rest: "sideways"}
}

func TestWorker_OutlivesAMistakenStrategy(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		ids := w.enqueue(1)
		cfg := w.config(nothing)
		cfg.Strategy = mistaken{}
		stop := w.start(cfg)
		time.Sleep(time.Minute)
		require.NotEmpty(t, w.heard.of(event.StrategyMistaken))
		require.Equal(t, job.Enqueued, w.get(ids[0]).State)
		stop()
	})
}

func TestWorker_OutlivesPoliciesAndInterceptorsThatMisbehave(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		ids := w.enqueue(1)
		cfg := w.config(func(context.Context, *job.Record) error { return errors.New("no") })
		cfg.Concurrency = 1
		cfg.Kinds[0].MaxRetries = 1
		cfg.Kinds[0].Retry = retry.Func(func(int, error) time.Duration { panic("no policy") })
		forever := make(chan struct{})
		cfg.Kinds[0].Stages.Death = []intercept.After{func(context.Context, *intercept.Context) error { <-forever; return nil }}
		stop := w.start(cfg)
		time.Sleep(2 * time.Minute)
		require.Equal(t, job.Dead, w.get(ids[0]).State, "the default policy stands in")
		failed := w.heard.of(event.InterceptFail)
		require.Len(t, failed, 1, "the deaf interceptor is abandoned")
		require.ErrorContains(t, failed[0].Err, "ignored its context")
		stop()
		close(forever)
	})
}
