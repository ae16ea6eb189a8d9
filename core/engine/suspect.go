package engine

import (
	"time"

	"github.com/task-tower/tasktower/core/job"
)

// suspect tells whether the job was in flight at a crash. A process holds at most
// one of those at a time: should it crash, that one may have done it.
func suspect(r *job.Record) bool { return r.Crashes > 0 }

// manner is how a claim deals with suspects.
type manner int

const (
	welcome   manner = iota // it brings them, too
	unwelcome               // the worker holds one: it brings none
	later                   // it brings none, but the next one will
)

// wary is for how long after suspects were seen a claim brings no more than one.
const wary = 10 * time.Second

// suspects says how many of want jobs to claim, and in which manner. A worker holds
// one suspect. Where there are more about, every other claim is for a single job,
// which may be one; the claims between are for what else there is. So a suspect gets
// its turn in the order of all jobs, and is not claimed just to be given back.
func (f *fetcher) suspects(want int) (int, manner) {
	one, met := f.w.slots.suspects()
	switch {
	case one:
		return want, unwelcome
	case want == 1 || time.Since(met) > wary:
		return want, welcome
	}
	if f.asked = !f.asked; f.asked {
		return 1, welcome
	}
	return want, later
}

// accuse chooses the suspect to hold: of one claim always that with the lowest id,
// for a rescuer must know it, too. Called with mu held.
func (s *slots) accuse(jobs []*job.Record, now time.Time) (next *job.Record) {
	free := s.accused == nil && s.suspect == nil
	for _, r := range jobs {
		if !suspect(r) {
			continue
		}
		s.met = now
		if free && (next == nil || r.ID.Compare(next.ID) < 0) {
			next = r
		}
	}
	return next
}

// suspects tells whether one is held, and when any were last seen.
func (s *slots) suspects() (one bool, met time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.accused != nil || s.suspect != nil, s.met
}
