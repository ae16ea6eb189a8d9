package scenario

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower"
	"github.com/task-tower/tasktower/core/event"
	"github.com/task-tower/tasktower/core/job"
)

// Effect is what a handler does in its transaction: it enqueues one of these,
// which nobody runs.
type Effect struct {
	Of int `json:"of"`
}

// Kind implements tasktower.Args.
func (Effect) Kind() string { return "effect" }

var complete = map[string]func(*house){
	"a job that its handler completes in a transaction is completed with it, once": func(h *house) {
		var successes atomic.Int32
		h.work(tasktower.WorkerConfig{}, func(ctx context.Context, j *tasktower.Job[Work]) error {
			tasktower.FromContext(ctx).SetOutput("done")
			return h.inTx(ctx, j, true, nil)
		}, tasktower.OnSuccess(func(context.Context, *tasktower.InterceptContext) error { successes.Add(1); return nil }))
		rec := h.reaches(h.enqueue(1).ID, tasktower.Completed)
		h.until(func() bool { return successes.Load() == 1 && len(h.events.of(event.JobCompleted)) == 1 }, "it is announced")
		require.Equal(h, 1, rec.Attempt)
		require.Equal(h, 1, h.effects())
		require.Empty(h, h.events.of(event.JobLeaseLost))
		require.Empty(h, h.events.of(event.JobOverruled))
		reports, err := h.client.Reports(h.Context(), rec.ID)
		require.NoError(h, err)
		require.Len(h, reports, 1)
		require.JSONEq(h, `"done"`, string(reports[0].Output))
	},
	"an error after the commit changes nothing and is told": func(h *house) {
		var runs, failures atomic.Int32
		h.work(tasktower.WorkerConfig{}, func(ctx context.Context, j *tasktower.Job[Work]) error {
			runs.Add(1)
			return h.inTx(ctx, j, true, errors.New("too late"))
		}, tasktower.OnFailure(func(context.Context, *tasktower.InterceptContext) error { failures.Add(1); return nil }))
		rec := h.enqueue(1)
		h.until(func() bool { return len(h.events.of(event.JobOverruled)) == 1 }, "the error is told")
		require.ErrorContains(h, h.events.of(event.JobOverruled)[0].Err, "too late")
		require.Equal(h, tasktower.Completed, h.get(rec.ID).State)
		require.Empty(h, h.failures(rec.ID))
		require.Equal(h, int32(1), runs.Load())
		require.Zero(h, failures.Load())
		require.Empty(h, h.events.of(event.JobLeaseLost))
	},
	"nil after a rollback fails the attempt": func(h *house) {
		h.work(tasktower.WorkerConfig{}, func(ctx context.Context, j *tasktower.Job[Work]) error {
			return h.inTx(ctx, j, j.Attempt == 2, nil)
		}, soonAgain)
		rec := h.reaches(h.enqueue(1).ID, tasktower.Completed)
		require.Equal(h, 2, rec.Attempt)
		require.Equal(h, 1, h.effects())
		failed := h.failures(rec.ID)
		require.Len(h, failed, 1)
		require.Equal(h, tasktower.ErrNotCommitted.Error(), failed[0].Message)
	},
	"an error after a rollback counts as ever": func(h *house) {
		h.work(tasktower.WorkerConfig{}, func(ctx context.Context, j *tasktower.Job[Work]) error {
			return h.inTx(ctx, j, false, tasktower.Discard(errors.New("hopeless")))
		})
		rec := h.reaches(h.enqueue(1).ID, tasktower.Dead)
		require.Equal(h, tasktower.DeadRejected, rec.DeadReason)
		require.Zero(h, h.effects())
	},
	"a crash after the commit runs nothing again": func(h *house) {
		committed, goOn := make(chan struct{}), make(chan struct{})
		h.work(tasktower.WorkerConfig{}, func(ctx context.Context, j *tasktower.Job[Work]) error {
			err := h.inTx(ctx, j, true, nil)
			close(committed)
			<-goOn // the worker never hears of it
			return err
		})
		id := h.enqueue(1).ID
		soon(h, committed)
		workers, err := h.client.Workers(h.Context())
		require.NoError(h, err)
		require.NoError(h, h.store.Deregister(h.Context(), workers[0].Number))
		lost, err := h.store.Lost(h.Context(), 10)
		require.NoError(h, err)
		require.Empty(h, lost)
		require.Equal(h, tasktower.Completed, h.get(id).State)
		close(goOn)
	},
	"a transaction that stays open keeps nobody else's results from being stored": func(h *house) {
		entered, goOn := make(chan struct{}), make(chan struct{})
		enter, release := sync.OnceFunc(func() { close(entered) }), sync.OnceFunc(func() { close(goOn) })
		h.work(tasktower.WorkerConfig{Overstay: 100 * time.Millisecond}, func(ctx context.Context, j *tasktower.Job[Work]) error {
			if j.Args.N > 1 {
				return nil
			}
			tx, commit, _ := h.begin()
			err := tasktower.CompleteTx(ctx, tx)
			enter()
			<-goOn // deaf to its context
			return errors.Join(err, commit())
		}, tasktower.Timeout(100*time.Millisecond), soonAgain)
		h.Cleanup(release)
		hung := h.enqueue(1)
		soon(h, entered)
		h.until(func() bool { return len(h.events.of(event.JobAbandoned)) == 1 }, "its worker goes on without it")
		for n := range 3 { // claimed later, under leases of their own
			h.reaches(h.enqueue(n+2).ID, tasktower.Completed)
		}
		release()
		h.reaches(hung.ID, tasktower.Completed)
	},
	"completing twice is harmless": func(h *house) {
		h.work(tasktower.WorkerConfig{}, func(ctx context.Context, j *tasktower.Job[Work]) error {
			if err := h.inTx(ctx, j, true, nil); err != nil {
				return err
			}
			tx, commit, _ := h.begin()
			if err := tasktower.CompleteTx(ctx, tx); err != nil {
				return err
			}
			if err := tasktower.CompleteTx(ctx, tx); err != nil {
				return err
			}
			return commit()
		})
		rec := h.reaches(h.enqueue(1).ID, tasktower.Completed)
		h.until(func() bool { return len(h.events.of(event.JobCompleted)) == 1 }, "it is announced")
		require.Equal(h, 1, rec.Attempt)
		require.Empty(h, h.events.of(event.JobOverruled))
	},
	"of two executions only one can commit": func(h *house) {
		entered, goOn, told := make(chan struct{}), make(chan struct{}), make(chan error, 1)
		var runs atomic.Int32
		handle := func(ctx context.Context, j *tasktower.Job[Work]) error {
			if runs.Add(1) > 1 {
				return h.inTx(ctx, j, true, nil)
			}
			close(entered)
			<-goOn // deaf to its context, as a zombie is
			err := h.inTx(context.WithoutCancel(ctx), j, true, nil)
			told <- err
			return err
		}
		h.work(tasktower.WorkerConfig{}, handle)
		id := h.enqueue(1).ID
		soon(h, entered)
		workers, err := h.client.Workers(h.Context())
		require.NoError(h, err)
		require.NoError(h, h.store.Deregister(h.Context(), workers[0].Number)) // as if its lease had ended

		lost, err := h.store.Lost(h.Context(), 10)
		require.NoError(h, err)
		require.Len(h, lost, 1)
		_, err = h.store.Settle(h.Context(), []*job.Settlement{{
			ID: id, Lease: lost[0].Lease, Seq: lost[0].Seq, To: job.Enqueued, Cause: job.CauseRescue, Attempt: 1, Crashes: 1,
		}})
		require.NoError(h, err)
		h.work(tasktower.WorkerConfig{}, handle)
		h.reaches(id, tasktower.Completed)
		close(goOn)
		require.ErrorIs(h, soon(h, told), tasktower.ErrLeaseLost)
		require.Equal(h, 1, h.effects())
		require.Equal(h, tasktower.Completed, h.get(id).State)
	},
	"only a running attempt can be completed": func(h *house) {
		tx, _, rollback := h.begin()
		require.ErrorIs(h, tasktower.CompleteTx(h.Context(), tx), tasktower.ErrInvalid)
		require.NoError(h, rollback())

		late := make(chan error, 1)
		h.work(tasktower.WorkerConfig{}, func(ctx context.Context, j *tasktower.Job[Work]) error {
			if err := tasktower.CompleteTx(ctx, "no transaction"); !errors.Is(err, tasktower.ErrInvalid) {
				return err
			}
			return nil
		}, tasktower.OnSuccess(func(ctx context.Context, _ *tasktower.InterceptContext) error {
			late <- tasktower.CompleteTx(ctx, tx)
			return nil
		}))
		h.reaches(h.enqueue(1).ID, tasktower.Completed)
		require.ErrorIs(h, soon(h, late), tasktower.ErrInvalid)
	},
}

// inTx does the work of a handler in a transaction, completes the job in it, and
// returns last unless something went wrong before.
func (h *house) inTx(ctx context.Context, j *tasktower.Job[Work], commits bool, last error) error {
	tx, commit, rollback := h.begin()
	_, err := h.client.InTx(tx).Enqueue(ctx, Effect{Of: j.Args.N})
	if err == nil {
		err = tasktower.CompleteTx(ctx, tx)
	}
	switch {
	case err != nil:
		return errors.Join(err, rollback())
	case commits:
		return errors.Join(commit(), last)
	}
	return errors.Join(rollback(), last)
}

// effects is how many transactions were committed.
func (h *house) effects() (n int) {
	h.Helper()
	counts, err := h.client.Counts(h.Context())
	require.NoError(h, err)
	for _, c := range counts {
		if c.Queue == job.DefaultQueue && c.State == tasktower.Enqueued {
			n += c.Jobs
		}
	}
	return n
}
