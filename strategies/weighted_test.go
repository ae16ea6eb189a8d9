package strategies_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/task-tower/tasktower/core/queue"
	"github.com/task-tower/tasktower/strategies"
	"github.com/task-tower/tasktower/strategies/strategytest"
)

func TestWeighted_SharesStartsByWeight(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		full []string
		want map[string]float64
	}{
		"all full":       {[]string{"high", "default", "low"}, map[string]float64{"high": .6, "default": .3, "low": .1}},
		"first empty":    {[]string{"default", "low"}, map[string]float64{"default": .75, "low": .25}},
		"second empty":   {[]string{"high", "low"}, map[string]float64{"high": 6. / 7, "low": 1. / 7}},
		"last empty":     {[]string{"high", "default"}, map[string]float64{"high": 2. / 3, "default": 1. / 3}},
		"one alone":      {[]string{"low"}, map[string]float64{"low": 1}},
		"with unlisted":  {[]string{"high", "low", "other"}, map[string]float64{"high": 6. / 7, "low": 1. / 7}},
		"only unlisted":  {[]string{"x"}, map[string]float64{"x": 1}},
		"unlisted by ab": {[]string{"b", "a"}, map[string]float64{"a": 1}},
	}
	const starts = 10_000
	for name, c := range cases {
		for _, slots := range []int{1, 7, 10, 100, 1000} {
			t.Run(fmt.Sprintf("%s, %d slots", name, slots), func(t *testing.T) {
				t.Parallel()
				got := strategytest.Count(strategytest.Simulate(strategies.Weighted(three),
					strategytest.Load{Full: c.full, Slots: slots, Starts: starts}))
				for _, q := range c.full {
					require.InDelta(t, c.want[q]*starts, got[q], 0.01*starts, q)
				}
			})
		}
	}
}

// drawWeights draws a map of 1 to 12 queues.
func drawWeights(t *rapid.T) (map[string]int, []string) {
	n := rapid.IntRange(1, 12).Draw(t, "queues")
	weight := rapid.OneOf(rapid.IntRange(1, 10), rapid.IntRange(1, 1_000_000), rapid.Just(1))
	weights, names := map[string]int{}, []string{}
	for i := range n {
		name := fmt.Sprintf("q%02d", i)
		weights[name] = weight.Draw(t, name)
		names = append(names, name)
	}
	return weights, names
}

func TestWeighted_IsNeverAWholeStartOff(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		weights, names := drawWeights(t)
		slots := rapid.SampledFrom([]int{1, 2, 7, 50}).Draw(t, "slots")
		requireUnderOneOff(t, weights, strategytest.Simulate(strategies.Weighted(weights),
			strategytest.Load{Full: names, Slots: slots, Starts: 300}))
	})
}

// These are weights for which the plain rule of nginx is off by more than a start.
func TestWeighted_IsNeverAWholeStartOffWithHardWeights(t *testing.T) {
	t.Parallel()
	for _, hard := range [][]int{
		{199, 1, 20, 199}, {4, 264, 60, 264, 11, 3}, {26, 7, 1, 3, 191, 191, 1, 26, 9, 3},
		{1, 1, 64, 1, 69, 1, 1, 64, 20, 69, 1, 32}, {1, 1_000_000}, {math.MaxInt32, math.MaxInt32, 1},
	} {
		weights, names := map[string]int{}, []string{}
		for i, w := range hard {
			names = append(names, fmt.Sprint("q", i))
			weights[names[i]] = w
		}
		order := strategytest.Simulate(strategies.Weighted(weights), strategytest.Load{Full: names, Slots: 3, Starts: 3000})
		requireUnderOneOff(t, weights, order)
	}
}

// requireUnderOneOff looks at every prefix.
func requireUnderOneOff(t require.TestingT, weights map[string]int, order []string) {
	total := 0
	for _, w := range weights {
		total += w
	}
	got := map[string]int{}
	for n, name := range order {
		got[name]++
		for q, w := range weights {
			ideal := float64(n+1) * float64(w) / float64(total)
			if off := math.Abs(ideal - float64(got[q])); off >= 1 {
				require.Failf(t, "off by a start", "%s had %d of %d starts, ideally %.2f", q, got[q], n+1, ideal)
			}
		}
	}
}

func TestWeighted_GivesOneOrderWhateverTheSlots(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		weights, names := drawWeights(t)
		one := strategytest.Simulate(strategies.Weighted(weights), strategytest.Load{Full: names, Slots: 1, Starts: 150})
		slots := rapid.IntRange(2, 200).Draw(t, "slots")
		many := strategytest.Simulate(strategies.Weighted(weights), strategytest.Load{Full: names, Slots: slots, Starts: 150})
		require.Equal(t, one, many)
	})
}

