package strategytest_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/core/queue"
	"github.com/task-tower/tasktower/strategies/strategytest"
)

func alphanumeric(queue.View) queue.Plan { return queue.Plan{Rest: queue.RestAlphaNumeric} }

func TestSim_ServesAQueueByPriorityThenAge(t *testing.T) {
	t.Parallel()
	sim := strategytest.NewSim(of(alphanumeric))
	low := sim.PutJob("a", -1)
	old := sim.PutJob("a", 0)
	sim.Advance(time.Second)
	high, young := sim.PutJob("a", 7), sim.PutJob("a", 0)
	require.Equal(t, []*job.Record{high, old, young, low}, sim.Run(9))
}

func TestSim_ShowsTheStrategyItsWorker(t *testing.T) {
	t.Parallel()
	var views []queue.View
	sim := strategytest.NewSim(of(func(v queue.View) queue.Plan {
		views = append(views, v)
		return alphanumeric(v)
	}))
	sim.Seed(9)
	sim.Put("a", 3)
	sim.Claim(2)
	sim.Finish("a", 1)
	sim.Claim(4)
	sim.Finish("a", 2)
	sim.Claim(1)
	require.Equal(t, []queue.View{
		{Slots: 2, Claim: 0, Running: map[string]int{}, Seed: 9},
		{Slots: 4, Claim: 1, Running: map[string]int{"a": 1}, Seed: 9},
		{Slots: 1, Claim: 2, Running: map[string]int{}, Seed: 9},
	}, views)
	require.Equal(t, map[string]int{"a": 3}, sim.Starts())
}

func TestSim_ServesOnlyWhatItMay(t *testing.T) {
	t.Parallel()
	sim := strategytest.NewSim(of(alphanumeric))
	for _, q := range []string{"a", "b", "c"} {
		sim.Fill(q, 1)
		sim.Fill(q, 1)
		require.Equal(t, 1, sim.Waiting(q))
	}
	sim.Serve("a", "b")
	sim.Pause("a")
	require.Len(t, sim.Run(9), 1)
	require.Equal(t, map[string]int{"b": 1}, sim.Starts())
}

func TestSim_RefusesAPlanThatCannotBeObeyed(t *testing.T) {
	t.Parallel()
	sim := strategytest.NewSim(of(func(queue.View) queue.Plan { return queue.Plan{} }))
	require.PanicsWithValue(t, `strategytest: broken: plan: unknown rest rule ""`, func() { sim.Run(1) })
}

func TestSimulate_EndsWhenNothingComes(t *testing.T) {
	t.Parallel()
	require.Empty(t, strategytest.Simulate(of(alphanumeric), strategytest.Load{Slots: 1, Starts: 9}))
	got := strategytest.Simulate(of(alphanumeric), strategytest.Load{Full: []string{"b", "a"}, Slots: 4, Starts: 9})
	require.Equal(t, map[string]int{"a": 9}, strategytest.Count(got))
}
