package queue

import (
	"maps"

	"github.com/task-tower/tasktower/core/job"
)

// Credit is the running state of a smooth weighted round robin: how much each
// queue is owed, in units of weight. The zero value starts afresh.
type Credit map[string]int

// Quotas plays n picks of the round robin over all shares and returns how many
// each share gets, in the order of shares.
//
// Each pick adds its weight to every share's credit, takes the share with the
// most credit (the first of equals), and subtracts the sum of the weights from
// it; so after any number of picks no share is off its ideal by one or more.
// Source: the upstream load balancing of nginx, "smooth weighted round-robin", 2012.
func (c Credit) Quotas(shares []Share, n int) []int {
	quotas := make([]int, len(shares))
	credit := c.row(shares)
	total := 0
	for _, s := range shares {
		total += s.Weight
	}
	for range n {
		best := 0
		for i, s := range shares {
			credit[i] += s.Weight
			if credit[i] > credit[best] {
				best = i
			}
		}
		if len(shares) > 0 {
			credit[best] -= total
			quotas[best]++
		}
	}
	return quotas
}

// Arrange puts claimed jobs, given in plan order, into the order in which they
// start, and returns the credit for the next claim. Without shares the order
// stays. With shares the jobs of shared queues interleave smoothly, and the jobs
// of other queues keep their places behind or before them.
//
// A queue that gave less than its step's quota is empty: it leaves the round
// robin after its last job and owes and is owed nothing.
func (p Plan) Arrange(jobs []*job.Record, credit Credit) ([]*job.Record, Credit) {
	if len(p.Shares) == 0 || len(jobs) == 0 {
		return jobs, p.forgetEmpty(jobs, credit)
	}
	rows := make([][]*job.Record, len(p.Shares))
	index := make(map[string]int, len(p.Shares))
	for i, s := range p.Shares {
		index[s.Queue] = i
	}
	var shared []int // places of shared jobs
	for place, r := range jobs {
		if i, ok := index[r.Queue]; ok {
			rows[i] = append(rows[i], r)
			shared = append(shared, place)
		}
	}

	empty := p.empty(jobs)
	now := credit.row(p.Shares)
	out := append([]*job.Record(nil), jobs...)
	for _, place := range shared {
		i := pick(p.Shares, rows, empty, now)
		out[place] = rows[i][0]
		rows[i] = rows[i][1:]
	}

	next := maps.Clone(credit)
	if next == nil {
		next = Credit{}
	}
	for i, s := range p.Shares {
		next[s.Queue] = now[i]
		if empty[s.Queue] {
			next[s.Queue] = 0
		}
	}
	return out, next
}

// pick is one pick among the shares that have a job left; those that may have
// more in the store gain credit too.
func pick(shares []Share, rows [][]*job.Record, empty map[string]bool, credit []int) int {
	best, total := -1, 0
	for i, s := range shares {
		if len(rows[i]) == 0 && empty[s.Queue] {
			continue
		}
		credit[i] += s.Weight
		total += s.Weight
		if len(rows[i]) > 0 && (best < 0 || credit[i] > credit[best]) {
			best = i
		}
	}
	credit[best] -= total
	return best
}

// empty tells which shared queues gave less than their step's quota.
func (p Plan) empty(jobs []*job.Record) map[string]bool {
	got := map[string]int{}
	for _, r := range jobs {
		got[r.Queue]++
	}
	empty := map[string]bool{}
	for _, s := range p.Steps {
		if len(s.Queues) == 1 && s.MinWaitMicros == 0 && got[s.Queues[0]] < s.Quota {
			empty[s.Queues[0]] = true
		}
	}
	return empty
}

// forgetEmpty clears the credit of queues that turned out to be empty.
func (p Plan) forgetEmpty(jobs []*job.Record, credit Credit) Credit {
	if len(p.Shares) == 0 {
		return credit
	}
	next := maps.Clone(credit)
	for q := range p.empty(jobs) {
		delete(next, q)
	}
	return next
}

func (c Credit) row(shares []Share) []int {
	row := make([]int, len(shares))
	for i, s := range shares {
		row[i] = c[s.Queue]
	}
	return row
}
