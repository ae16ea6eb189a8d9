package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/task-tower/tasktower"
)

// story is what the ledgers tell of one job.
type story struct {
	acked time.Time // zero: the producer was not told
	gone  bool      // it was deleted
	runs  []span
	told  int // how many workers were told that their success is stored
}

// span is one run of a handler.
type span struct {
	pid    int
	worker string
	from   time.Time
	to     time.Time // zero: nobody saw its end
	well   bool      // the handler came to its end
	stored time.Time // when the process knew its result stored; zero: never
}

// chronicle is what the ledgers tell of everything.
type chronicle struct {
	jobs   map[tasktower.ID]*story
	claims []claim
	starts []time.Time
	cuts   []entry
	lost   int // results that were refused
}

// claim is one answer to a claim.
type claim struct {
	at   time.Time
	took time.Duration
	jobs int
}

func readChronicle(dir string) (*chronicle, error) {
	c := &chronicle{jobs: map[tasktower.ID]*story{}}
	err := readLedgers(dir, c.add)
	for _, s := range c.jobs {
		slices.SortFunc(s.runs, func(a, b span) int { return a.from.Compare(b.from) })
	}
	slices.SortFunc(c.starts, time.Time.Compare)
	slices.SortFunc(c.claims, func(a, b claim) int { return a.at.Compare(b.at) })
	return c, err
}

func (c *chronicle) add(e entry) {
	if e.what == claimed {
		took, _ := time.ParseDuration(e.note)
		c.claims = append(c.claims, claim{at: e.at, took: took, jobs: e.attempt})
		return
	}
	s := c.jobs[e.id]
	if s == nil {
		s = &story{}
		c.jobs[e.id] = s
	}
	// Within one process's ledger a job's lines come in order.
	var last *span
	for i := range s.runs {
		if s.runs[i].pid == e.pid {
			last = &s.runs[i]
		}
	}
	switch e.what {
	case acked:
		s.acked = e.at
	case deleted:
		s.gone = true
	case started:
		s.runs = append(s.runs, span{pid: e.pid, worker: e.worker, from: e.at})
		c.starts = append(c.starts, e.at)
	case ended, cut:
		if last != nil {
			last.to, last.well = e.at, e.what == ended
		}
		if e.what == cut {
			c.cuts = append(c.cuts, e)
		}
	case stored:
		if last != nil && last.stored.IsZero() {
			last.stored = e.at
		}
		if e.note == "completed" {
			s.told++
		}
	case refused:
		c.lost++
	}
}

// caught tells whether the fault found the run in flight: started, and its result
// not known to be stored.
func (f fault) caught(r span) bool {
	return (f.pids == nil || slices.Contains(f.pids, r.pid)) && r.from.Before(f.at) && (r.stored.IsZero() || r.stored.After(f.at))
}

// caught tells whether any fault found any run of the job in flight.
func (s *story) caught(faults []fault) bool {
	for _, f := range faults {
		if slices.ContainsFunc(s.runs, f.caught) {
			return true
		}
	}
	return false
}

// times tells when the runs began and their results were stored, from the first fault on.
func (s *story) times(faults []fault) string {
	if len(faults) == 0 {
		return "there was none"
	}
	zero := faults[0].at
	var b strings.Builder
	for _, r := range s.runs {
		fmt.Fprintf(&b, "[process %d began %s, ended %t, stored %t] ", r.pid, r.from.Sub(zero), r.well, !r.stored.IsZero())
	}
	return strings.TrimSpace(b.String())
}

// overlaps counts runs that began before the one before had ended. A run whose
// process was ended by a fault ended then.
func (s *story) overlaps(faults []fault) int {
	n := 0
	for i := 1; i < len(s.runs); i++ {
		before := s.runs[i-1]
		end := before.to
		for _, f := range faults {
			if f.ends && slices.Contains(f.pids, before.pid) && f.at.After(before.from) && (end.IsZero() || f.at.Before(end)) {
				end = f.at
			}
		}
		if end.IsZero() || s.runs[i].from.Before(end) {
			n++
		}
	}
	return n
}

// recovery is the longest time from a fault to the next run of a job that it caught.
func (c *chronicle) recovery(faults []fault) time.Duration {
	var longest time.Duration
	for _, s := range c.jobs {
		for i := range s.runs[:max(len(s.runs)-1, 0)] {
			for _, f := range faults {
				if f.caught(s.runs[i]) && s.runs[i+1].from.After(f.at) {
					longest = max(longest, s.runs[i+1].from.Sub(f.at))
				}
			}
		}
	}
	return longest
}

// inFlight is how many jobs the faults caught.
func (c *chronicle) inFlight(faults []fault) int {
	n := 0
	for _, s := range c.jobs {
		if s.caught(faults) {
			n++
		}
	}
	return n
}

// stall is the longest time without a start between two moments.
func (c *chronicle) stall(from, to time.Time) time.Duration {
	var longest time.Duration
	last := from
	for _, at := range c.starts {
		if at.Before(from) {
			continue
		}
		if at.After(to) {
			break
		}
		longest, last = max(longest, at.Sub(last)), at
	}
	return longest
}
