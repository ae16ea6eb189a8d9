package portstest

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/ports"
)

// everyCall is one sensible call of each method that returns an error.
func everyCall(w *world) map[string]func(ctx context.Context) error {
	h := w.hand()
	running := h.inState(job.Processing, inQueue("r"))
	r := w.get(running)
	waiting := w.one()
	w.save(recurring("p"), recurring("q"), recurring("f"))
	version := w.recurring("f").Version
	return map[string]func(ctx context.Context) error{
		"Enqueue": func(ctx context.Context) error {
			_, err := w.Store.Enqueue(ctx, []*job.Spec{spec()})
			return err
		},
		"Claim": func(ctx context.Context) error {
			_, err := w.Store.Claim(ctx, h.ask(1))
			return err
		},
		"Recall": func(ctx context.Context) error {
			_, err := w.Store.Recall(ctx, r.Lease)
			return err
		},
		"Settle": func(ctx context.Context) error {
			_, err := w.Store.Settle(ctx, []*job.Settlement{completed(r)})
			return err
		},
		"Promote": func(ctx context.Context) error {
			_, err := w.Store.Promote(ctx, 1)
			return err
		},
		"Register": func(ctx context.Context) error {
			_, err := w.Store.Register(ctx, ports.Worker{ID: uuid.NewString()}, long)
			return err
		},
		"Beat": func(ctx context.Context) error {
			_, err := w.Store.Beat(ctx, ports.Beat{Number: h.number}, long)
			return err
		},
		"Orders": func(ctx context.Context) error {
			_, err := w.Store.Orders(ctx, h.number)
			return err
		},
		"Deregister": func(ctx context.Context) error { return w.Store.Deregister(ctx, h.number) },
		"Workers": func(ctx context.Context) error {
			_, err := w.Store.Workers(ctx)
			return err
		},
		"TakeDeaths": func(ctx context.Context) error {
			_, err := w.Store.TakeDeaths(ctx, h.number, []string{"k"}, nil, 1)
			return err
		},
		"FinishDeaths": func(ctx context.Context) error {
			return w.Store.FinishDeaths(ctx, h.number, []ports.DeathID{{Job: waiting}})
		},
		"Cancel": func(ctx context.Context) error {
			_, err := w.Store.Cancel(ctx, waiting, "")
			return err
		},
		"SaveRecurring": func(ctx context.Context) error { return w.Store.SaveRecurring(ctx, recurring("k")) },
		"Recurring": func(ctx context.Context) error {
			_, err := w.Store.Recurring(ctx)
			return err
		},
		"DueRecurring": func(ctx context.Context) error {
			_, err := w.Store.DueRecurring(ctx, 1)
			return err
		},
		"PauseRecurring":  func(ctx context.Context) error { return w.Store.PauseRecurring(ctx, "p", "", "", time.Time{}) },
		"ResumeRecurring": func(ctx context.Context) error { return w.Store.ResumeRecurring(ctx, "p") },
		"RemoveRecurring": func(ctx context.Context) error { return w.Store.RemoveRecurring(ctx, "q") },
		"Fire": func(ctx context.Context) error {
			return w.Store.Fire(ctx, ports.Firing{Key: "f", Version: version, Next: w.Now()})
		},
		"Requeue":     func(ctx context.Context) error { return w.Store.Requeue(ctx, waiting, "") },
		"Delete":      func(ctx context.Context) error { return w.Store.Delete(ctx, waiting) },
		"Tag":         func(ctx context.Context) error { return w.Store.Tag(ctx, waiting, []string{"t"}) },
		"PauseQueue":  func(ctx context.Context) error { return w.Store.PauseQueue(ctx, "q", "", "") },
		"ResumeQueue": func(ctx context.Context) error { return w.Store.ResumeQueue(ctx, "q") },

		"PauseWorker":    func(ctx context.Context) error { return w.Store.PauseWorker(ctx, h.id, "", "") },
		"ResumeWorker":   func(ctx context.Context) error { return w.Store.ResumeWorker(ctx, h.id) },
		"DrainWorker":    func(ctx context.Context) error { return w.Store.DrainWorker(ctx, h.id) },
		"SetConcurrency": func(ctx context.Context) error { return w.Store.SetConcurrency(ctx, h.id, 2) },
		"Get": func(ctx context.Context) error {
			_, err := w.Store.Get(ctx, waiting)
			return err
		},
		"History": func(ctx context.Context) error {
			_, err := w.Store.History(ctx, waiting)
			return err
		},
		"Failures": func(ctx context.Context) error {
			_, err := w.Store.Failures(ctx, waiting)
			return err
		},
		"List": func(ctx context.Context) error {
			_, err := w.Store.List(ctx, job.Filter{Limit: 1})
			return err
		},
		"Waiting": func(ctx context.Context) error {
			_, err := w.Store.Waiting(ctx)
			return err
		},
		"Counts": func(ctx context.Context) error {
			_, err := w.Store.Counts(ctx, 10)
			return err
		},
		"Queues": func(ctx context.Context) error {
			_, err := w.Store.Queues(ctx)
			return err
		},
	}
}

func mannerCases() cases {
	return cases{
		"returns from every call when its context is over, having done nothing": func(w *world) {
			calls := everyCall(w)
			before := w.list(job.Filter{})
			ctx, cancel := context.WithCancel(w.ctx)
			cancel()
			for name, call := range calls {
				err := call(ctx)
				if !errors.Is(err, context.Canceled) {
					w.t.Errorf("%s: %v; want context.Canceled", name, err)
				}
			}
			after := w.list(job.Filter{})
			require.Len(w.t, after.Jobs, len(before.Jobs))
			for i := range before.Jobs {
				requireSame(w.t, before.Jobs[i], after.Jobs[i])
			}
			require.Len(w.t, w.workers(), 1)
			require.Equal(w.t, ports.WorkerLive, w.workers()[0].State)
			require.False(w.t, w.workers()[0].Paused())
		},
		"says of a deadline that it passed": func(w *world) {
			ctx, cancel := context.WithTimeout(w.ctx, time.Nanosecond)
			defer cancel()
			<-ctx.Done()
			_, err := w.Store.Enqueue(ctx, []*job.Spec{spec()})
			require.ErrorIs(w.t, err, context.DeadlineExceeded)
		},
		"refuses every call after it was closed": func(w *world) {
			calls := everyCall(w)
			require.NoError(w.t, w.Close())
			for name, call := range calls {
				if err := call(w.ctx); !errors.Is(err, job.ErrClosed) {
					w.t.Errorf("%s: %v; want ErrClosed", name, err)
				}
			}
			require.ErrorIs(w.t, w.Store.Listen(w.ctx, ports.Listener{Wake: func(ports.Hint) {}}), job.ErrClosed)
		},
		"ends a listener when it is closed": func(w *world) {
			l := w.listen()
			l.next()
			require.NoError(w.t, w.Close())
			require.ErrorIs(w.t, l.wait(), job.ErrClosed)
		},
	}
}
