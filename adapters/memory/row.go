package memory

import (
	"time"

	"github.com/task-tower/tasktower/core/job"
)

// usualEntries is how many transitions a job that succeeds at once goes through.
const usualEntries = 3

// row is a job with all that belongs to it.
type row struct {
	rec      job.Record // shares nothing with callers
	stay     uint64     // changes with the state, so agendas know stale items
	line     *line      // its queue; nil while it is pending
	lane     *lane      // where it waits while enqueued
	pending  *Tx        // the transaction that has yet to commit it
	asked    bool       // somebody asked to cancel it
	owed     bool       // Death interceptors have yet to run
	place    int32      // in the run order of its claim, while it is processing
	owedBy   int64      // the worker that is about to run them
	entries  []entry
	usual    [usualEntries]entry // backs entries at first
	failures []job.Failure
	reports  []*report // of attempts that told something, the oldest first
}

// entry is a transition, kept small.
type entry struct {
	at      int64 // microseconds since the epoch
	worker  string
	reason  string
	lease   job.Lease // of an ended attempt: what it was settled under
	seq     int
	attempt int32
	state   job.State
}

// note adds a transition to the history.
func (r *row) note(e entry) {
	if r.entries == nil {
		r.entries = r.usual[:0]
	}
	r.entries = append(r.entries, e)
}

// settled tells whether this result was stored before. Another outcome of the
// same attempt is a zombie's.
func (r *row) settled(res *job.Settlement) bool {
	if res.Lease == 0 {
		return false
	}
	for i := len(r.entries) - 1; i >= 0; i-- {
		if e := &r.entries[i]; e.seq == res.Seq && e.lease == res.Lease {
			return e.state == res.To
		}
	}
	return false
}

// holdsKey tells whether the row keeps others from its unique key.
func (r *row) holdsKey(now time.Time) bool {
	if r.rec.UniqueKey == "" {
		return false
	}
	return !r.rec.State.Final() || now.Before(r.rec.CreatedAt.Add(r.rec.UniqueFor))
}

func because(cause job.Cause, note string) string {
	if note == "" {
		return string(cause)
	}
	return string(cause) + ": " + note
}
