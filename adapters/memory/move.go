package memory

import (
	"time"

	"github.com/task-tower/tasktower/core/job"
)

// place puts a row where its state says: into its lane, among the later ones, or
// among the finished. hint hears of what others may wait for.
func (s *Store) place(r *row, now time.Time, hint *hints) {
	l := r.line
	*l.counts.of(r.rec.State)++
	switch {
	case r.rec.State == job.Enqueued:
		l.lane(&r.rec).add(r)
		hint.claimable(l.info.Name)
	case r.rec.State.Waiting():
		s.later.push(newItem(r.rec.RunAt, r))
		hint.later = true
	case r.rec.State.Final():
		s.finished.push(newItem(now, r))
	}
}

// unplace takes a row out of where it is; its next state is not known yet.
func (s *Store) unplace(r *row) {
	*r.line.counts.of(r.rec.State)--
	r.stay++
	switch {
	case r.rec.State == job.Processing:
		if w := s.workers[r.rec.Lease.Worker()]; w != nil {
			w.held--
		}
	case r.rec.State == job.Enqueued:
		r.lane.dropped()
		r.lane.left()
		r.lane = nil
	case r.rec.State.Waiting():
		s.later.dropped()
	case r.rec.State.Final():
		s.finished.dropped()
	}
}

// find is the row of a committed job.
func (s *Store) find(id job.ID) (*row, error) {
	r := s.jobs[id]
	if r == nil || r.pending != nil {
		return nil, &job.NotFoundError{What: "job", Name: id.String()}
	}
	return r, nil
}

// forget removes a row for good.
func (s *Store) forget(r *row) {
	s.unplace(r)
	s.erase(r)
	s.ids.removed()
	s.settleDeath(r)
}

// erase takes a row out of the maps by id and by unique key.
func (s *Store) erase(r *row) {
	r.stay++
	r.rec.State = ""
	delete(s.jobs, r.rec.ID)
	if r.rec.UniqueKey != "" && s.keys[r.rec.UniqueKey] == r {
		delete(s.keys, r.rec.UniqueKey)
	}
}
