package engine

import (
	"context"
	"time"
)

// Bounds of what a worker holds ahead of its slots.
const (
	MaxAhead  = 200 * time.Millisecond // of work, at the measured rate
	maxBridge = 400 * time.Millisecond // of a job's run, to be held ahead for each slot while claims are slow
	holdTimes = 10                     // as long as Prefetch promised is too long for a job to wait
	leastHold = 500 * time.Millisecond
	mostHold  = 800 * time.Millisecond // so that a pause of its queue takes effect within a second
)

// ahead is how many jobs to hold beyond the free slots: what the slots will
// start within Prefetch at the measured rate. While claims take longer than jobs,
// because many workers queue for them, it is what the slots come to meanwhile, up to
// one job for each: else they wait for claims, which would bring less the longer they take.
// One slow claim says nothing yet.
func (f *fetcher) ahead() int {
	if f.w.cfg.Prefetch <= 0 {
		return 0
	}
	if f.slowed.CompareAndSwap(true, false) {
		f.meter = meter{}
	}
	_, _, ended := f.w.slots.books()
	f.meter.measure(work{ended, time.Duration(f.w.worked.Load())}, time.Now())
	ahead := f.meter.rate * min(f.w.cfg.Prefetch, MaxAhead).Seconds()
	if took := min(f.took[0], f.took[1]); f.meter.run < min(took, maxBridge) {
		ahead = max(ahead, min(f.meter.rate*took.Seconds(), float64(f.w.slots.size())))
	}
	return int(ahead)
}

// patience is how long a claimed job may wait for a slot.
func (f *fetcher) patience() time.Duration {
	return min(max(holdTimes*min(f.w.cfg.Prefetch, MaxAhead), leastHold), mostHold)
}

// keep gives back what has waited for a slot for too long, until ctx ends: jobs
// were claimed ahead of slots that then met longer ones. Another worker may have
// room for them, and no claim looks anew whether their queue is paused.
func (f *fetcher) keep(ctx context.Context) {
	for {
		late, again := f.w.slots.overdue(f.patience())
		if len(late) > 0 {
			f.slowed.Store(true)
		}
		for _, h := range late {
			f.w.giveBack(h)
		}
		if again > 0 {
			if !pause(ctx, again) {
				return
			}
			continue
		}
		select {
		case <-f.w.slots.held:
		case <-ctx.Done():
			return
		}
	}
}

// overdue takes back what has not started if the first of it has waited for a slot
// for too long and none is free, and says when to look again; 0: when something is held.
func (s *slots) overdue(patience time.Duration) (late []held, again time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	since, waits := s.waitsSince()
	if !waits {
		return nil, 0
	}
	if left := patience - time.Since(since); left > 0 {
		return nil, left
	}
	if s.busy < s.max { // a slot is about to take it
		return nil, patience / 10
	}
	return s.takeBack(), 0
}

// waitsSince is since when the first of what has not started has waited. Called
// with mu held.
func (s *slots) waitsSince() (since time.Time, waits bool) {
	if s.head < len(s.queue) {
		since, waits = s.queue[s.head].since, true
	}
	if s.accused != nil && (!waits || s.accused.since.Before(since)) {
		since, waits = s.accused.since, true
	}
	return since, waits
}

// work is what a worker has done: how many jobs ended, and how long they ran, all in all.
type work struct {
	ended uint64
	ran   time.Duration
}

// meter measures how many jobs end per second, and how long one runs.
type meter struct {
	done work
	at   time.Time
	rate float64
	run  time.Duration
}

const meterSpan = 50 * time.Millisecond

func (m *meter) measure(done work, now time.Time) {
	span := now.Sub(m.at)
	switch {
	case m.at.IsZero():
		m.at, m.done = now, done
	case span >= meterSpan:
		ended := done.ended - m.done.ended
		m.rate += (float64(ended)/span.Seconds() - m.rate) / 2
		if ended > 0 {
			m.run = (done.ran - m.done.ran) / time.Duration(ended)
		}
		m.at, m.done = now, done
	}
}
