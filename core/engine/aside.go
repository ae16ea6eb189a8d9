package engine

import (
	"context"
	"time"
)

// A result whose lease, or whose job's unique key, somebody else holds is put aside,
// so that it holds nobody up, and tried again after a wait from busyBase on that
// doubles up to busyCeiling, give or take a quarter: those that wait as long are
// tried together. Those aside count as results in memory.
const (
	busyBase    = 20 * time.Millisecond
	busyCeiling = time.Second
)

// putAside takes results that have to wait. Inline there is nobody else to try
// them again: it waits itself and returns them.
func (s *settler) putAside(ctx context.Context, busy []*result) []*result {
	if s.inline && len(busy) > 0 {
		pause(ctx, busyBase)
		return busy
	}
	for _, r := range busy {
		wait := min(busyCeiling, busyBase<<min(r.busy, 10))
		r.busy++
		r.again = s.begun.Add((time.Since(s.begun) + wait).Round(wait / 2))
	}
	s.mu.Lock()
	s.aside = append(s.aside, busy...)
	s.mu.Unlock()
	return nil
}

// due takes out up to limit of those aside whose time has come. Called with mu held.
func (s *settler) due(limit int) (out []*result) {
	if len(s.aside) == 0 {
		return nil
	}
	now := time.Now()
	kept := s.aside[:0]
	for _, r := range s.aside {
		if len(out) < limit && !now.Before(r.again) {
			out = append(out, r)
		} else {
			kept = append(kept, r)
		}
	}
	clear(s.aside[len(kept):])
	s.aside = kept
	return out
}

// resume makes the timer wake the settler when the first one aside is due.
func (s *settler) resume(timer *time.Timer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.aside) == 0 {
		return
	}
	first := s.aside[0].again
	for _, r := range s.aside {
		if r.again.Before(first) {
			first = r.again
		}
	}
	timer.Reset(time.Until(first))
}
