package strategies_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/task-tower/tasktower/core/queue"
	"github.com/task-tower/tasktower/ports"
	"github.com/task-tower/tasktower/strategies"
	"github.com/task-tower/tasktower/strategies/strategytest"
)

func TestCaps_BoundsAWorkerAndTheCluster(t *testing.T) {
	t.Parallel()
	sim := strategytest.NewSim(strategies.Caps(strategies.AlphaNumeric(), map[string]strategies.Cap{
		"a": {PerWorker: 2}, "b": {Cluster: 3},
	}))
	for _, q := range []string{"a", "b", "c"} {
		sim.Put(q, 9)
	}
	sim.Elsewhere("b", 2)
	require.Equal(t, []string{"a", "a", "b", "c"}, queues(sim.Claim(4)))
	require.Equal(t, []string{"c", "c"}, queues(sim.Claim(2)))
	sim.Finish("a", 1)
	sim.Elsewhere("b", 0)
	require.Equal(t, []string{"a", "b", "b", "c"}, queues(sim.Claim(4)))
}

func TestCaps_KeepsReservedSlotsFree(t *testing.T) {
	t.Parallel()
	for name, inner := range map[string]ports.Strategy{
		"fifo": strategies.FIFO(), "weighted": strategies.Weighted(three), "index": strategies.Index(three),
		"ageing": strategies.Ageing(strategies.AlphaNumeric(), time.Second),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(t *rapid.T) {
				const slots, least = 10, 3
				sim := strategytest.NewSim(strategies.Caps(inner, map[string]strategies.Cap{"vip": {Min: least}}))
				busy, others := 0, []string{"high", "low", "zzz"}
				for range rapid.IntRange(1, 60).Draw(t, "events") {
					switch rapid.IntRange(0, 3).Draw(t, "event") {
					case 0:
						sim.Put(rapid.SampledFrom(others).Draw(t, "queue"), rapid.IntRange(1, 20).Draw(t, "jobs"))
					case 1:
						sim.Put("vip", rapid.IntRange(1, 4).Draw(t, "jobs"))
					case 2:
						for _, q := range append(others, "vip") {
							n := rapid.IntRange(0, sim.Running(q)).Draw(t, q)
							sim.Finish(q, n)
							busy -= n
						}
					case 3:
						sim.Advance(time.Second)
					}
					for busy < slots { // as a worker does: again while a claim comes back full
						asked := sim.Plan(slots - busy).Bound(slots - busy)
						got := len(sim.Claim(slots - busy))
						busy += got
						if got < asked {
							break
						}
					}
					vip := sim.Running("vip")
					if busy-vip > slots-least {
						t.Fatalf("%d others run, %d of %d slots are reserved", busy-vip, least, slots)
					}
					if sim.Waiting("vip") > 0 && vip < least {
						t.Fatalf("a job waits, %d of its %d slots are taken", vip, least)
					}
					waiting := 0
					for _, q := range others {
						waiting += sim.Waiting(q)
					}
					if waiting > 0 && busy < slots-max(0, least-vip) {
						t.Fatalf("%d jobs wait, %d slots are taken of which %d by the queue", waiting, busy, vip)
					}
				}
			})
		})
	}
}

func TestCaps_SaysWhichSlotsItKeeps(t *testing.T) {
	t.Parallel()
	inner := strategies.Caps(strategies.FIFO(), map[string]strategies.Cap{"vip": {Min: 1}, "alerts": {Min: 2}})
	for name, c := range map[string]struct {
		strategy ports.Strategy
		want     map[string]int
	}{
		"no reservation":  {strategies.Caps(strategies.FIFO(), map[string]strategies.Cap{"vip": {PerWorker: 1}}), nil},
		"one":             {strategies.Caps(strategies.FIFO(), map[string]strategies.Cap{"vip": {Min: 1}}), map[string]int{"vip": 1}},
		"under another":   {strategies.Ageing(inner, time.Second), map[string]int{"vip": 1, "alerts": 2}},
		"within another":  {strategies.Caps(inner, map[string]strategies.Cap{"vip": {Min: 3}}), map[string]int{"vip": 3, "alerts": 2}},
		"within a bounds": {strategies.Caps(inner, map[string]strategies.Cap{"vip": {Cluster: 3}}), map[string]int{"vip": 1, "alerts": 2}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, c.want, c.strategy.Plan(queue.View{Slots: 9}).Reserved)
		})
	}
}

