package memory

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/core/queue"
	"github.com/task-tower/tasktower/ports"
)

// Claim implements ports.Claimer.
func (s *Store) Claim(ctx context.Context, req ports.ClaimRequest) ([]*job.Record, error) {
	var out []*job.Record
	err := s.do(ctx, "claim", func(now time.Time, _ *hints) error {
		if req.Limit < 1 {
			return job.Invalid("limit", "is %d; want at least 1", req.Limit)
		}
		w, err := s.live(req.Lease.Worker(), now)
		if err != nil {
			return err
		}
		if req.Lease <= w.recalled {
			return fmt.Errorf("claim %d was recalled: %w", req.Lease, job.ErrLeaseLost)
		}
		plan := req.Plan.WithCaps(s.processing(req.Plan.Caps))
		room := 0
		if w.claims() {
			room = req.Limit
		}
		taken := s.scratch.rows[:0]
		for _, v := range plan.Walk(req.Limit, s.names, req.Queues, s.paused) {
			if v.Quota = min(v.Quota, room-len(taken)); v.Quota <= 0 {
				break
			}
			taken = s.visit(v, req, now, taken)
		}
		for place, r := range taken {
			r.place = int32(place)
			s.hold(r, req.Lease, w, now)
		}
		out = copies(taken)
		clear(taken)
		s.scratch.rows = taken[:0]
		return nil
	})
	return out, err
}

// Recall implements ports.Claimer. It looks over all jobs: answers are lost rarely.
func (s *Store) Recall(ctx context.Context, lease job.Lease) ([]*job.Record, error) {
	var out []*job.Record
	err := s.do(ctx, "recall", func(now time.Time, _ *hints) error {
		w, err := s.live(lease.Worker(), now)
		if err != nil {
			return err
		}
		w.recalled = max(w.recalled, lease)
		var held []*row
		for _, r := range s.jobs {
			if r.rec.State == job.Processing && r.rec.Lease == lease {
				held = append(held, r)
			}
		}
		slices.SortFunc(held, func(a, b *row) int { return int(a.place) - int(b.place) })
		for _, r := range held {
			r.rec.ClaimedAt = now
			r.entries[len(r.entries)-1].at = now.UnixMicro()
		}
		out = copies(held)
		return nil
	})
	return out, err
}

// scratch is room that claims use one after the other.
type scratch struct {
	rows    []*row
	cursors []cursor
}

// processing counts the running jobs of the capped queues.
func (s *Store) processing(caps map[string]int) map[string]int {
	if len(caps) == 0 {
		return nil
	}
	running := make(map[string]int, len(caps))
	for name := range caps {
		if l := s.queues[name]; l != nil {
			running[name] = *l.counts.of(job.Processing)
		}
	}
	return running
}

// cursor is a lane that a visit takes from: its first item, and the place of its
// queue in the visit.
type cursor struct {
	item
	lane  *lane
	queue int
}

// visit takes what the visit allows off the lanes of the request, in its order.
func (s *Store) visit(v queue.Visit, req ports.ClaimRequest, now time.Time, taken []*row) []*row {
	h := tournament{order: v.Order, cursors: s.scratch.cursors[:0]}
	newest := now.UnixMicro() - v.MinWaitMicros
	for place, name := range v.Queues {
		l := s.queues[name]
		if l == nil || *l.counts.of(job.Enqueued) == 0 {
			continue
		}
		for _, k := range l.kinds {
			if k.live == 0 || !slices.Contains(req.Kinds, k.kind) {
				continue
			}
			for _, n := range k.lanes {
				if n.suspects && req.NoSuspects {
					continue
				}
				if it, ok := n.first(); ok && (v.MinWaitMicros <= 0 || it.at <= newest) {
					h.cursors = append(h.cursors, cursor{item: it, lane: n, queue: place})
				}
			}
		}
	}
	h.start()

	most := slices.Clone(v.Most)
	for left := v.Quota; left > 0 && len(h.cursors) > 0; {
		c := &h.cursors[0]
		if most[c.queue] == 0 {
			h.drop()
			continue
		}
		most[c.queue]--
		left--
		taken = append(taken, c.row)
		c.lane.take()
		if it, ok := c.lane.first(); ok && (v.MinWaitMicros <= 0 || it.at <= newest) {
			c.item = it
			h.settle(0)
		} else {
			h.drop()
		}
	}
	s.scratch.cursors = h.cursors[:0]
	return taken
}

// hold moves a row that was taken off its lane to processing.
func (s *Store) hold(r *row, lease job.Lease, w *worker, now time.Time) {
	*r.line.counts.of(job.Enqueued)--
	*r.line.counts.of(job.Processing)++
	w.held++
	r.stay++
	r.lane = nil
	r.rec.State = job.Processing
	r.rec.Attempt++
	r.rec.Lease = lease
	r.rec.Worker = w.ID
	r.rec.ClaimedAt = now
	r.note(entry{at: now.UnixMicro(), state: job.Processing, attempt: int32(r.rec.Attempt), worker: w.ID, reason: string(job.CauseClaim)})
}
