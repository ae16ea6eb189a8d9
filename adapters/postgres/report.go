package postgres

import (
	"context"
	"encoding/json"
	"log/slog"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/ports"
)

// Report implements ports.Reporter. If the server cannot store an update, the
// call is split until that one stands alone, which is ErrInvalid.
func (s *Store) Report(ctx context.Context, updates []*job.ReportUpdate) error {
	for i, u := range updates {
		if !plainReport(u) {
			return translate("report", job.Invalid("updates", "%d has a text that cannot be stored", i))
		}
	}
	busy := &ports.BusyError{}
	err := s.reportSplit(ctx, updates, 0, busy)
	if err == nil && len(busy.Places) > 0 {
		err = busy
	}
	return translate("report", err)
}

// reportSplit stores updates, the first of which has that place in the call, and
// halves them if the server refuses their values.
func (s *Store) reportSplit(ctx context.Context, updates []*job.ReportUpdate, place int, busy *ports.BusyError) error {
	if len(updates) == 0 {
		return nil
	}
	held, err := s.report(ctx, updates)
	if half := len(updates) / 2; half > 0 && isData(err) {
		err = s.reportSplit(ctx, updates[:half], place, busy)
		if other := s.reportSplit(ctx, updates[half:], place+half, busy); err == nil {
			err = other
		}
		return err
	}
	for i, u := range updates {
		if slices.Contains(held, int64(u.Lease)) {
			busy.Places = append(busy.Places, place+i)
		}
	}
	return err
}

// report stores updates but for those under leases that somebody else has locked, which it names.
func (s *Store) report(ctx context.Context, updates []*job.ReportUpdate) (held []int64, err error) {
	ctx, cancel, err := s.call(ctx)
	if err != nil {
		return nil, err
	}
	defer cancel()
	text, err := reportText(updates)
	if err != nil {
		return nil, err
	}
	err = s.retry(ctx, func(ctx context.Context) error {
		batch := &pgx.Batch{}
		batch.Queue(begin)
		batch.Queue(s.sql.get("settings"), s.bound, "on", "on")
		s.queueLock(batch, reportLeases(updates), &held)
		batch.Queue(s.sql.get("report"), bucket, text, job.MaxReports)
		batch.Queue(commit)
		return s.pipeline(ctx, batch)
	})
	return held, err
}

// Reports implements ports.Inspector.
func (s *Store) Reports(ctx context.Context, id job.ID) ([]job.Report, error) {
	var out []job.Report
	err := s.inspect(ctx, "reports", func(ctx context.Context, tx pgx.Tx) error {
		if _, err := s.getOne(ctx, tx, id); err != nil {
			return err
		}
		rows, err := tx.Query(ctx, s.sql.get("reports"), bucket, uuid(id))
		if err != nil {
			return err
		}
		var places map[int]int // of the reports, by seq
		out, places, err = scanReports(rows)
		if err != nil || len(out) == 0 {
			return err
		}
		if rows, err = tx.Query(ctx, s.sql.get("report_lines"), bucket, uuid(id)); err != nil {
			return err
		}
		var seq, level int
		var l job.Line
		_, err = pgx.ForEachRow(rows, []any{&seq, &l.At, &level, &l.Text}, func() error {
			l.At, l.Level = l.At.UTC(), slog.Level(level)
			r := &out[places[seq]]
			r.Lines = append(r.Lines, l)
			return nil
		})
		return err
	})
	return out, err
}

func scanReports(rows pgx.Rows) (out []job.Report, places map[int]int, err error) {
	places = map[int]int{}
	out, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (job.Report, error) {
		var r job.Report
		var p job.Progress
		var seq int
		var at *time.Time
		var output []byte
		err := row.Scan(&seq, &r.Attempt, &r.Worker, &p.Done, &p.Total, &p.Note, &at, &r.Dropped, &output)
		if at != nil {
			p.At = at.UTC()
			r.Progress = &p
		}
		r.Output = output
		places[seq] = len(places)
		return r, err
	})
	return out, places, err
}

// reportRow is one update as report.sql reads it.
type reportRow struct {
	Place    int             `json:"place"`
	ID       job.ID          `json:"job_id"`
	Lease    job.Lease       `json:"lease_id"`
	Seq      int             `json:"seq"`
	Attempt  int             `json:"attempt"`
	Progress *job.Progress   `json:"progress,omitempty"`
	Lines    []reportLine    `json:"lines,omitempty"`
	Dropped  int             `json:"dropped"`
	Output   json.RawMessage `json:"output,omitempty"`
}

type reportLine struct {
	N     int       `json:"n"`
	At    time.Time `json:"at"`
	Level int       `json:"level"`
	Text  string    `json:"text"`
}

func reportText(updates []*job.ReportUpdate) (string, error) {
	rows := make([]reportRow, len(updates))
	for i, u := range updates {
		rows[i] = reportRow{
			Place: i, ID: u.ID, Lease: u.Lease, Seq: u.Seq, Attempt: u.Attempt,
			Progress: u.Progress, Dropped: u.Dropped, Output: u.Output,
		}
		for n, l := range u.Lines {
			rows[i].Lines = append(rows[i].Lines, reportLine{N: u.First + n, At: job.Micro(l.At), Level: int(l.Level), Text: l.Text})
		}
	}
	text, err := json.Marshal(rows)
	return string(text), err
}

func reportLeases(updates []*job.ReportUpdate) []int64 {
	out := make([]int64, len(updates))
	for i, u := range updates {
		out[i] = int64(u.Lease)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// reportsOf are the updates that come with the results at these places.
func reportsOf(results []*job.Settlement, places []int) (updates []*job.ReportUpdate) {
	for _, place := range places {
		if u := results[place].Report; u != nil {
			updates = append(updates, u)
		}
	}
	return updates
}

// plainReport refuses texts that no PostgreSQL can store.
func plainReport(u *job.ReportUpdate) bool {
	if u == nil {
		return true
	}
	return (u.Progress == nil || plain(u.Progress.Note)) && plain(string(u.Output)) &&
		!slices.ContainsFunc(u.Lines, func(l job.Line) bool { return !plain(l.Text) })
}
