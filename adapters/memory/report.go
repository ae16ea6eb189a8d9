package memory

import (
	"context"
	"slices"
	"time"

	"github.com/task-tower/tasktower/core/job"
)

// report is what one attempt told.
type report struct {
	job.Report
	seq int // the row's, when it was claimed
}

// Report implements ports.Reporter.
func (s *Store) Report(ctx context.Context, updates []*job.ReportUpdate) error {
	return s.do(ctx, "report", func(time.Time, *hints) error {
		for i, u := range updates {
			if !storableReport(u) {
				return job.Invalid("updates", "%d has a text that cannot be stored", i)
			}
		}
		for _, u := range updates {
			if r := s.jobs[u.ID]; r != nil && r.pending == nil && r.rec.State == job.Processing &&
				r.rec.Lease == u.Lease && r.rec.Seq == u.Seq {
				r.tell(u)
			}
		}
		return nil
	})
}

// tell adds to what the attempt told that holds the row.
func (r *row) tell(u *job.ReportUpdate) {
	if n := len(r.reports); n == 0 || r.reports[n-1].seq != u.Seq {
		r.reports = append(r.reports, &report{seq: u.Seq, Report: job.Report{Attempt: u.Attempt, Worker: r.rec.Worker}})
		if n == job.MaxReports {
			r.reports = slices.Delete(r.reports, 0, 1)
		}
	}
	t := r.reports[len(r.reports)-1]
	if u.Progress != nil {
		p := *u.Progress
		t.Progress = &p
	}
	if known := len(t.Lines) - u.First; known >= 0 && known < len(u.Lines) {
		t.Lines = append(t.Lines, u.Lines[known:]...)
	}
	t.Dropped = max(t.Dropped, u.Dropped)
	if u.Output != nil {
		t.Output = slices.Clone(u.Output)
	}
}

// Reports implements ports.Inspector.
func (s *Store) Reports(ctx context.Context, id job.ID) ([]job.Report, error) {
	var out []job.Report
	err := s.do(ctx, "reports", func(time.Time, *hints) error {
		r, err := s.find(id)
		if err != nil {
			return err
		}
		for _, t := range r.reports {
			c := t.Report
			c.Lines, c.Output = slices.Clone(c.Lines), slices.Clone(c.Output)
			if c.Progress != nil {
				p := *c.Progress
				c.Progress = &p
			}
			out = append(out, c)
		}
		return nil
	})
	return out, err
}

// storableReport refuses the texts that a database refuses.
func storableReport(u *job.ReportUpdate) bool {
	if u.Progress != nil && !plain(u.Progress.Note) {
		return false
	}
	return plain(string(u.Output)) && !slices.ContainsFunc(u.Lines, func(l job.Line) bool { return !plain(l.Text) })
}
