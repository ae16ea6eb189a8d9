package tasktowertest_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower"
	"github.com/task-tower/tasktower/tasktowertest"
)

// watched is a test that is expected to fail.
type watched struct {
	testing.TB
	said     string
	cleanups []func()
}

func (w *watched) Helper()                      {}
func (w *watched) Context() context.Context     { return context.Background() }
func (w *watched) Cleanup(f func())             { w.cleanups = append(w.cleanups, f) }
func (w *watched) Error(args ...any)            { w.said += fmt.Sprintln(args...) }
func (w *watched) Errorf(f string, args ...any) { w.said += fmt.Sprintf(f, args...) }
func (w *watched) Fatal(args ...any)            { w.Error(args...); runtime.Goexit() }
func (w *watched) Fatalf(f string, args ...any) { w.Errorf(f, args...); runtime.Goexit() }

// failure is what the test says when it fails, or when it has ended.
func failure(test func(t testing.TB)) string {
	w := &watched{}
	on := func(f func()) {
		done := make(chan struct{})
		go func() {
			defer close(done)
			f()
		}()
		<-done
	}
	on(func() { test(w) })
	for i := len(w.cleanups) - 1; i >= 0; i-- {
		on(w.cleanups[i])
	}
	return w.said
}

// Step is a job that leads to the next one, a day later, until none is left.
type Step struct {
	Left int `json:"left"`
}

func (Step) Kind() string { return "step" }

func TestAdvance_RunsEachJobAtItsTime(t *testing.T) {
	t.Parallel()
	var h *tasktowertest.Harness
	var at []time.Duration
	var start time.Time
	h = tasktowertest.New(t, tasktower.HandleFunc(func(ctx context.Context, j *tasktower.Job[Step]) error {
		at = append(at, h.Now().Sub(start))
		if j.Args.Left == 0 {
			return nil
		}
		_, err := h.Client.Enqueue(ctx, Step{j.Args.Left - 1}, tasktower.InDays(1))
		return err
	}))
	start = h.Now()
	_, err := h.Client.Enqueue(t.Context(), Step{5}, tasktower.InHours(1))
	require.NoError(t, err)

	h.Advance(t, 26*time.Hour)
	require.Equal(t, []time.Duration{time.Hour, 25 * time.Hour}, at)
	require.Equal(t, start.Add(26*time.Hour), h.Now())
	require.Equal(t, 3, tasktowertest.RequireEnqueued[Step](t, h).Args.Left)

	require.Equal(t, 95*time.Hour, h.RunAll(t))
	require.Len(t, at, 6)
	tasktowertest.RequireNotEnqueued[Step](t, h)
}

func TestHarness_IsTheSameEachTime(t *testing.T) {
	t.Parallel()
	run := func() (tasktower.ID, time.Duration) {
		h := tasktowertest.New(t, tasktower.HandleFunc(func(context.Context, *tasktower.Job[Step]) error { return errors.New("no") }))
		rec, err := h.Client.Enqueue(t.Context(), Step{})
		require.NoError(t, err)
		took := h.RunAll(t)
		require.Equal(t, tasktower.DeadRetries, h.RequireState(t, rec.ID, tasktower.Dead).DeadReason)
		return rec.ID, took.Round(time.Second)
	}
	id, took := run()
	sameID, sameTook := run()
	require.Equal(t, id, sameID)
	require.Equal(t, took, sameTook)
	require.InDelta(t, 7, took.Hours(), 1)
}

func TestNewWith_TakesEveryConfiguration(t *testing.T) {
	t.Parallel()
	died := 0
	h := tasktowertest.NewWith(t, tasktowertest.Config{
		Start: time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC),
		Client: tasktower.ClientConfig{Contextualizers: []tasktower.Contextualizer{
			func(_ context.Context, p tasktower.Params) error { return p.Set("User", "ada") },
		}},
		Worker: tasktower.WorkerConfig{
			Handlers: []tasktower.Registration{tasktower.HandleFunc(
				func(context.Context, *tasktower.Job[Step]) error { return errors.New("no") },
				tasktower.MaxRetries(0), tasktower.Queue("steps"))},
			OnDeath: []tasktower.After{func(_ context.Context, ic *tasktower.InterceptContext) error {
				user, err := tasktower.Param[string](ic, "User")
				if user == "ada" {
					died++
				}
				return err
			}},
		},
	})
	require.Equal(t, 2030, h.Now().Year())
	rec, err := h.Client.Enqueue(t.Context(), Step{})
	require.NoError(t, err)
	require.Equal(t, "steps", rec.Queue, "the handler's options hold for the client, too")
	h.Drain(t)
	h.RequireState(t, rec.ID, tasktower.Dead)
	require.Equal(t, 1, died)
}

