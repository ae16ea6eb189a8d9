package queue

import "github.com/task-tower/tasktower/core/job"

// Arrange puts claimed jobs, given in plan order, into the order in which they
// start, and returns the credit for the next claim. jobs are all that a claim
// gave which had room for as many as the plan's quotas, or Most, ask for.
// Without shares the order and the credit stay.
//
// With shares the jobs of shared queues interleave as the picks that Credit.Quotas
// counted: a claim in which every queue gave its quota starts its jobs in exactly
// that sequence, so claims of any size give the same order of starts. Jobs of
// other queues keep their places.
//
// A queue that gave less than it was asked for is empty (or paused, or at its
// cap): it leaves the round robin after its last job, and comes back, with its
// next job, owing and owed nothing, so work that arrives after a long idle time
// gets no burst.
func (p Plan) Arrange(jobs []*job.Record, credit Credit) ([]*job.Record, Credit) {
	if len(p.Shares) == 0 {
		return jobs, credit
	}
	if len(jobs) == 0 {
		return jobs, nil
	}
	index := make(map[string]int, len(p.Shares))
	for i, s := range p.Shares {
		index[s.Queue] = i
	}
	got := countRuns(jobs)
	rows, share := sortOut(jobs, got, index)

	robin := newRobin(p.Shares, credit)
	drained := p.drained(len(jobs), got, index)
	waiting := make([]bool, len(rows))
	for i, row := range rows {
		if waiting[i] = len(row) > 0; waiting[i] {
			robin.join(i, 0)
		} else if drained[i] {
			robin.leave(i)
		}
	}
	out := make([]*job.Record, len(jobs))
	for place, r := range jobs {
		if share[place] < 0 {
			out[place] = r
			continue
		}
		i := robin.pick(waiting)
		out[place], rows[i] = rows[i][0], rows[i][1:]
		if waiting[i] = len(rows[i]) > 0; !waiting[i] && drained[i] {
			robin.leave(i)
		}
	}

	next := make(Credit, len(p.Shares))
	for i, s := range p.Shares {
		if !robin.gone[i] {
			next[s.Queue] = robin.credit[i]
		}
	}
	return out, next
}

// countRuns counts the jobs of each queue; jobs of a queue mostly stand together.
func countRuns(jobs []*job.Record) map[string]int {
	counts := map[string]int{}
	run := 0
	for place, r := range jobs {
		run++
		if place+1 == len(jobs) || jobs[place+1].Queue != r.Queue {
			counts[r.Queue] += run
			run = 0
		}
	}
	return counts
}

// sortOut gives the jobs of each share, and the share of each job, -1 for none;
// got counts the jobs of each queue, index maps queues to places in Shares.
func sortOut(jobs []*job.Record, got, index map[string]int) (rows [][]*job.Record, share []int) {
	rows = make([][]*job.Record, len(index))
	for q, i := range index {
		rows[i] = make([]*job.Record, 0, got[q])
	}
	share = make([]int, len(jobs))
	for place, r := range jobs {
		if place > 0 && r.Queue == jobs[place-1].Queue {
			share[place] = share[place-1]
		} else if i, ok := index[r.Queue]; ok {
			share[place] = i
		} else {
			share[place] = -1
		}
		if i := share[place]; i >= 0 {
			rows[i] = append(rows[i], r)
		}
	}
	return rows, share
}

// drained tells which shares have nothing more to give, as far as it shows from
// how many jobs the claim got in all and from each queue. It uses got up.
func (p Plan) drained(jobs int, got, index map[string]int) []bool {
	drained := make([]bool, len(p.Shares))
	room, early, exact := p.room()
	if jobs < room {
		for i := range drained {
			drained[i] = true // the walk came to its end
		}
		return drained
	}

	// Steps are replayed in order. What ageing steps may have taken is left out
	// of the room that later steps had, so none is taken for empty that was cut.
	left := jobs - early
	for _, s := range p.Steps {
		if s.MinWaitMicros > 0 {
			continue
		}
		if len(s.Queues) != 1 {
			for _, q := range s.Queues {
				left -= min(got[q], s.Quota)
			}
			continue
		}
		q := s.Queues[0]
		asked := max(0, min(s.Quota, left))
		gave := min(asked, got[q])
		if i, ok := index[q]; ok && gave < asked {
			drained[i] = true
		}
		got[q] -= gave
		left -= gave
	}
	if exact {
		p.drainedBySpill(got, index, drained)
	}
	return drained
}

// drainedBySpill marks those that the walk passed by on its way to the last
// queue which gave something beyond its step; got is what came from there.
func (p Plan) drainedBySpill(got map[string]int, index map[string]int, drained []bool) {
	last := -1
	spilled := make(map[string]bool, len(p.Spill))
	for place, q := range p.Spill {
		spilled[q] = true
		if got[q] > 0 {
			last = place
		}
	}
	for q, n := range got {
		if _, shared := index[q]; n > 0 && !shared && !spilled[q] {
			last = len(p.Spill) // the rest rule was reached
		}
	}
	for _, q := range p.Spill[:max(0, last)] {
		if i, ok := index[q]; ok {
			drained[i] = true
		}
	}
}

// room is how many jobs the claim had room for, and how many of them ageing
// steps may have taken; exact tells whether each step took from one queue only.
func (p Plan) room() (room, early int, exact bool) {
	exact = true
	for _, s := range p.Steps {
		if s.MinWaitMicros > 0 {
			early += s.Quota
			exact = false
			continue
		}
		room += s.Quota
		exact = exact && len(s.Queues) == 1
	}
	if p.Most > 0 {
		room = p.Most
	}
	return room, early, exact
}
