package postgres

import (
	"slices"

	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/ports"
)

// settledBatch is a batch on its way and what the server said to it.
type settledBatch struct {
	results   []*job.Settlement
	places    []int
	completed []int // places of those that the narrow statement stores
	others    []int
	held      []int64 // leases that somebody else has locked

	lost, cancelled, busy []int
	ready                 []string
	later                 bool
}

// splitBatch puts each result where it is stored: plain successes by the narrow
// statement, which wants each job once.
func splitBatch(results []*job.Settlement, places []int) settledBatch {
	b := settledBatch{results: results, places: places, completed: make([]int, 0, len(places))}
	seen := make(map[job.ID]struct{}, len(b.places))
	for _, place := range b.places {
		r := b.results[place]
		_, twice := seen[r.ID]
		seen[r.ID] = struct{}{}
		if r.To == job.Completed && !r.UniqueKey && r.Note == "" && r.Failure == nil && r.Report == nil && r.Cause == job.CauseSuccess && !twice {
			b.completed = append(b.completed, place)
		} else {
			b.others = append(b.others, place)
		}
	}
	return b
}

func (b *settledBatch) report(out *ports.Settled, hints *hints) {
	out.Lost = append(out.Lost, b.lost...)
	out.Cancelled = append(out.Cancelled, b.cancelled...)
	out.Busy = append(out.Busy, b.busy...)
	for _, name := range b.ready {
		hints.claimable(name)
	}
	hints.later = hints.later || b.later
}

// refuse takes a result that its lease does not vouch for: it does not hold the job,
// or somebody else has locked it.
func (b *settledBatch) refuse(place int) {
	if slices.Contains(b.held, int64(b.results[place].Lease)) {
		b.busy = append(b.busy, place)
		return
	}
	b.lost = append(b.lost, place)
}

// verdict takes a row of settle.sql.
func (b *settledBatch) verdict(place int, verdict, queue string) {
	switch verdict {
	case "lost":
		b.refuse(place)
	case "busy":
		b.busy = append(b.busy, place)
	case "cancelled":
		b.cancelled = append(b.cancelled, place)
	case "ready":
		b.ready = append(b.ready, queue)
	case "later":
		b.later = true
	}
}

// keyed are the jobs whose results let go of a unique key.
func (b *settledBatch) keyed() []job.ID {
	var out []job.ID
	for _, place := range b.places {
		if r := b.results[place]; r.UniqueKey && r.To.Final() {
			out = append(out, r.ID)
		}
	}
	return out
}

func (b *settledBatch) leases() []int64 {
	var out []int64
	for _, place := range b.places {
		out = append(out, int64(b.results[place].Lease))
	}
	slices.Sort(out)
	return slices.Compact(out)
}
