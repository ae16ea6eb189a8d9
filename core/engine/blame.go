package engine

import "github.com/task-tower/tasktower/core/job"

// blame knows which suspect ran when a worker was lost, by the worker's number. A
// worker claims no suspect before the one that it holds has ended, and of one claim it
// holds that with the lowest id: so the one that ran, if any did, is the first of the
// last claim that brought any. It is remembered as long as the worker has left
// something behind, for a worker that is not quite dead may settle it meanwhile,
// and then nobody else is to be blamed.
type blame struct {
	ran  map[int64]claimed
	seen map[int64]bool // workers that the present round of looks has found
}

// claimed names one claim of a job.
type claimed struct {
	id    job.ID
	lease job.Lease
}

func claimOf(r *job.Record) claimed { return claimed{r.ID, r.Lease} }

func newBlame() *blame { return &blame{ran: map[int64]claimed{}, seen: map[int64]bool{}} }

// verdicts says what becomes of lost jobs, which are sorted by lease and id. If
// there are more, those of the last worker may go on: then it is not known yet which
// of its suspects ran, and the one that may have is left out.
func (b *blame) verdicts(lost []*job.Record, more bool, maxCrashes int) []*result {
	open := int64(-1)
	if more {
		open = lost[len(lost)-1].Lease.Worker()
	}
	last := map[int64]claimed{}
	for _, r := range lost {
		worker := r.Lease.Worker()
		b.seen[worker] = true
		if suspect(r) && last[worker].lease < r.Lease {
			last[worker] = claimOf(r)
		}
	}
	for worker, c := range last {
		if _, known := b.ran[worker]; !known && worker != open {
			b.ran[worker] = c
		}
	}

	out := make([]*result, 0, len(lost))
	for _, r := range lost {
		worker := r.Lease.Worker()
		ran, known := b.ran[worker]
		s := rescued(r, maxCrashes)
		switch {
		case !suspect(r) || known && ran == claimOf(r):
		case !known && last[worker] == claimOf(r):
			continue
		default:
			s = unharmed(r)
		}
		out = append(out, &result{settlement: s, record: r, err: ErrCrashed})
	}
	return out
}

// forget lets go of workers that have left nothing behind any more.
func (b *blame) forget() {
	for worker := range b.ran {
		if !b.seen[worker] {
			delete(b.ran, worker)
		}
	}
	clear(b.seen)
}
