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
// out. Limits are applied: no queue is asked for more than it may give over all
// visits. A visit to many queues counts as if it took its most from each.
//
// An executor takes a job once: where visits to several queues overlap with
// others, it leaves out what an earlier visit took.
func (p Plan) Walk(limit int, known, serve, blocked []string) []Visit {
	limit = p.Bound(limit)
	w := walk{plan: p, limit: limit, serve: newSet(serve), all: serve == nil, blocked: newSet(blocked)}
	named, rest := p.named(known)
	for _, s := range p.Steps {
		queues := s.Queues
		if s.MinWaitMicros > 0 && len(queues) == 0 {
			queues = append(slices.Clone(named), rest...)
		}
		w.visit(queues, s.Quota, s.Order, s.MinWaitMicros)
	}
	for i := range p.Spill {
		w.visit(p.Spill[i:i+1:i+1], limit, ByPriority, 0)
	}
	if p.Rest == RestByAge {
		w.visit(rest, limit, ByAge, 0)
		return w.visits
	}
	for i := range rest {
		w.visit(rest[i:i+1:i+1], limit, ByPriority, 0)
	}
	return w.visits
}

// named lists the queues that steps (ageing ones do not count) and spill name,
// and those of the known ones that the rest rule serves, by name.
func (p Plan) named(known []string) (named, rest []string) {
	seen := make(set, len(p.Steps)+len(p.Spill))
	for _, s := range p.Steps {
		if s.MinWaitMicros > 0 {
			continue
		}
		for _, q := range s.Queues {
			if seen.add(q) {
				named = append(named, q)
			}
		}
	}
	for _, q := range p.Spill {
		if seen.add(q) {
			named = append(named, q)
		}
	}
	if p.Rest == RestNone || p.Rest == "" {
		return named, nil
	}
	for _, q := range known {
		if seen.add(q) {
			rest = append(rest, q)
		}
	}
	slices.Sort(rest)
	return named, rest
}

type walk struct {
	plan    Plan
	limit   int
	serve   set
	all     bool // serve every queue
	blocked set
	seen    map[string]int // by queue: quotas of earlier visits to it alone
	used    map[string]int // by limited queue: what earlier visits may take of its limit
	visits  []Visit
}

func (w *walk) visit(queues []string, quota int, order Order, minWait int64) {
	v := Visit{Quota: min(quota, w.limit), Order: order, MinWaitMicros: minWait}
	if v.Quota <= 0 {
		return
	}
	var met set
	if len(queues) > 1 {
		met = make(set, len(queues))
	}
	for _, q := range queues {
		most := w.most(q, v.Quota)
		if most <= 0 || !w.open(q) || met != nil && !met.add(q) {
			continue
		}
		v.Queues = append(v.Queues, q)
		v.Most = append(v.Most, most)
		w.use(q, most)
	}
	if len(v.Queues) == 0 {
		return
	}
	if q := v.Queues[0]; len(v.Queues) == 1 {
		v.Quota = v.Most[0]
		if order == ByPriority && minWait == 0 {
			v.Skip = w.seen[q]
			w.see(q, v.Quota)
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

func (w *walk) use(q string, most int) {
	if _, limited := w.plan.Limits[q]; !limited {
		return
	}
	if w.used == nil {
		w.used = map[string]int{}
	}
	w.used[q] += most
}

func (w *walk) see(q string, quota int) {
	if w.seen == nil {
		w.seen = map[string]int{}
	}
	w.seen[q] += quota
}

func (w *walk) open(q string) bool {
	return !w.blocked[q] && (w.all || w.serve[q])
}

// set is a set of queue names.
type set map[string]bool

func newSet(names []string) set {
	s := make(set, len(names))
	for _, n := range names {
		s[n] = true
	}
	return s
}

// add puts a name in and tells whether it is new.
func (s set) add(name string) bool {
	if s[name] {
		return false
	}
	s[name] = true
	return true
}
