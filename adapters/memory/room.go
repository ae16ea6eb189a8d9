package memory

import (
	"fmt"
	"time"

	"github.com/task-tower/tasktower/core/job"
)

// LimitError says that the store is full. It matches job.ErrUnavailable: room
// comes back when jobs end.
type LimitError struct {
	What  string // "jobs"
	Limit int
}

func (e *LimitError) Error() string {
	return fmt.Sprintf("holds %d %s, as many as MaxJobs allows, and none of them can be forgotten yet", e.Limit, e.What)
}

// Is makes the error match job.ErrUnavailable.
func (e *LimitError) Is(target error) bool { return target == job.ErrUnavailable }

// maxPassedOver is how many finished jobs a call passes over, because their
// unique key or their death is still of interest, before it gives up.
const maxPassedOver = 1000

// room makes sure that one more job fits, forgetting the job that finished first
// if need be.
func (s *Store) room(now time.Time) error {
	if len(s.jobs) < s.maxJobs {
		return nil
	}
	for range min(s.finished.live, maxPassedOver) {
		it, _ := s.finished.first()
		if !it.row.owed && !it.row.holdsKey(now) {
			s.forget(it.row)
			return nil
		}
		s.finished.pop()
		s.finished.push(newItem(now, it.row))
	}
	return &LimitError{What: "jobs", Limit: s.maxJobs}
}
