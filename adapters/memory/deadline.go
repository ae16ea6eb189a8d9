package memory

import (
	"container/heap"
	"time"

	"github.com/task-tower/tasktower/core/job"
)

// deadlines keeps the jobs that have one, the earliest first, until it passes. A
// job that was forgotten before stays behind as a stale entry, until those
// outnumber the others.
type deadlines []deadline

type deadline struct {
	at int64 // microseconds since the epoch
	id job.ID
}

const fewStaleDeadlines = 64

// add keeps a job's deadline, if it has one.
func (s *Store) addDeadline(r *row) {
	if r.rec.Deadline.IsZero() {
		return
	}
	if len(s.deadlines) > 2*len(s.jobs)+fewStaleDeadlines {
		kept := s.deadlines[:0]
		for _, d := range s.deadlines {
			if s.jobs[d.id] != nil {
				kept = append(kept, d)
			}
		}
		s.deadlines = kept
		heap.Init(&s.deadlines)
	}
	heap.Push(&s.deadlines, deadline{at: r.rec.Deadline.UnixMicro(), id: r.rec.ID})
}

// soonAgain is when a job is looked at again that could not end at its deadline.
const soonAgain = 5 * time.Second

// lookAgain asks to look at a job whose deadline has passed once more.
func (s *Store) lookAgain(r *row, now time.Time) {
	heap.Push(&s.deadlines, deadline{at: now.Add(soonAgain).UnixMicro(), id: r.rec.ID})
}

// passed is a job whose deadline has passed, taken out; ok is false if there is none.
func (d *deadlines) passed(now time.Time) (id job.ID, ok bool) {
	if len(*d) == 0 || (*d)[0].at > now.UnixMicro() {
		return job.ID{}, false
	}
	return heap.Pop(d).(deadline).id, true
}

func (d deadlines) Len() int      { return len(d) }
func (d deadlines) Swap(i, j int) { d[i], d[j] = d[j], d[i] }
func (d deadlines) Less(i, j int) bool {
	if d[i].at != d[j].at {
		return d[i].at < d[j].at
	}
	return d[i].id.Compare(d[j].id) < 0
}

// Push implements heap.Interface.
func (d *deadlines) Push(x any) { *d = append(*d, x.(deadline)) }

// Pop implements heap.Interface.
func (d *deadlines) Pop() any {
	last := len(*d) - 1
	x := (*d)[last]
	*d = (*d)[:last]
	return x
}
