package strategytest

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/core/queue"
	"github.com/task-tower/tasktower/ports"
)

// Sim is one worker in front of queues in memory. It is not safe for many goroutines.
type Sim struct {
	strategy ports.Strategy
	now      time.Time
	claim    uint64
	seed     uint64
	ids      uint64
	credit   queue.Credit
	waiting  map[string][]*job.Record // by run order
	running  map[string]int
	away     map[string]int // processing on other workers
	serve    []string
	paused   []string
	starts   map[string]int
}

// NewSim makes a worker that serves every queue by this strategy.
func NewSim(s ports.Strategy) *Sim {
	return &Sim{
		strategy: s,
		now:      time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC),
		waiting:  map[string][]*job.Record{},
		running:  map[string]int{},
		away:     map[string]int{},
		starts:   map[string]int{},
	}
}

// Put adds n jobs of priority 0 that are due now.
func (s *Sim) Put(name string, n int) {
	for range n {
		s.PutJob(name, 0)
	}
}

// PutJob adds one job that is due now and returns it.
func (s *Sim) PutJob(name string, priority int16) *job.Record {
	s.ids++
	r := &job.Record{Kind: "sim", Queue: name, Priority: priority, State: job.Enqueued, CreatedAt: s.now, RunAt: s.now}
	binary.BigEndian.PutUint64(r.ID[8:], s.ids)
	row := s.waiting[name]
	at := len(row)
	if at > 0 && byPriority(row[at-1], r) > 0 {
		at, _ = slices.BinarySearchFunc(row, r, byPriority)
	}
	s.waiting[name] = slices.Insert(row, at, r)
	return r
}

// Fill adds jobs until n wait in the queue.
func (s *Sim) Fill(name string, n int) { s.Put(name, n-len(s.waiting[name])) }

// Waiting is how many jobs wait in a queue.
func (s *Sim) Waiting(name string) int { return len(s.waiting[name]) }

// Advance lets time pass.
func (s *Sim) Advance(d time.Duration) { s.now = s.now.Add(d) }

// Pause keeps the worker from the queues it names, instead of those before.
func (s *Sim) Pause(names ...string) { s.paused = names }

// Serve restricts the worker to the queues it names; none: every queue.
func (s *Sim) Serve(names ...string) { s.serve = names }

// Seed sets the view's seed.
func (s *Sim) Seed(seed uint64) { s.seed = seed }

// Elsewhere says how many jobs of a queue other workers run.
func (s *Sim) Elsewhere(name string, n int) { s.away[name] = n }

// Running is how many jobs of a queue the worker runs.
func (s *Sim) Running(name string) int { return s.running[name] }

// Starts counts the jobs that were started, by queue.
func (s *Sim) Starts() map[string]int { return maps.Clone(s.starts) }

// View is what the strategy sees at the next claim.
func (s *Sim) View(slots int) queue.View {
	return queue.View{Slots: slots, Claim: s.claim, Running: maps.Clone(s.running), Credit: maps.Clone(s.credit), Seed: s.seed}
}

// Plan is what the strategy answers at the next claim.
func (s *Sim) Plan(slots int) queue.Plan { return s.strategy.Plan(s.View(slots)) }

// Run claims for the free slots, ends the jobs, and returns them in the order of
// their starts.
func (s *Sim) Run(slots int) []*job.Record {
	jobs := s.Claim(slots)
	for _, r := range jobs {
		s.Finish(r.Queue, 1)
	}
	return jobs
}

// Claim claims once for the free slots and returns the jobs in the order of
// their starts; they run until Finish. It panics if the plan does not pass Check.
func (s *Sim) Claim(slots int) []*job.Record {
	plan := s.strategy.Plan(s.View(slots))
	if err := plan.Check(); err != nil {
		panic(fmt.Sprintf("strategytest: %s: %v", s.strategy.Name(), err))
	}
	s.claim++
	jobs := s.take(plan, slots)
	jobs, s.credit = plan.Arrange(jobs, s.credit)
	for _, r := range jobs {
		s.running[r.Queue]++
		s.starts[r.Queue]++
	}
	return jobs
}

// Finish ends n running jobs of a queue.
func (s *Sim) Finish(name string, n int) {
	s.running[name] -= n
	if s.running[name] <= 0 {
		delete(s.running, name)
	}
}

// take walks the plan as a store does.
func (s *Sim) take(plan queue.Plan, slots int) []*job.Record {
	processing := maps.Clone(s.away)
	for q, n := range s.running {
		processing[q] += n
	}
	plan = plan.WithCaps(processing)
	limit := plan.Bound(slots)
	var taken []*job.Record
	for _, v := range plan.Walk(limit, slices.Collect(maps.Keys(s.waiting)), s.serve, s.paused) {
		for n := 0; n < v.Quota && len(taken) < limit; n++ {
			r := s.next(v)
			if r == nil {
				break
			}
			v.Most[slices.Index(v.Queues, r.Queue)]--
			taken = append(taken, r)
		}
	}
	return taken
}

// next takes the first job of a visit's queues, or nil.
func (s *Sim) next(v queue.Visit) *job.Record {
	order := byPriority
	if v.Order == queue.ByAge {
		order = byAge
	}
	var best *job.Record
	for i, q := range v.Queues {
		if v.Most[i] <= 0 {
			continue
		}
		for _, r := range s.waiting[q] {
			aged := s.now.Sub(r.RunAt).Microseconds() >= v.MinWaitMicros
			if aged && (best == nil || order(r, best) < 0) {
				best = r
			}
			if v.Order == queue.ByPriority && aged {
				break // the row is in this order
			}
		}
	}
	if best == nil {
		return nil
	}
	row := s.waiting[best.Queue]
	if row[0] == best {
		s.waiting[best.Queue] = row[1:]
		return best
	}
	at := slices.Index(row, best)
	s.waiting[best.Queue] = slices.Delete(row, at, at+1)
	return best
}

func byPriority(a, b *job.Record) int {
	return cmp.Or(cmp.Compare(b.Priority, a.Priority), byAge(a, b))
}

func byAge(a, b *job.Record) int {
	return cmp.Or(a.RunAt.Compare(b.RunAt), a.ID.Compare(b.ID))
}
