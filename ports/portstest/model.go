package portstest

import (
	"maps"
	"slices"
	"time"

	"github.com/task-tower/tasktower/core/job"
)

// model is what a store is meant to be, in the plainest words: maps and loops,
// no index, no lock. Times that a store reads off its clock are taken over from
// it once they have been found plausible; see loose.
type model struct {
	jobs   map[job.ID]*modelJob
	queues map[string]bool // that have or had jobs or were paused
	paused map[string]bool
	live   map[int64]bool // workers
}

func newModel() *model {
	return &model{jobs: map[job.ID]*modelJob{}, queues: map[string]bool{}, paused: map[string]bool{}, live: map[int64]bool{}}
}

// modelJob is a job and all that belongs to it.
type modelJob struct {
	rec      job.Record
	entries  []job.Entry // without times
	failures int
	asked    bool                  // to be cancelled
	owed     int64                 // the worker whose Death interceptors are to run; 0: none
	outcomes map[attempt]job.State // of the attempts that ended
	loose    loose
}

// attempt is what fences a result.
type attempt struct {
	lease job.Lease
	seq   int
}

// loose says which times the store is free to read off its clock, and how far from now.
type loose struct {
	due   bool
	wait  time.Duration
	ended bool
}

// move writes a transition into the history.
func (j *modelJob) move(to job.State, attempt int, worker, reason string) {
	j.rec.State = to
	j.entries = append(j.entries, job.Entry{State: to, Attempt: attempt, Worker: worker, Reason: reason})
}

func noted(cause job.Cause, note string) string {
	if note != "" {
		return string(cause) + ": " + note
	}
	return string(cause)
}

// holder is the job that keeps others from the unique key, if there is one.
func (m *model) holder(key string) (job.ID, bool) {
	for id, j := range m.jobs {
		if key != "" && j.rec.UniqueKey == key && (!j.rec.State.Final() || j.rec.UniqueFor > 0) {
			return id, true
		}
	}
	return job.ID{}, false
}

// enqueue stores specs at the store's time, and says which are held by whom.
func (m *model) enqueue(specs []*job.Spec, at time.Time) map[int]job.ID {
	held := map[int]job.ID{}
	for i, s := range specs {
		if m.jobs[s.ID] != nil {
			continue
		}
		if id, ok := m.holder(s.UniqueKey); ok {
			held[i] = id
			continue
		}
		j := &modelJob{rec: *job.NewRecord(s, at).Clone(), outcomes: map[attempt]job.State{}}
		j.move(j.rec.State, 0, "", "enqueue")
		m.jobs[s.ID] = j
		m.queues[s.Queue] = true
	}
	return held
}

// verdict is what becomes of a result.
type verdict string

const (
	accepted verdict = "accepted"
	lost     verdict = "lost"
	refused  verdict = "cancelled"
)

// settle stores one result.
func (m *model) settle(s *job.Settlement) verdict {
	j := m.jobs[s.ID]
	if j == nil {
		return lost
	}
	key := attempt{s.Lease, s.Seq}
	if j.rec.State != job.Processing || j.rec.Lease != s.Lease || j.rec.Seq != s.Seq {
		if before, ok := j.outcomes[key]; ok && before == s.To {
			return accepted
		}
		return lost
	}
	if j.asked && s.To != job.Completed && s.To != job.Cancelled {
		return refused
	}
	j.outcomes[key] = s.To
	j.move(s.To, s.Attempt, j.rec.Worker, noted(s.Cause, s.Note))
	if s.Failure != nil {
		j.failures++
	}
	if s.Notice {
		j.owed = s.Lease.Worker()
	}
	j.asked = false
	j.rec.DeadReason = s.DeadReason
	j.rec.Attempt, j.rec.Failures, j.rec.Crashes = s.Attempt, s.Failures, s.Crashes
	j.rec.Lease, j.rec.Worker, j.rec.ClaimedAt = 0, "", time.Time{}
	j.loose = loose{due: s.To == job.Retrying || s.To == job.Scheduled, wait: s.Wait, ended: s.To.Final()}
	return accepted
}

