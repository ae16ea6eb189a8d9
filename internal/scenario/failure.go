package scenario

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"sync/atomic"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower"
	"github.com/task-tower/tasktower/core/event"
	"github.com/task-tower/tasktower/core/retry"
)

var failure = map[string]func(*house){
	"stacked death interceptors run once, in order, after dead is stored": stackedDeaths,
	"no retry means one run":         func(h *house) { budget(h, 0) },
	"one retry means two runs":       func(h *house) { budget(h, 1) },
	"two retries mean three runs":    func(h *house) { budget(h, 2) },
	"ten retries mean eleven runs":   func(h *house) { budget(h, 10) },
	"a panic is a failed attempt":    func(h *house) { fails(h, func() error { panic("at the disco") }, "panic: at the disco") },
	"a panic with an error keeps it": func(h *house) { fails(h, func() error { panic(errors.New("inner")) }, "panic: inner") },
	"runtime.Goexit is a failed attempt": func(h *house) {
		fails(h, func() error { runtime.Goexit(); return nil }, "handler called runtime.Goexit")
	},
	"a huge error text is cut": func(h *house) {
		fails(h, func() error { return errors.New(strings.Repeat("x", 1<<20)) }, strings.Repeat("x", 8<<10))
	},
	"an error text with NUL and broken UTF-8 is made storable": func(h *house) {
		fails(h, func() error { return errors.New("a\x00b\xffc") }, "ab\uFFFDc")
	},
	"an error that panics when printed is a failed attempt": func(h *house) {
		var none *brokenError
		fails(h, func() error { return none }, "*scenario.brokenError, whose Error method panics")
	},
	"a job that fails at first recovers":           recovers,
	"neighbours of a failing job complete":         neighbours,
	"failure interceptors see each failed attempt": failureStage,
	"args of an older struct are dead at once":     undecodable,
}

// brokenError cannot be asked anything when it is nil.
type brokenError struct{ text string }

func (e *brokenError) Error() string { return e.text }
func (e *brokenError) Unwrap() error { return errors.New(e.text) }

var soonAgain = tasktower.Retry(retry.Fixed(time.Millisecond))

func stackedDeaths(h *house) {
	var runs atomic.Int64
	var calls list[string]
	mourner := func(name string, panics bool) tasktower.After {
		return func(ctx context.Context, ic *tasktower.InterceptContext) error {
			rec, err := h.client.Get(ctx, ic.Job.ID)
			if err != nil {
				return err
			}
			calls.add(name + " sees " + string(rec.State) + ": " + ic.Error.Message)
			if panics {
				panic(name)
			}
			return nil
		}
	}
	h.work(tasktower.WorkerConfig{OnDeath: []tasktower.After{mourner("global", true)}},
		func(context.Context, *tasktower.Job[Work]) error { runs.Add(1); return errors.New("never") },
		tasktower.OnDeath(mourner("first", true), mourner("second", false)), soonAgain)
	rec := h.enqueue(0, tasktower.MaxRetries(2))

	dead := h.reaches(rec.ID, tasktower.Dead)
	require.Equal(h, tasktower.DeadRetries, dead.DeadReason)
	h.until(func() bool { return calls.len() == 3 }, "three interceptors have run")
	require.Equal(h, []string{"global sees dead: never", "first sees dead: never", "second sees dead: never"}, calls.get())
	h.until(func() bool { return len(h.events.of(event.InterceptFail)) == 2 }, "two panics are reported")
	require.EqualValues(h, 3, runs.Load())
}

func budget(h *house, retries int) {
	var runs atomic.Int64
	h.work(tasktower.WorkerConfig{}, func(context.Context, *tasktower.Job[Work]) error {
		runs.Add(1)
		return errors.New("never")
	}, soonAgain)
	rec := h.enqueue(0, tasktower.MaxRetries(retries))
	dead := h.reaches(rec.ID, tasktower.Dead)
	require.EqualValues(h, retries+1, runs.Load())
	require.Equal(h, retries+1, dead.Attempt)
	require.Equal(h, retries+1, dead.Failures)
	for i, f := range h.failures(rec.ID) {
		require.Equal(h, i+1, f.Attempt)
		require.Equal(h, "never", f.Message)
	}
}

