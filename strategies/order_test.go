package strategies_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/strategies"
	"github.com/task-tower/tasktower/strategies/strategytest"
)

func queues(jobs []*job.Record) []string {
	var names []string
	for _, r := range jobs {
		names = append(names, r.Queue)
	}
	return names
}

func TestFIFO_TakesTheOldestWhateverQueueAndPriority(t *testing.T) {
	t.Parallel()
	sim := strategytest.NewSim(strategies.FIFO())
	var want []*job.Record
	for i, q := range []string{"z", "a", "m", "z", "a"} {
		want = append(want, sim.PutJob(q, int16(i)))
		sim.Advance(time.Second)
	}
	require.Equal(t, want[:2], sim.Run(2))
	require.Equal(t, want[2:], sim.Run(10))
}

func TestAlphaNumeric_GoesByNameBytewise(t *testing.T) {
	t.Parallel()
	sim := strategytest.NewSim(strategies.AlphaNumeric())
	for _, q := range []string{"b", "a10", "Z", "ü", "a2", "a"} {
		sim.Put(q, 2)
	}
	require.Equal(t, []string{"Z", "Z", "a", "a", "a10", "a10", "a2", "a2", "b", "b", "ü", "ü"}, queues(sim.Run(99)))
}

func TestIndex_GoesByPriorityThenUnlistedByName(t *testing.T) {
	t.Parallel()
	sim := strategytest.NewSim(strategies.Index(map[string]int{"b": 1, "c": 9}))
	for _, q := range []string{"z", "a", "b", "c"} {
		sim.Put(q, 1)
	}
	require.Equal(t, []string{"c", "b", "a", "z"}, queues(sim.Run(9)))
}

func TestTiers_InterleaveEqualPrioritiesFirstInFirstOut(t *testing.T) {
	t.Parallel()
	sim := strategytest.NewSim(strategies.Strict(map[string]int{"b": 1, "a": 1}))
	var want []*job.Record
	for _, q := range []string{"b", "a", "a", "b", "a", "b"} {
		want = append(want, sim.PutJob(q, 0))
		sim.Advance(time.Second)
	}
	urgent := sim.PutJob("b", 1)
	require.Equal(t, append([]*job.Record{urgent}, want...), sim.Run(10))
}

func TestStrict_TakesALowerTierOnlyWhenHigherOnesAreEmpty(t *testing.T) {
	t.Parallel()
	priorities := map[string]int{"a": 1, "b": 2, "c": 2, "d": 7}
	rapid.Check(t, func(t *rapid.T) {
		sim := strategytest.NewSim(strategies.Strict(priorities))
		slots := rapid.IntRange(1, 12).Draw(t, "slots")
		for range rapid.IntRange(1, 20).Draw(t, "rounds") {
			for _, q := range []string{"a", "b", "c", "d", "unlisted"} {
				sim.Put(q, rapid.IntRange(0, 5).Draw(t, q))
			}
			for _, r := range sim.Run(slots) {
				require.NotEqual(t, "unlisted", r.Queue)
				for higher, n := range priorities {
					if n > priorities[r.Queue] {
						require.Zero(t, sim.Waiting(higher), "%s started while %s waited", r.Queue, higher)
					}
				}
			}
		}
	})
}

func TestStrict_APausedTierCountsAsEmpty(t *testing.T) {
	t.Parallel()
	sim := strategytest.NewSim(strategies.Strict(map[string]int{"a": 1, "b": 2}))
	sim.Put("a", 1)
	sim.Put("b", 1)
	sim.Pause("b")
	require.Equal(t, []string{"a"}, queues(sim.Run(5)))
	sim.Pause()
	require.Equal(t, []string{"b"}, queues(sim.Run(5)))
}