func TestEnqueued_IsInOrderAndMatches(t *testing.T) {
	t.Parallel()
	h := tasktowertest.New(t)
	for n := range 450 {
		_, err := h.Client.Enqueue(t.Context(), Step{n})
		require.NoError(t, err)
	}
	all := tasktowertest.Enqueued[*Step2](t, h)
	require.Empty(t, all)
	steps := tasktowertest.Enqueued[Step](t, h)
	require.Len(t, steps, 450)
	for n, s := range steps {
		require.Equal(t, n, s.Args.Left)
	}
	odd := func(j *tasktower.Job[Step]) bool { return j.Args.Left%2 == 1 }
	require.Len(t, tasktowertest.Enqueued(t, h, odd), 225)
	seventh := tasktowertest.RequireEnqueued(t, h, odd, func(j *tasktower.Job[Step]) bool { return j.Args.Left > 447 })
	require.Equal(t, 449, seventh.Args.Left)
	h.Drain(t) // without handlers nothing runs
	require.Len(t, tasktowertest.Enqueued[Step](t, h), 450)
}

// Step2 has its methods on the pointer.
type Step2 struct{ name string }

func (s *Step2) Kind() string { return "step2" + s.name }

func TestFailures_SayWhatIsThere(t *testing.T) {
	t.Parallel()
	none := tasktower.HandleFunc(func(context.Context, *tasktower.Job[Step]) error { return nil })
	cases := map[string]struct {
		test func(t testing.TB)
		want []string
	}{
		"nothing was enqueued": {
			func(t testing.TB) { tasktowertest.RequireEnqueued[Step](t, tasktowertest.New(t)) },
			[]string{"0 jobs of kind step wait; want one; the store holds no jobs"},
		},
		"one too many": {
			func(t testing.TB) {
				h := tasktowertest.New(t)
				for n := range 2 {
					_, _ = h.Client.Enqueue(t.Context(), Step{n}, tasktower.InHours(n))
				}
				tasktowertest.RequireEnqueued[Step](t, h)
			},
			[]string{"2 jobs of kind step wait; want one", "scheduled  1h0m0s", `{"left":1}`, "2026-01-15T09:00:00Z"},
		},
		"enqueued after all": {
			func(t testing.TB) {
				h := tasktowertest.New(t)
				_, _ = h.Client.Enqueue(t.Context(), Step{})
				tasktowertest.RequireNotEnqueued(t, h, func(*tasktower.Job[Step]) bool { return true })
			},
			[]string{"1 jobs of kind step wait and match; want none"},
		},
		"another state": {
			func(t testing.TB) {
				h := tasktowertest.New(t, tasktower.HandleFunc(func(context.Context, *tasktower.Job[Step]) error { return errors.New("no route") }))
				rec, _ := h.Client.Enqueue(t.Context(), Step{})
				h.Drain(t)
				h.RequireState(t, rec.ID, tasktower.Completed)
			},
			[]string{"of kind step is retrying; want completed", "Its history", "processing, claim", "in attempt 1: no route"},
		},
		"an unknown job": {
			func(t testing.TB) { tasktowertest.New(t).RequireState(t, tasktower.ID{1}, tasktower.Dead) },
			[]string{"not found"},
		},
		"jobs that never end": {
			func(t testing.TB) {
				h := tasktowertest.New(t, tasktower.HandleFunc(func(context.Context, *tasktower.Job[Step]) error { return tasktower.Snooze(time.Hour) }))
				_, _ = h.Client.Enqueue(t.Context(), Step{})
				h.RunAll(t)
			},
			[]string{"after 10000 attempts: the attempts do not come to an end"},
		},
		"time that goes backward": {
			func(t testing.TB) { tasktowertest.New(t).Advance(t, -1) },
			[]string{"time goes forward"},
		},
		"a handler that moves the clock": {
			func(t testing.TB) {
				var h *tasktowertest.Harness
				h = tasktowertest.New(t, tasktower.HandleFunc(func(context.Context, *tasktower.Job[Step]) error {
					h.Advance(t, time.Hour)
					return nil
				}))
				_, _ = h.Client.Enqueue(t.Context(), Step{})
				h.Drain(t)
			},
			[]string{"a handler cannot run jobs or move the clock"},
		},
		"mistakes in the handlers": {
			func(t testing.TB) { tasktowertest.New(t, none, none, tasktower.Registration{}) },
			[]string{"is empty; make it with Handle or HandleFunc"},
		},
		"a kind with two handlers": {
			func(t testing.TB) { tasktowertest.New(t, none, none) },
			[]string{`Handlers[1] "step": invalid kind`},
		},
		"a transaction left open": {
			func(t testing.TB) { tasktowertest.New(t).Begin(t) },
			[]string{"neither committed nor rolled back"},
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			said := failure(c.test)
			for _, want := range c.want {
				require.Contains(t, said, want)
			}
		})
	}
}

func TestHarness_ClosesItsStore(t *testing.T) {
	t.Parallel()
	var h *tasktowertest.Harness
	require.Empty(t, failure(func(t testing.TB) { h = tasktowertest.New(t) }))
	_, err := h.Client.Enqueue(t.Context(), Step{})
	require.ErrorIs(t, err, tasktower.ErrClosed)
}
