package scenario

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"strings"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower"
)

var report = map[string]func(*house){
	"a running job's progress and lines are seen":       reportRunning,
	"each attempt keeps its own lines, the last output": reportAttempts,
	"an output that JSON cannot carry fails the attempt": func(h *house) {
		badOutput(h, func() any { return math.NaN() }, "output of type float64: json: unsupported value: NaN")
	},
	"an output that is too large fails the attempt": func(h *house) {
		badOutput(h, func() any { return strings.Repeat("x", 1<<20) }, "output of type string: invalid output: has 1048578 bytes; at most 262144")
	},
	"an output with a NUL fails the attempt": func(h *house) { badOutput(h, func() any { return "a\x00b" }, "has a NUL character") },
	"an output that panics fails the attempt": func(h *house) {
		badOutput(h, func() any { return panics{} }, "output of type scenario.panics: panic: no")
	},
	"lines with NUL and broken UTF-8 are made storable": oddLines,
	"reports go with their job":                         reportGone,
}

type panics struct{}

// MarshalJSON implements json.Marshaler.
func (panics) MarshalJSON() ([]byte, error) { panic("no") }

func (h *house) reports(id tasktower.ID) []tasktower.Report {
	h.Helper()
	all, err := h.client.Reports(h.Context(), id)
	require.NoError(h, err)
	return all
}

func reportRunning(h *house) {
	free := make(chan struct{})
	h.work(tasktower.WorkerConfig{}, func(ctx context.Context, _ *tasktower.Job[Work]) error {
		run := tasktower.FromContext(ctx)
		run.Progress(1, 3, "reading")
		run.Log(slog.LevelWarn, "odd row", "row", 7, "why", "no name")
		<-free
		run.Progress(3, 3, "")
		run.SetOutput(map[string]int{"rows": 3})
		return nil
	})
	rec := h.enqueue(0)
	var now []tasktower.Report
	h.until(func() bool { now = h.reports(rec.ID); return len(now) == 1 }, "the job tells of itself")
	require.Equal(h, tasktower.Processing, h.get(rec.ID).State)
	require.Equal(h, 1, now[0].Progress.Done)
	require.Equal(h, "reading", now[0].Progress.Note)
	require.Equal(h, `odd row row=7 why="no name"`, now[0].Lines[0].Text)
	require.Equal(h, slog.LevelWarn, now[0].Lines[0].Level)
	require.Equal(h, h.get(rec.ID).Worker, now[0].Worker)
	require.Empty(h, now[0].Output)
	close(free)
	h.reaches(rec.ID, tasktower.Completed)
	now = h.reports(rec.ID)
	require.Equal(h, 3, now[0].Progress.Done)
	require.JSONEq(h, `{"rows":3}`, string(now[0].Output))
	require.Len(h, now[0].Lines, 1)
}

func reportAttempts(h *house) {
	h.work(tasktower.WorkerConfig{}, func(ctx context.Context, _ *tasktower.Job[Work]) error {
		run := tasktower.FromContext(ctx)
		run.Log(slog.LevelInfo, fmt.Sprint("attempt ", run.Attempt()))
		run.SetOutput("first")
		run.SetOutput(run.Attempt())
		if run.Attempt() < 3 {
			return errors.New("not yet")
		}
		return nil
	}, soonAgain)
	rec := h.enqueue(0)
	h.reaches(rec.ID, tasktower.Completed)
	all := h.reports(rec.ID)
	require.Len(h, all, 3)
	for i, r := range all {
		require.Equal(h, i+1, r.Attempt)
		require.Equal(h, fmt.Sprint("attempt ", i+1), r.Lines[0].Text)
		require.Equal(h, fmt.Sprint(i+1), string(r.Output))
	}
}

func badOutput(h *house, value func() any, message string) {
	h.work(tasktower.WorkerConfig{}, func(ctx context.Context, _ *tasktower.Job[Work]) error {
		tasktower.FromContext(ctx).SetOutput(value())
		return nil
	}, tasktower.MaxRetries(0))
	dead := h.reaches(h.enqueue(0).ID, tasktower.Dead)
	require.Equal(h, tasktower.DeadRetries, dead.DeadReason)
	failure := h.failures(dead.ID)[0]
	require.Equal(h, "*tasktower.OutputError", failure.Type)
	require.Contains(h, failure.Message, message)
	for _, r := range h.reports(dead.ID) {
		require.Empty(h, r.Output)
	}
}

func oddLines(h *house) {
	h.work(tasktower.WorkerConfig{}, func(ctx context.Context, _ *tasktower.Job[Work]) error {
		run := tasktower.FromContext(ctx)
		run.Log(slog.LevelInfo, "a\x00b\xffc", "k\x00", "v\x00")
		run.Progress(1, 1, "\x00n\xff")
		return nil
	})
	rec := h.enqueue(0)
	h.reaches(rec.ID, tasktower.Completed)
	got := h.reports(rec.ID)[0]
	require.Contains(h, got.Lines[0].Text, "ab\uFFFDc k=")
	require.Equal(h, "n\uFFFD", got.Progress.Note)
}

func reportGone(h *house) {
	h.work(tasktower.WorkerConfig{}, func(ctx context.Context, _ *tasktower.Job[Work]) error {
		tasktower.FromContext(ctx).Log(slog.LevelInfo, "here")
		return nil
	})
	rec := h.enqueue(0)
	h.reaches(rec.ID, tasktower.Completed)
	require.Len(h, h.reports(rec.ID), 1)
	require.NoError(h, h.client.Delete(h.Context(), rec.ID))
	_, err := h.client.Reports(h.Context(), rec.ID)
	require.ErrorIs(h, err, tasktower.ErrNotFound)
}
