package engine_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/core/engine"
	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/ports/portstest"
)

type reporterKey struct{}

// telling is a worker's configuration whose handler is given a Reporter.
func (w *world) telling(run func(context.Context, engine.Reporter) error) engine.Config {
	cfg := w.config(func(ctx context.Context, _ *job.Record) error {
		return run(ctx, ctx.Value(reporterKey{}).(engine.Reporter))
	})
	cfg.Wrap = func(ctx context.Context, _ *job.Record, to engine.Reporter) context.Context {
		return context.WithValue(ctx, reporterKey{}, to)
	}
	return cfg
}

func (w *world) reports(id job.ID) []job.Report {
	w.Helper()
	out, err := w.memory.Reports(w.Context(), id)
	require.NoError(w, err)
	return out
}

func (w *world) calls(method string) (n int) {
	for _, m := range w.store.Calls() {
		if m == method {
			n++
		}
	}
	return n
}

func TestReporter_StoresWhatARunningHandlerTellsOnceASecond(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		id := w.enqueue(1)[0]
		w.start(w.telling(func(_ context.Context, to engine.Reporter) error {
			for i := range 10_000 {
				to.Progress(i+1, 10_000, "counting")
				time.Sleep(time.Millisecond)
			}
			to.Line(slog.LevelInfo, "counted")
			return nil
		}))
		time.Sleep(5500 * time.Millisecond)
		got := w.reports(id)
		require.Len(t, got, 1)
		require.InDelta(t, 5000, got[0].Progress.Done, 600)
		require.InDelta(t, 0, got[0].Progress.At.Sub(time.Now().Add(-500*time.Millisecond)), float64(600*time.Millisecond))
		time.Sleep(5 * time.Second)
		got = w.reports(id)
		require.Equal(t, 10_000, got[0].Progress.Done, "the last comes with the result")
		require.Equal(t, "counted", got[0].Lines[0].Text)
		require.LessOrEqual(t, w.calls("Report"), 10)
	})
}

func TestReporter_AsksNothingOfTheStoreForHandlersThatTellNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.enqueue(100)
		w.start(w.telling(func(context.Context, engine.Reporter) error { return nil }))
		time.Sleep(time.Minute)
		require.Zero(t, w.calls("Report"))
	})
}

func TestReporter_LosesNoLineWhateverTheStoreAnswers(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]portstest.Fault{
		"it takes all":                   {Method: "none"},
		"it is out of reach for a while": {Method: "Report"},
		"its answers are lost":           {Method: "Report", After: true},
		"it refuses reports":             {Method: "Report", Err: errors.New("odd")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, fault)
				ids := w.enqueue(3)
				w.start(w.telling(func(_ context.Context, to engine.Reporter) error {
					for i := range 100 {
						to.Line(slog.LevelWarn, fmt.Sprint(i))
						time.Sleep(70 * time.Millisecond)
						if i == 50 {
							w.store.Heal()
						}
					}
					return nil
				}))
				time.Sleep(10 * time.Second)
				for _, id := range ids {
					lines := w.reports(id)[0].Lines
					require.Len(t, lines, 100)
					for i, l := range lines {
						require.Equal(t, fmt.Sprint(i), l.Text)
					}
					require.True(t, slices.IsSortedFunc(lines, func(a, b job.Line) int { return a.At.Compare(b.At) }))
				}
			})
		})
	}
}

func TestReporter_BoundsWhatAHandlerTells(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{"many lines": "\xff", "long lines": strings.Repeat("x", 1<<20)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				id := w.enqueue(1)[0]
				w.start(w.telling(func(_ context.Context, to engine.Reporter) error {
					to.Progress(-1, -2, strings.Repeat("n", 2<<10)+"\x00")
					for range 1500 {
						to.Line(slog.LevelInfo, text)
					}
					return nil
				}))
				time.Sleep(5 * time.Second)
				r := w.reports(id)[0]
				require.Equal(t, 1500, len(r.Lines)+r.Dropped)
				require.LessOrEqual(t, len(r.Lines), job.MaxReportLines)
				bytes := 0
				for _, l := range r.Lines {
					bytes += len(l.Text)
				}
				require.LessOrEqual(t, bytes, job.MaxReportLineBytes)
				require.Zero(t, r.Progress.Done+r.Progress.Total)
				require.Len(t, r.Progress.Note, job.MaxProgressNote)
			})
		})
	}
}

func TestReporter_FailsAnAttemptWithoutTheOutputItWanted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		id := w.enqueue(1)[0]
		runs := 0
		w.start(w.telling(func(_ context.Context, to engine.Reporter) error {
			if runs++; runs == 1 {
				to.Output(nil, errors.New("not JSON"))
				return nil
			}
			to.Output([]byte("1"), nil)
			to.Output([]byte("2"), nil)
			return nil
		}))
		time.Sleep(5 * time.Second)
		require.Equal(t, job.Completed, w.get(id).State)
		failures, err := w.memory.Failures(t.Context(), id)
		require.NoError(t, err)
		require.Len(t, failures, 1)
		require.Equal(t, "not JSON", failures[0].Message)
		reports := w.reports(id)
		require.Equal(t, "2", string(reports[len(reports)-1].Output))
	})
}

func TestReporter_ForgetsWhatAnAbandonedHandlerTells(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		id := w.enqueue(1, func(s *job.Spec) { s.Timeout, s.MaxRetries = time.Second, 0 })[0]
		free := make(chan struct{})
		w.start(w.telling(func(_ context.Context, to engine.Reporter) error {
			to.Line(slog.LevelInfo, "before")
			<-free
			to.Line(slog.LevelInfo, "after")
			to.Output([]byte("1"), nil)
			return nil
		}))
		time.Sleep(time.Minute)
		require.Equal(t, job.Dead, w.get(id).State)
		close(free)
		time.Sleep(time.Minute)
		got := w.reports(id)
		require.Len(t, got[0].Lines, 1)
		require.Empty(t, got[0].Output)
	})
}
