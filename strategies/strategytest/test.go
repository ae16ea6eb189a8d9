package strategytest

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/task-tower/tasktower/core/queue"
	"github.com/task-tower/tasktower/ports"
)

// Option asks Test for more than every strategy has to keep.
type Option func(*suite)

// WorkConserving also asks that no slot stays free while one of these queues has
// a claimable job; without names, while any queue has.
func WorkConserving(queues ...string) Option {
	return func(s *suite) {
		s.conserving = true
		s.queues = queues
	}
}

type suite struct {
	open       func() ports.Strategy
	conserving bool
	queues     []string
}

// Test runs the properties of a strategy as subtests. open returns a strategy
// with the same configuration each time it is called.
func Test(t *testing.T, open func() ports.Strategy, options ...Option) {
	t.Helper()
	s := &suite{open: open}
	for _, o := range options {
		o(s)
	}
	t.Run("has a name", s.named)
	t.Run("passes its own check", s.checks)
	t.Run("answers any view with a plan that can be obeyed", s.obeyable)
	t.Run("gives the same plan for the same view", s.deterministic)
	t.Run("changes neither the view nor plans given before", s.pure)
	t.Run("serves many goroutines at once", s.concurrent)
	t.Run("takes no job twice and no more than there are slots", s.bounded)
	if s.conserving {
		t.Run("leaves no slot free while there is work", s.conserves)
	}
}

func (s *suite) named(t *testing.T) {
	if a, b := s.open().Name(), s.open().Name(); a == "" || a != b {
		t.Fatalf("names are %q and %q; want one that is not empty", a, b)
	}
}

func (s *suite) checks(t *testing.T) {
	if checked, ok := s.open().(interface{ Check() error }); ok {
		if err := checked.Check(); err != nil {
			t.Fatal(err)
		}
	}
}

func (s *suite) obeyable(t *testing.T) {
	strategy := s.open()
	rapid.Check(t, func(t *rapid.T) {
		v := s.views().Draw(t, "view")
		p := plan(t, strategy, v)
		if err := p.Check(); err != nil {
			t.Fatal(err)
		}
		if p.Most > v.Slots {
			t.Fatalf("most %d is above the %d free slots", p.Most, v.Slots)
		}
		shared := map[string]bool{}
		for _, share := range p.Shares {
			shared[share.Queue] = true
		}
		sum := 0
		for i, step := range p.Steps {
			if step.Quota > v.Slots {
				t.Fatalf("step %d: quota %d is above the %d free slots", i, step.Quota, v.Slots)
			}
			if len(step.Queues) == 1 && shared[step.Queues[0]] && step.MinWaitMicros == 0 {
				sum += step.Quota
			}
		}
		if p.Most == 0 && sum > v.Slots {
			t.Fatalf("quotas of shared queues add up to %d, above the %d free slots", sum, v.Slots)
		}
	})
}

func (s *suite) deterministic(t *testing.T) {
	a, b := s.open(), s.open()
	rapid.Check(t, func(t *rapid.T) {
		views := rapid.SliceOfN(s.views(), 1, 4).Draw(t, "views")
		first := plan(t, a, views[0])
		for _, v := range views {
			if one, two := plan(t, a, v), plan(t, b, v); !reflect.DeepEqual(one, two) {
				t.Fatalf("two of the same configuration differ:\n%+v\n%+v", one, two)
			}
		}
		if again := plan(t, a, views[0]); !reflect.DeepEqual(first, again) {
			t.Fatalf("the same view gave another plan later:\n%+v\n%+v", first, again)
		}
	})
}

func (s *suite) pure(t *testing.T) {
	strategy := s.open()
	rapid.Check(t, func(t *rapid.T) {
		v := s.views().Draw(t, "view")
		before := v
		before.Running, before.Credit = maps.Clone(v.Running), maps.Clone(v.Credit)
		given := plan(t, strategy, v)
		if !reflect.DeepEqual(before, v) {
			t.Fatalf("the view changed:\n%+v\n%+v", before, v)
		}
		kept := fmt.Sprintf("%+v", given)
		plan(t, strategy, s.views().Draw(t, "next view"))
		if now := fmt.Sprintf("%+v", given); now != kept {
			t.Fatalf("a plan given before changed:\n%s\n%s", kept, now)
		}
	})
}

// concurrent finds data races when run with -race.
func (s *suite) concurrent(t *testing.T) {
	strategy := s.open()
	rapid.Check(t, func(t *rapid.T) {
		v := s.views().Draw(t, "view")
		want := plan(t, strategy, v)
		const callers = 4
		got := make([]queue.Plan, callers)
		var wg sync.WaitGroup
		for i := range callers {
			wg.Go(func() { got[i] = strategy.Plan(v) })
		}
		wg.Wait()
		for _, p := range got {
			if !reflect.DeepEqual(p, want) {
				t.Fatalf("callers at the same time got different plans:\n%+v\n%+v", want, p)
			}
		}
	})
}

func (s *suite) bounded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sim, slots := s.drawSim(t)
		for range rapid.IntRange(1, 40).Draw(t, "claims") {
			jobs := sim.Run(slots)
			if len(jobs) > slots {
				t.Fatalf("%d jobs in %d slots", len(jobs), slots)
			}
			seen := map[string]bool{}
			for _, r := range jobs {
				if seen[r.ID.String()] {
					t.Fatalf("job %s was taken twice", r.ID)
				}
				seen[r.ID.String()] = true
			}
		}
	})
}

func (s *suite) conserves(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sim, slots := s.drawSim(t)
		for range rapid.IntRange(1, 40).Draw(t, "claims") {
			work := 0
			for q, row := range sim.waiting {
				if len(s.queues) == 0 || slices.Contains(s.queues, q) {
					work += len(row)
				}
			}
			if jobs := sim.Run(slots); len(jobs) < min(work, slots) {
				t.Fatalf("%d of %d slots were used while %d jobs waited", len(jobs), slots, work)
			}
		}
	})
}

// plan asks the strategy and turns a panic into a failure that shows the view.
func plan(t *rapid.T, strategy ports.Strategy, v queue.View) queue.Plan {
	defer func() {
		if cause := recover(); cause != nil {
			t.Fatalf("panic: %v\nview: %+v", cause, v)
		}
	}()
	return strategy.Plan(v)
}