// cancel gives a job up, or asks for it.
func (m *model) cancel(id job.ID, note string) (job.State, error) {
	j := m.jobs[id]
	switch {
	case j == nil:
		return "", job.ErrNotFound
	case j.rec.State == job.Processing:
		j.asked = true
		return job.Processing, nil
	case j.rec.State.Final():
		return "", job.ErrConflict
	}
	j.move(job.Cancelled, j.rec.Attempt, "", noted(job.CauseCancel, note))
	j.loose = loose{ended: true}
	return job.Cancelled, nil
}

func (m *model) requeue(id job.ID, note string) error {
	j := m.jobs[id]
	switch {
	case j == nil:
		return job.ErrNotFound
	case j.rec.State == job.Enqueued || j.rec.State == job.Processing:
		return job.ErrConflict
	}
	if holder, ok := m.holder(j.rec.UniqueKey); ok && holder != id {
		return job.ErrDuplicate
	}
	j.move(job.Enqueued, j.rec.Attempt, "", noted(job.CauseRequeue, note))
	j.rec.DeadReason, j.rec.EndedAt, j.rec.Failures, j.rec.Crashes = "", time.Time{}, 0, 0
	j.owed = 0
	j.loose = loose{due: true}
	return nil
}

func (m *model) delete(id job.ID) error {
	switch j := m.jobs[id]; {
	case j == nil:
		return job.ErrNotFound
	case j.rec.State == job.Processing:
		return job.ErrConflict
	}
	delete(m.jobs, id)
	return nil
}

func (m *model) tag(id job.ID, tags []string) error {
	j := m.jobs[id]
	if j == nil {
		return job.ErrNotFound
	}
	all := slices.Concat(j.rec.Tags, tags)
	slices.Sort(all)
	j.rec.Tags = slices.Compact(all)
	return nil
}

// promote moves up to limit jobs that are due by now; next is when the next one
// will be, zero if none waits.
func (m *model) promote(limit int, now time.Time) (moved []job.ID, next time.Time) {
	waiting := m.sorted(func(j *modelJob) bool { return j.rec.State == job.Scheduled || j.rec.State == job.Retrying }, byAge)
	for _, j := range waiting {
		if j.rec.RunAt.After(now) || len(moved) == limit {
			return moved, j.rec.RunAt
		}
		j.move(job.Enqueued, j.rec.Attempt, "", string(job.CauseDue))
		moved = append(moved, j.rec.ID)
	}
	return moved, time.Time{}
}

// orders are the jobs that the worker is asked to end.
func (m *model) orders(worker int64) []job.ID {
	var ids []job.ID
	for id, j := range m.jobs {
		if j.asked && j.rec.State == job.Processing && j.rec.Lease.Worker() == worker {
			ids = append(ids, id)
		}
	}
	return ids
}

// orphans are the deaths that the worker may take.
func (m *model) orphans(worker int64, kinds []string, inHand []job.ID) map[job.ID]bool {
	out := map[job.ID]bool{}
	for id, j := range m.jobs {
		free := j.owed == worker || !m.live[j.owed]
		if j.owed != 0 && free && slices.Contains(kinds, j.rec.Kind) && !slices.Contains(inHand, id) {
			out[id] = true
		}
	}
	return out
}

// owedBy are the jobs whose deaths a worker has, or only some of them.
func (m *model) owedBy(worker int64, all bool) (ids []job.ID) {
	for id, j := range m.jobs {
		if j.owed == worker && (all || id[15]%2 == 0) {
			ids = append(ids, id)
		}
	}
	return ids
}

// sorted are the jobs that keep wants, in order.
func (m *model) sorted(keep func(*modelJob) bool, order func(a, b *modelJob) int) []*modelJob {
	return slices.SortedFunc(func(yield func(*modelJob) bool) {
		for j := range maps.Values(m.jobs) {
			if keep(j) && !yield(j) {
				return
			}
		}
	}, order)
}

func byAge(a, b *modelJob) int {
	if c := a.rec.RunAt.Compare(b.rec.RunAt); c != 0 {
		return c
	}
	return a.rec.ID.Compare(b.rec.ID)
}

func byPriority(a, b *modelJob) int {
	if a.rec.Priority != b.rec.Priority {
		return int(b.rec.Priority) - int(a.rec.Priority)
	}
	return byAge(a, b)
}