// fails runs a job that fails in one way, and then another one that does not.
func fails(h *house, how func() error, message string) {
	h.work(tasktower.WorkerConfig{Concurrency: 1}, func(_ context.Context, j *tasktower.Job[Work]) error {
		if j.Args.N == 0 {
			return how()
		}
		return nil
	})
	bad := h.enqueue(0, tasktower.MaxRetries(0))
	good := h.enqueue(1)
	require.Equal(h, tasktower.DeadRetries, h.reaches(bad.ID, tasktower.Dead).DeadReason)
	h.reaches(good.ID, tasktower.Completed)
	all := h.failures(bad.ID)
	require.Len(h, all, 1)
	require.Equal(h, message, all[0].Message)
	require.Equal(h, 1, all[0].Attempt)
	require.NotEmpty(h, all[0].Type)
	require.NotEmpty(h, all[0].Worker)
}

func recovers(h *house) {
	h.work(tasktower.WorkerConfig{}, func(ctx context.Context, _ *tasktower.Job[Work]) error {
		if tasktower.FromContext(ctx).Attempt() < 3 {
			return errors.New("not yet")
		}
		return nil
	}, soonAgain)
	rec := h.reaches(h.enqueue(0).ID, tasktower.Completed)
	require.Equal(h, 3, rec.Attempt)
	require.Len(h, h.failures(rec.ID), 2)
}

func neighbours(h *house) {
	h.work(tasktower.WorkerConfig{}, func(_ context.Context, j *tasktower.Job[Work]) error {
		if j.Args.N == 50 {
			return errors.New("bad\x00 \xff text")
		}
		return nil
	}, tasktower.MaxRetries(0))
	h.enqueueMany(0, 100)
	h.until(func() bool { return h.count(tasktower.Completed) == 99 && h.count(tasktower.Dead) == 1 }, "99 neighbours complete")
}

func failureStage(h *house) {
	var seen, ended list[string]
	h.work(tasktower.WorkerConfig{}, func(ctx context.Context, _ *tasktower.Job[Work]) error {
		if tasktower.FromContext(ctx).Attempt() == 1 {
			return errors.New("once")
		}
		return nil
	}, soonAgain,
		tasktower.OnFailure(func(_ context.Context, ic *tasktower.InterceptContext) error {
			seen.add(string(ic.Job.State) + ": " + ic.Error.Message)
			return nil
		}),
		tasktower.OnSuccess(func(_ context.Context, ic *tasktower.InterceptContext) error {
			ended.add(string(ic.Job.State))
			return errors.New("an interceptor's own trouble")
		}))
	rec := h.enqueue(0)
	h.until(func() bool { return ended.len() == 1 }, "success is intercepted")
	require.Equal(h, []string{"retrying: once"}, seen.get())
	require.Equal(h, []string{"completed"}, ended.get())
	require.Equal(h, tasktower.Completed, h.get(rec.ID).State)
}

// Newer has the kind of Older and other fields.
type Newer struct {
	N map[string]int `json:"n"`
}

// Kind implements tasktower.Args.
func (Newer) Kind() string { return "work" }

func undecodable(h *house) {
	h.run(tasktower.WorkerConfig{Handlers: []tasktower.Registration{
		tasktower.HandleFunc(func(context.Context, *tasktower.Job[Newer]) error { return nil }),
	}})
	dead := h.reaches(h.enqueue(7).ID, tasktower.Dead)
	require.Equal(h, tasktower.DeadRejected, dead.DeadReason)
	require.Contains(h, h.failures(dead.ID)[0].Message, "decode args of work")
}