func TestWeighted_IsSmooth(t *testing.T) {
	t.Parallel()
	order := strategytest.Simulate(strategies.Weighted(three), strategytest.Load{Full: []string{"high", "default", "low"}, Slots: 10, Starts: 10})
	require.Equal(t, []string{"high", "default", "high", "high", "default", "high", "low", "high", "default", "high"}, order)
}

// Whoever has work shares exactly by weight, however many queues have none, and
// though an empty queue shows itself only when it is asked.
func TestWeighted_SharesAmongThoseWithWork(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		weights, names := map[string]int{}, []string{}
		for i := range rapid.IntRange(2, 20).Draw(t, "queues") {
			names = append(names, fmt.Sprintf("q%02d", i))
			weights[names[i]] = rapid.IntRange(1, 20).Draw(t, names[i])
		}
		busy := rapid.SliceOfNDistinct(rapid.SampledFrom(names), 1, min(4, len(names)), rapid.ID).Draw(t, "busy")
		slots := rapid.SampledFrom([]int{1, 2, 10}).Draw(t, "slots")
		const starts = 500
		order := strategytest.Simulate(strategies.Weighted(weights), strategytest.Load{Full: busy, Slots: slots, Starts: 200 + starts})
		got := strategytest.Count(order[200:]) // by then every empty queue has shown itself
		total := 0
		for _, q := range busy {
			total += weights[q]
		}
		for _, q := range busy {
			require.InDelta(t, starts*float64(weights[q])/float64(total), got[q], 4, "%s of %v", q, busy)
		}
	})
}

func TestWeighted_NewWorkAfterALongIdleGetsNoBurst(t *testing.T) {
	t.Parallel()
	for _, slots := range []int{1, 7, 10, 100} {
		for _, late := range []string{"high", "default", "low"} {
			sim := strategytest.NewSim(strategies.Weighted(three))
			fill := func(but string) {
				for q := range three {
					if q != but {
						sim.Fill(q, slots)
					}
				}
			}
			for range 1_000 / slots {
				fill(late)
				sim.Run(slots)
			}
			require.Zero(t, sim.Starts()[late])
			starts, got := 0, 0
			for starts < 300 {
				fill("")
				for _, r := range sim.Run(slots) {
					starts++
					if r.Queue == late {
						got++
					}
				}
				ideal := float64(starts) * float64(three[late]) / 100
				require.Less(t, math.Abs(float64(got)-ideal), 3.0, "%s with %d slots, start %d", late, slots, starts)
			}
		}
	}
}

// Many queues that may or may not be empty: what they seem to be owed stays small.
func TestWeighted_OwesNothingToTheIdle(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		weights, names := map[string]int{}, []string{}
		for i := range rapid.IntRange(2, 30).Draw(t, "queues") {
			names = append(names, fmt.Sprintf("q%02d", i))
			weights[names[i]] = rapid.SampledFrom([]int{1, 1, 1, 5, 30}).Draw(t, names[i])
		}
		busy := rapid.SampledFrom(names).Draw(t, "busy")
		late := rapid.SampledFrom(names).Filter(func(q string) bool { return q != busy }).Draw(t, "late")
		sim := strategytest.NewSim(strategies.Weighted(weights))
		for range 150 {
			sim.Fill(busy, 1)
			sim.Run(1)
		}
		total := weights[busy] + weights[late]
		for n := 1; n <= 60; n++ {
			sim.Fill(busy, 1)
			sim.Fill(late, 1)
			sim.Run(1)
			ideal := float64(n) * float64(weights[late]) / float64(total)
			require.Less(t, math.Abs(float64(sim.Starts()[late])-ideal), 2.0, "after %d starts", n)
		}
	})
}

func TestWeighted_UnlistedOnlyAfterAllWeighted(t *testing.T) {
	t.Parallel()
	sim := strategytest.NewSim(strategies.Weighted(three))
	sim.Put("other", 5)
	sim.Put("aaa", 1)
	sim.Put("low", 3)
	sim.Put("high", 2)
	require.Equal(t, []string{"high", "high", "low", "low"}, queues(sim.Run(4)))
	require.Equal(t, []string{"low", "aaa", "other", "other"}, queues(sim.Run(4)))
}

func TestWeighted_ScalesAnyWeights(t *testing.T) {
	t.Parallel()
	s := strategies.Weighted(map[string]int{"a": math.MaxInt, "b": math.MaxInt / 2, "c": 1})
	p := s.Plan(queue.View{Slots: 9})
	require.NoError(t, p.Check())
	require.Equal(t, 1, p.Shares[2].Weight)
	require.InDelta(t, 2, float64(p.Shares[0].Weight)/float64(p.Shares[1].Weight), 1e-6)
}
