package memory

import (
	"context"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/ports"
)

// Settle implements ports.Settler. A result that the transition table does not
// hold is a *job.TransitionError and nothing of the call is stored.
func (s *Store) Settle(ctx context.Context, results []*job.Settlement) (ports.Settled, error) {
	var out ports.Settled
	err := s.do(ctx, "settle", func(now time.Time, hint *hints) error {
		if err := checkMoves(results); err != nil {
			return err
		}
		for i, res := range results {
			if r := s.verdict(&out, i, res); r != nil {
				s.apply(r, res, now, hint)
			}
		}
		return nil
	})
	return out, err
}

// checkMoves refuses results that no store may be asked for.
func checkMoves(results []*job.Settlement) error {
	for _, res := range results {
		if !job.CanMove(job.Processing, res.To, res.Cause) {
			return &job.TransitionError{ID: res.ID, From: job.Processing, To: res.To}
		}
	}
	return nil
}

// verdict is the row that the result is to be applied to, or nil: then the result
// was stored before, or is named in out.
func (s *Store) verdict(out *ports.Settled, place int, res *job.Settlement) *row {
	r := s.jobs[res.ID]
	switch {
	case r == nil || r.pending != nil:
		out.Lost = append(out.Lost, place)
	case !held(r, res):
		if !r.settled(res) {
			out.Lost = append(out.Lost, place)
		}
	case r.asked && res.To != job.Completed && res.To != job.Cancelled:
		out.Cancelled = append(out.Cancelled, place)
	case !storable(res):
		out.Unstorable = append(out.Unstorable, place)
	default:
		return r
	}
	return nil
}

func held(r *row, res *job.Settlement) bool {
	return r.rec.State == job.Processing && r.rec.Lease == res.Lease && r.rec.Seq == res.Seq
}

// storable refuses the texts that a database refuses, so that a program tested
// here behaves the same there.
func storable(res *job.Settlement) bool {
	if !plain(res.Note) {
		return false
	}
	if res.Report != nil && !storableReport(res.Report) {
		return false
	}
	f := res.Failure
	return f == nil || plain(f.Type) && plain(f.Message) && plain(f.Stack)
}

func plain(text string) bool {
	return text == "" || strings.IndexByte(text, 0) < 0 && utf8.ValidString(text)
}

// apply stores a result whose lease holds.
func (s *Store) apply(r *row, res *job.Settlement, now time.Time, hint *hints) {
	rec := &r.rec
	holder := rec.Lease.Worker()
	ended := job.Micro(res.EndedAt)
	if res.EndedAt.IsZero() {
		ended = now
	}
	r.note(entry{
		at: ended.UnixMicro(), state: res.To, attempt: int32(res.Attempt), worker: rec.Worker,
		reason: because(res.Cause, res.Note), lease: res.Lease, seq: res.Seq,
	})
	if res.Failure != nil {
		f := *res.Failure
		f.Attempt, f.At, f.Worker = res.Attempt, ended, rec.Worker
		r.failures = append(r.failures, f)
	}
	if res.Report != nil {
		r.tell(res.Report)
	}
	s.unplace(r)
	s.answered(r)
	rec.State, rec.DeadReason = res.To, res.DeadReason
	rec.Attempt, rec.Failures, rec.Crashes = res.Attempt, res.Failures, res.Crashes
	rec.ClaimedAt, rec.Lease, rec.Worker = time.Time{}, 0, ""
	rec.Seq++
	switch {
	case res.To.Final():
		rec.EndedAt = ended
	case res.To != job.Enqueued: // what is given back keeps its place
		rec.RunAt = job.Micro(now.Add(res.Wait))
	}
	s.place(r, now, hint)
	if res.Notice && res.To == job.Dead {
		s.owe(r, holder)
	}
}