func TestCaps_ReservedStartsCountInTheShares(t *testing.T) {
	t.Parallel()
	order := strategytest.Simulate(
		strategies.Caps(strategies.Weighted(three), map[string]strategies.Cap{"low": {Min: 1}}),
		strategytest.Load{Full: []string{"high", "default", "low"}, Slots: 10, Starts: 9_000})
	got := strategytest.Count(order)
	require.InDelta(t, 0.6/0.9, float64(got["high"])/float64(got["high"]+got["default"]), 0.01)
	require.GreaterOrEqual(t, got["low"], 900)
}

func TestAgeing_TakesAJobThatWaitedTooLongAtEvery20thClaim(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		inner ports.Strategy
		low   string
	}{
		"index":                  {strategies.Index(map[string]int{"high": 2, "low": 1}), "low"},
		"strict":                 {strategies.Strict(map[string]int{"high": 2, "low": 1}), "low"},
		"index, unlisted":        {strategies.Index(map[string]int{"high": 2}), "low"},
		"alphanumeric":           {strategies.AlphaNumeric(), "low"},
		"capped":                 {strategies.Caps(strategies.AlphaNumeric(), map[string]strategies.Cap{"low": {PerWorker: 1}}), "low"},
		"weighted, but unlisted": {strategies.Weighted(map[string]int{"high": 1}), "low"},
	} {
		for _, slots := range []int{1, 5} {
			t.Run(fmt.Sprintf("%s, %d slots", name, slots), func(t *testing.T) {
				t.Parallel()
				sim := strategytest.NewSim(strategies.Ageing(c.inner, time.Minute))
				sim.PutJob(c.low, 9)
				sim.Put(c.low, 5)
				run := func(claims int) {
					for range claims {
						sim.Fill("high", 2*slots)
						sim.Run(slots)
					}
				}
				run(40)
				require.Zero(t, sim.Starts()[c.low], "none has waited a minute")
				sim.Advance(time.Minute)
				fresh := sim.PutJob(c.low, 99)
				run(40)
				require.Equal(t, 2, sim.Starts()[c.low])
				run(80)
				require.Equal(t, 6, sim.Starts()[c.low])
				require.Equal(t, 1, sim.Waiting(c.low))
				sim.Advance(time.Minute)
				run(20)
				require.Zero(t, sim.Waiting(c.low), fresh.ID)
			})
		}
	}
}

func TestAgeing_UnderStrictLeavesUnlistedQueuesAlone(t *testing.T) {
	t.Parallel()
	sim := strategytest.NewSim(strategies.Ageing(strategies.Strict(map[string]int{"a": 1}), time.Minute))
	sim.Put("other", 1)
	sim.Advance(time.Hour)
	for range 100 {
		require.Empty(t, sim.Run(3))
	}
}

func TestAgeing_TakesTheOldestFirst(t *testing.T) {
	t.Parallel()
	sim := strategytest.NewSim(strategies.Ageing(strategies.AlphaNumeric(), time.Minute))
	old := sim.PutJob("z", -5)
	sim.Advance(time.Second)
	sim.PutJob("y", 5)
	sim.Advance(time.Hour)
	for range 19 {
		sim.Put("a", 1)
		require.Equal(t, []string{"a"}, queues(sim.Run(1)))
	}
	sim.Put("a", 1)
	require.Equal(t, old, sim.Run(1)[0])
}

// Ageing changes who goes first, not who gets how much.
func TestAgeing_KeepsTheSharesOfWeighted(t *testing.T) {
	t.Parallel()
	for _, slots := range []int{1, 7} {
		sim := strategytest.NewSim(strategies.Ageing(strategies.Weighted(three), time.Second))
		for range 10_000 / slots {
			for q := range three {
				sim.Fill(q, 3*slots)
			}
			sim.Advance(time.Second)
			sim.Run(slots)
		}
		total := 10_000 / slots * slots
		for q, weight := range three {
			require.InDelta(t, float64(total*weight)/100, sim.Starts()[q], 0.01*float64(total), "%s with %d slots", q, slots)
		}
	}
}
