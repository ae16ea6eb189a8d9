package scenario

import (
	"context"
	"errors"
	"sync/atomic"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower"
)

var contexts = map[string]func(*house){
	"a user and a uuid reach the handler through a pre-processing interceptor": parameters,
	"a contextualizer's error stores nothing":                                  contextualizerError,
	"a client WithContext leaves the one it came from alone":                   noLeak,
	"a failing pre-processing interceptor keeps the handler from running":      failingBefore,
	"a panicking pre-processing interceptor keeps the handler from running":    panickingBefore,
	"a handler reads its own job":                                              ownJob,
	"what a handler writes to its job reaches nobody":                          ownRecord,
	"middleware wraps each run, the first outermost":                           middleware,
}

// User is a context parameter.
type User struct {
	ID    int64    `json:"id"`
	Name  string   `json:"name"`
	Roles []string `json:"roles"`
}

var ada = User{ID: 1 << 60, Name: "Ada ☕", Roles: []string{"admin", "ops"}}

const trace = "0b9c7c54-6f0f-4c3b-9d31-6f8f8f1d2a77"

func asAda(_ context.Context, p tasktower.Params) error { return p.Set("User", ada) }
func traced(_ context.Context, p tasktower.Params) error {
	return p.Set("Trace", trace)
}

type userKey struct{}

func parameters(h *house) {
	type seen struct {
		user  any
		trace string
		err   error
	}
	got := make(chan seen, 1)
	h.work(tasktower.WorkerConfig{
		PreProcessing: []tasktower.Before{func(ctx context.Context, ic *tasktower.InterceptContext) (context.Context, error) {
			user, err := tasktower.Param[User](ic, "User")
			return context.WithValue(ctx, userKey{}, user), err
		}},
	}, func(ctx context.Context, _ *tasktower.Job[Work]) error {
		id, err := tasktower.ContextParam[string](ctx, "Trace")
		_, wrong := tasktower.ContextParam[int](ctx, "Trace")
		_, missing := tasktower.ContextParam[int](ctx, "Nobody")
		if err == nil && (!errors.Is(wrong, tasktower.ErrInvalid) || !errors.Is(missing, tasktower.ErrNotFound)) {
			err = errors.Join(errors.New("missing and mistyped parameters are told apart"), wrong, missing)
		}
		got <- seen{ctx.Value(userKey{}), id, err}
		return nil
	})
	_, err := h.client.WithContext(asAda).WithContext(traced).Enqueue(h.Context(), Work{})
	require.NoError(h, err)
	require.Equal(h, seen{user: ada, trace: trace}, soon(h, got))
}

func contextualizerError(h *house) {
	refusal := errors.New("nobody is logged in")
	client := h.client.WithContext(asAda, func(context.Context, tasktower.Params) error { return refusal })
	_, err := client.Enqueue(h.Context(), Work{})
	require.ErrorIs(h, err, refusal)
	_, err = client.EnqueueMany(h.Context(), tasktower.Each([]Work{{1}, {2}}))
	require.ErrorIs(h, err, refusal)
	page, err := h.client.List(h.Context(), tasktower.Filter{})
	require.NoError(h, err)
	require.Empty(h, page.Jobs)
}

func noLeak(h *house) {
	first := h.client.WithContext(asAda)
	second := first.WithContext(traced)
	rec, err := second.Enqueue(h.Context(), Work{})
	require.NoError(h, err)
	require.Len(h, h.get(rec.ID).Params, 2)
	rec, err = first.Enqueue(h.Context(), Work{})
	require.NoError(h, err)
	require.Len(h, h.get(rec.ID).Params, 1)
	require.Empty(h, h.get(h.enqueue(0).ID).Params)
}

func failingBefore(h *house) {
	before(h, func() error { return errors.New("no session") }, "pre-processing interceptor 1: no session")
}

func panickingBefore(h *house) {
	before(h, func() error { panic("no session") }, "panic: no session")
}

func before(h *house, how func() error, message string) {
	var runs atomic.Int64
	h.work(tasktower.WorkerConfig{}, func(context.Context, *tasktower.Job[Work]) error { runs.Add(1); return nil },
		tasktower.PreProcessing(func(ctx context.Context, _ *tasktower.InterceptContext) (context.Context, error) {
			return ctx, how()
		}))
	rec := h.enqueue(0, tasktower.MaxRetries(0))
	h.reaches(rec.ID, tasktower.Dead)
	require.Zero(h, runs.Load())
	require.Equal(h, message, h.failures(rec.ID)[0].Message)
}

func ownJob(h *house) {
	type seen struct {
		id, fromContext tasktower.ID
		queue           string
		attempt         int
		state           tasktower.State
	}
	got := make(chan seen, 1)
	h.work(tasktower.WorkerConfig{}, func(ctx context.Context, j *tasktower.Job[Work]) error {
		run := tasktower.FromContext(ctx)
		rec, err := h.client.Get(ctx, run.ID())
		if err != nil {
			return err
		}
		got <- seen{j.ID, run.ID(), run.Queue(), run.Attempt(), rec.State}
		return nil
	})
	rec := h.enqueue(0, tasktower.Queue("own"))
	require.Equal(h, seen{rec.ID, rec.ID, "own", 1, tasktower.Processing}, soon(h, got))
}

func ownRecord(h *house) {
	h.work(tasktower.WorkerConfig{}, func(_ context.Context, j *tasktower.Job[Work]) error {
		*j.Record = tasktower.Record{}
		return nil
	})
	done := h.reaches(h.enqueue(0, tasktower.Queue("mine")).ID, tasktower.Completed)
	require.Equal(h, "mine", done.Queue)
	require.Equal(h, 1, done.Attempt)
}

func middleware(h *house) {
	var calls list[string]
	layer := func(name string) tasktower.AroundWork {
		return func(ctx context.Context, _ *tasktower.Record, next tasktower.WorkNext) error {
			calls.add(name + " before")
			err := next(ctx)
			calls.add(name + " after")
			return err
		}
	}
	h.work(tasktower.WorkerConfig{Around: []tasktower.AroundWork{layer("outer"), layer("inner")}},
		func(context.Context, *tasktower.Job[Work]) error { calls.add("handler"); return nil })
	h.reaches(h.enqueue(0).ID, tasktower.Completed)
	require.Equal(h, []string{"outer before", "inner before", "handler", "inner after", "outer after"}, calls.get())
}
