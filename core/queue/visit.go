package queue

import "slices"

// Visit is one stop of an executor's walk: take up to Quota jobs from Queues.
type Visit struct {
	Queues []string
	Most   []int // at most so many from each of Queues
	Quota  int   // at most so many in all
	Order  Order
	// Skip is how many of the queue's first jobs an earlier visit of the same
	// walk has already taken, if there were as many.
	Skip          int
	MinWaitMicros int64
}

// Walk turns a plan into the visits of one claim of at most limit jobs.
//
// known lists every queue that has or had jobs; serve, if not nil, restricts the
// walk to the queues it names. Queues that blocked names (paused ones) are left
// out. Limits are applied: no queue is asked for more than it may give over all visits.
//
// An executor takes a job once: where visits to several queues overlap with
// others, it leaves out what an earlier visit took.
func (p Plan) Walk(limit int, known, serve, blocked []string) []Visit {
	w := walk{plan: p, limit: limit, serve: serve, blocked: blocked, seen: map[string]int{}, used: map[string]int{}}
	named := map[string]bool{}
	for _, s := range p.Steps {
		w.visit(s.Queues, s.Quota, s.Order, s.MinWaitMicros)
		for _, q := range s.Queues {
			named[q] = named[q] || s.MinWaitMicros == 0
		}
	}
	for _, q := range p.Spill {
		named[q] = true
		w.visit([]string{q}, limit, ByPriority, 0)
	}
	if p.Rest == RestNone || p.Rest == "" {
		return w.visits
	}

	var rest []string
	for _, q := range known {
		if !named[q] {
			rest = append(rest, q)
		}
	}
	slices.Sort(rest)
	if p.Rest == RestByAge {
		w.visit(rest, limit, ByAge, 0)
		return w.visits
	}
	for _, q := range rest {
		w.visit([]string{q}, limit, ByPriority, 0)
	}
	return w.visits
}

type walk struct {
	plan    Plan
	limit   int
	serve   []string
	blocked []string
	seen    map[string]int // by queue: quotas of earlier visits to it alone
	used    map[string]int // by queue: what earlier visits may take of its limit
	visits  []Visit
}

func (w *walk) visit(queues []string, quota int, order Order, minWait int64) {
	v := Visit{Quota: min(quota, w.limit), Order: order, MinWaitMicros: minWait}
	if v.Quota <= 0 {
		return
	}
	for _, q := range queues {
		most := w.most(q, v.Quota)
		if most > 0 && w.open(q) && !slices.Contains(v.Queues, q) {
			v.Queues = append(v.Queues, q)
			v.Most = append(v.Most, most)
			w.used[q] += most
		}
	}
	if len(v.Queues) == 0 {
		return
	}
	if q := v.Queues[0]; len(v.Queues) == 1 {
		v.Quota = v.Most[0]
		if order == ByPriority && minWait == 0 {
			v.Skip = w.seen[q]
			w.seen[q] += v.Quota
		}
	}
	w.visits = append(w.visits, v)
}

// most is how many jobs a visit of this quota may take from a queue.
func (w *walk) most(q string, quota int) int {
	if bound, ok := w.plan.Limits[q]; ok {
		return min(quota, bound-w.used[q])
	}
	return quota
}

func (w *walk) open(q string) bool {
	return !slices.Contains(w.blocked, q) && (w.serve == nil || slices.Contains(w.serve, q))
}
