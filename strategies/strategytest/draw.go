package strategytest

import (
	"math"
	"slices"
	"time"

	"pgregory.net/rapid"

	"github.com/task-tower/tasktower/core/queue"
)

// names are those of the plan that the strategy gives by default, and others.
func (s *suite) names() []string {
	p := s.open().Plan(queue.View{Slots: 100})
	names := append([]string{"default", "a", "Z", "\u00fc", "somewhere:else", ""}, p.Spill...)
	for _, step := range p.Steps {
		names = append(names, step.Queues...)
	}
	for _, share := range p.Shares {
		names = append(names, share.Queue)
	}
	names = append(names, s.queues...)
	slices.Sort(names)
	return slices.Compact(names)
}

// views draws any view that a worker could show, and some that none would.
func (s *suite) views() *rapid.Generator[queue.View] {
	names := rapid.SampledFrom(s.names())
	number := rapid.OneOf(rapid.IntRange(-100, 100), rapid.Int(), rapid.SampledFrom([]int{math.MinInt, math.MaxInt}))
	return rapid.Custom(func(t *rapid.T) queue.View {
		return queue.View{
			Slots:   rapid.OneOf(rapid.IntRange(1, 30), rapid.IntRange(1, 1_000)).Draw(t, "slots"),
			Claim:   rapid.OneOf(rapid.Uint64Range(0, 100), rapid.Uint64()).Draw(t, "claim"),
			Running: rapid.MapOfN(names, rapid.IntRange(0, 1_000), -1, 8).Draw(t, "running"),
			Credit:  rapid.MapOfN(names, number, -1, 8).Draw(t, "credit"),
			Seed:    rapid.Uint64().Draw(t, "seed"),
		}
	})
}

// drawSim draws a worker with some work in front of it.
func (s *suite) drawSim(t *rapid.T) (*Sim, int) {
	sim := NewSim(s.open())
	sim.Seed(rapid.Uint64().Draw(t, "seed"))
	names := s.names()
	for range rapid.IntRange(0, 12).Draw(t, "batches") {
		name := rapid.SampledFrom(names).Draw(t, "queue")
		for range rapid.IntRange(1, 9).Draw(t, "jobs") {
			sim.PutJob(name, rapid.Int16Range(-1, 1).Draw(t, "priority"))
		}
		sim.Advance(time.Duration(rapid.IntRange(0, 100).Draw(t, "seconds")) * time.Second)
	}
	return sim, rapid.OneOf(rapid.Just(1), rapid.IntRange(1, 30)).Draw(t, "slots")
}
