package portstest

import (
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/ports"
)

// told is an update of what the handler of a claimed record told, changed as asked.
func told(r *job.Record, changes ...func(*job.ReportUpdate)) *job.ReportUpdate {
	u := &job.ReportUpdate{ID: r.ID, Lease: r.Lease, Seq: r.Seq, Attempt: r.Attempt}
	for _, change := range changes {
		change(u)
	}
	return u
}

func progress(done, total int, note string) func(*job.ReportUpdate) {
	return func(u *job.ReportUpdate) {
		u.Progress = &job.Progress{Done: done, Total: total, Note: note, At: someTime.Add(time.Duration(done) * time.Second)}
	}
}

// lines are numbered from first.
func lines(first int, texts ...string) func(*job.ReportUpdate) {
	return func(u *job.ReportUpdate) {
		u.First = first
		for i, text := range texts {
			u.Lines = append(u.Lines, line(first+i, text))
		}
	}
}

func line(n int, text string) job.Line {
	return job.Line{At: someTime.Add(time.Duration(n) * time.Microsecond), Level: slog.Level(4 * (n % 3)), Text: text}
}

func output(text string) func(*job.ReportUpdate) {
	return func(u *job.ReportUpdate) { u.Output = []byte(text) }
}

var someTime = time.Date(2026, time.January, 15, 9, 0, 0, 123_456_000, time.UTC)

// with is a result that comes with a report.
func with(s *job.Settlement, u *job.ReportUpdate) *job.Settlement {
	s.Report = u
	return s
}

func (w *world) report(updates ...*job.ReportUpdate) {
	w.t.Helper()
	require.NoError(w.t, w.Store.Report(w.ctx, updates))
}

func (w *world) reports(id job.ID) []job.Report {
	w.t.Helper()
	out, err := w.Store.Reports(w.ctx, id)
	require.NoError(w.t, err)
	return out
}

func reportCases() cases {
	return cases{
		"keeps what is told while a transaction settles under another lease": func(w *world) {
			h := w.hand()
			w.enqueue(spec(), spec(), spec())
			batch, other := h.claim(2), h.take()
			tx := w.begin()
			tx.settle(completed(batch[0]))
			err := w.Store.Report(w.ctx, []*job.ReportUpdate{told(batch[1], lines(0, "a")), told(other, lines(0, "b"))})
			if err != nil {
				var busy *ports.BusyError
				require.ErrorAs(w.t, err, &busy)
				require.Equal(w.t, []int{0}, busy.Places)
				require.ErrorIs(w.t, err, job.ErrUnavailable)
			}
			require.Len(w.t, w.reports(other.ID), 1)
			require.NoError(w.t, tx.commit())
			w.report(told(batch[1], lines(0, "a")))
			require.Len(w.t, w.reports(batch[1].ID), 1)
		},
		"keeps nothing for attempts that tell nothing": func(w *world) {
			id := w.one()
			w.settle(completed(w.hand().take()))
			require.Empty(w.t, w.reports(id))
			w.report()
		},
		"knows no reports of jobs that are not there": func(w *world) {
			_, err := w.Store.Reports(w.ctx, newID())
			requireNotFound(w.t, err)
		},
		"keeps what a running attempt tells": func(w *world) {
			h := w.hand()
			id := w.one()
			r := h.take()
			w.report(told(r, progress(1, 10, "first <page> ☃"), lines(0, "a", "b")))
			require.Equal(w.t, []job.Report{{
				Attempt: 1, Worker: h.id, Lines: []job.Line{line(0, "a"), line(1, "b")},
				Progress: &job.Progress{Done: 1, Total: 10, Note: "first <page> ☃", At: someTime.Add(time.Second)},
			}}, w.reports(id))
		},
		"replaces progress and adds lines": func(w *world) {
			id := w.one()
			r := w.hand().take()
			w.report(told(r, progress(1, 10, "x"), lines(0, "a")))
			w.report(told(r, progress(2, 0, "")))
			w.report(told(r, lines(1, "b", "c")))
			w.report(told(r, func(u *job.ReportUpdate) { u.First, u.Dropped = 3, 7 }))
			got := w.reports(id)[0]
			require.Equal(w.t, &job.Progress{Done: 2, At: someTime.Add(2 * time.Second)}, got.Progress)
			require.Equal(w.t, []job.Line{line(0, "a"), line(1, "b"), line(2, "c")}, got.Lines)
			require.Equal(w.t, 7, got.Dropped)
		},
		"takes an update again without effect": func(w *world) {
			id := w.one()
			r := w.hand().take()
			u := told(r, progress(1, 2, "x"), lines(0, "a", "b"))
			w.report(u)
			before := w.reports(id)
			w.report(u, u)
			w.report(told(r, lines(1, "b", "c")))
			got := w.reports(id)[0]
			require.Equal(w.t, before[0].Progress, got.Progress)
			require.Equal(w.t, []job.Line{line(0, "a"), line(1, "b"), line(2, "c")}, got.Lines)
		},
		"stores the last of a report with the result": func(w *world) {
			h := w.hand()
			id := w.one()
			r := h.take()
			w.report(told(r, lines(0, "a")))
			w.settle(with(completed(r), told(r, lines(1, "b"), progress(3, 3, "done"), output(`{"sum":12345678901234567890}`))))
			w.requireState(job.Completed, id)
			got := w.reports(id)
			require.Len(w.t, got, 1)
			require.Len(w.t, got[0].Lines, 2)
			require.Equal(w.t, "done", got[0].Progress.Note)
			require.Equal(w.t, `{"sum":12345678901234567890}`, string(got[0].Output))
		},
		"stores many results with reports among some without in one call": func(w *world) {
			h := w.hand()
			const many = 100
			specs := make([]*job.Spec, many)
			for i := range specs {
				specs[i] = spec()
			}
			w.enqueue(specs...)
			var results []*job.Settlement
			for i, r := range h.claim(many) {
				s := completed(r)
				if i%2 == 0 {
					s = with(s, told(r, output(fmt.Sprint(i))))
				}
				results = append(results, s)
			}
			w.settle(results...)
			w.settle(results...)
			for i, s := range results {
				w.requireState(job.Completed, s.ID)
				require.Len(w.t, w.reports(s.ID), 1-i%2)
			}
		},
		"keeps one report per attempt, also of those that were given back": func(w *world) {
			h := w.hand()
			id := w.one()
			for i, end := range []func(*job.Record) *job.Settlement{
				released, rescued, func(r *job.Record) *job.Settlement { return retrying(r, 0) }, completed,
			} {
				r := h.take()
				w.settle(with(end(r), told(r, lines(0, fmt.Sprint(i)), output(fmt.Sprint(i)))))
				w.promote(1)
			}
			var attempts []int
			for i, r := range w.reports(id) {
				attempts = append(attempts, r.Attempt)
				require.Equal(w.t, fmt.Sprint(i), r.Lines[0].Text)
				require.Equal(w.t, fmt.Sprint(i), string(r.Output))
			}
			require.Equal(w.t, []int{1, 1, 2, 3}, attempts)
		},
		"keeps the newest reports of a job": func(w *world) {
			h := w.hand()
			id := w.one()
			for i := range job.MaxReports + 3 {
				r := h.take()
				w.report(told(r, progress(i, 0, "")))
				w.settle(with(released(r), told(r, lines(0, fmt.Sprint(i)))))
			}
			got := w.reports(id)
			require.Len(w.t, got, job.MaxReports)
			require.Equal(w.t, "3", got[0].Lines[0].Text)
			require.Len(w.t, got[job.MaxReports-1].Lines, 1)
		},
		"drops what a zombie tells": func(w *world) {
			h := w.hand()
			id := w.one()
			r := h.take()
			foreign := told(r, lines(0, "foreign"))
			foreign.Lease = h.lease()
			nobody := told(r, lines(0, "nobody"))
			nobody.ID = newID()
			w.report(foreign, nobody)
			w.settle(rescued(r))
			w.report(told(r, lines(0, "rescued"), progress(1, 1, "")))
			again := h.take()
			w.report(told(r, lines(0, "claimed anew")))
			w.requireLost(with(dead(r), told(r, lines(0, "settled"), output("1"))))
			require.Empty(w.t, w.reports(id))
			w.settle(completed(again))
			w.report(told(again, lines(0, "ended")))
			require.Empty(w.t, w.reports(id))
		},
		"forgets reports with their job": func(w *world) {
			s := spec()
			w.enqueue(s)
			r := w.hand().take()
			w.report(told(r, lines(0, "a")))
			w.settle(with(completed(r), told(r, output("1"))))
			require.NoError(w.t, w.Store.Delete(w.ctx, s.ID))
			_, err := w.Store.Reports(w.ctx, s.ID)
			requireNotFound(w.t, err)
			w.enqueue(s)
			require.Empty(w.t, w.reports(s.ID))
		},
		"keeps reports through a requeue": func(w *world) {
			h := w.hand()
			id := w.one()
			r := h.take()
			w.settle(with(dead(r), told(r, lines(0, "a"))))
			require.NoError(w.t, w.Store.Requeue(w.ctx, id, ""))
			r = h.take()
			w.settle(with(completed(r), told(r, lines(0, "b"))))
			require.Len(w.t, w.reports(id), 2)
		},
		"keeps the reports of many jobs apart": func(w *world) {
			h := w.hand()
			w.enqueue(spec(), spec(), spec())
			var updates []*job.ReportUpdate
			batch := h.claim(3)
			for i, r := range batch {
				updates = append(updates, told(r, lines(0, fmt.Sprint(i)), progress(i, 3, "")))
			}
			w.report(updates...)
			for i, r := range batch {
				got := w.reports(r.ID)
				require.Len(w.t, got, 1)
				require.Equal(w.t, fmt.Sprint(i), got[0].Lines[0].Text)
				require.Equal(w.t, i, got[0].Progress.Done)
			}
		},
		"keeps the largest report whole": func(w *world) {
			id := w.one()
			r := w.hand().take()
			long := strings.Repeat("ab ", job.MaxReportLineBytes/job.MaxReportLines/3)
			big := `"` + strings.Repeat("x", job.MaxOutput-2) + `"`
			all := make([]string, job.MaxReportLines)
			for i := range all {
				all[i] = long
			}
			w.settle(with(completed(r), told(r, lines(0, all...), output(big))))
			got := w.reports(id)[0]
			require.Len(w.t, got.Lines, job.MaxReportLines)
			require.Equal(w.t, line(job.MaxReportLines-1, long), got.Lines[job.MaxReportLines-1])
			require.Equal(w.t, big, string(got.Output))
		},
		"names a result whose report cannot be stored": func(w *world) {
			h := w.hand()
			w.enqueue(spec(), spec())
			a, b := h.take(), h.take()
			out, err := w.Store.Settle(w.ctx, []*job.Settlement{with(completed(a), told(a, lines(0, "a\x00b"))), completed(b)})
			require.NoError(w.t, err)
			require.Equal(w.t, []int{0}, out.Unstorable)
			w.requireState(job.Processing, a.ID)
			w.requireState(job.Completed, b.ID)
			require.ErrorIs(w.t, w.Store.Report(w.ctx, []*job.ReportUpdate{told(a, lines(0, "\xff"))}), job.ErrInvalid)
		},
		"stores a report with a result inside a transaction": func(w *world) {
			id := w.one()
			r := w.hand().take()
			tx, commit, _ := w.Begin(w.tb)
			part, err := w.Store.InTx(tx)
			require.NoError(w.t, err)
			_, err = part.Settle(w.ctx, []*job.Settlement{with(completed(r), told(r, lines(0, "a"), output("[1]")))})
			require.NoError(w.t, err)
			require.Empty(w.t, w.reports(id))
			require.NoError(w.t, commit())
			require.Equal(w.t, "[1]", string(w.reports(id)[0].Output))
		},
		"gives reports that the caller owns": func(w *world) {
			id := w.one()
			r := w.hand().take()
			u := told(r, lines(0, "a"), progress(1, 2, "n"), output("[1]"))
			w.settle(with(completed(r), u))
			before := w.reports(id)
			u.Lines[0].Text, u.Progress.Note, u.Output[1] = "spoilt", "spoilt", '2'
			got := w.reports(id)
			got[0].Lines[0].Text, got[0].Progress.Note, got[0].Output[1] = "spoilt", "spoilt", '2'
			require.Equal(w.t, before, w.reports(id))
		},
	}
}
