package tasktower_test

import (
	"context"
	"fmt"

	"github.com/task-tower/tasktower"
	"github.com/task-tower/tasktower/core/queue"
	"github.com/task-tower/tasktower/strategies"
)

// The same jobs in four orders.
func ExampleWorkerConfig_strategy() {
	levels := map[string]int{"critical": 3, "default": 2, "low": 1}
	for _, strategy := range []tasktower.Strategy{
		strategies.FIFO(),
		strategies.AlphaNumeric(),
		strategies.Index(levels),
		strategies.Strict(levels),
		strategies.Weighted(map[string]int{"critical": 2, "low": 1}),
	} {
		fmt.Println(strategy.Name(), orderUnder(strategy))
	}
	// Output:
	// fifo [low default critical archive low default critical archive]
	// alphanumeric [archive archive critical critical default default low low]
	// index [critical critical default default low low archive archive]
	// strict [critical critical default default low low]
	// weighted [critical low critical low archive archive default default]
}

// orderUnder is the order in which a one-slot worker runs two jobs of each queue.
func orderUnder(strategy tasktower.Strategy) (order []string) {
	ctx := context.Background()
	store, client, _ := example()
	for range 2 {
		for _, queue := range []string{"low", "default", "critical", "archive"} {
			must(client.Enqueue(ctx, Email{UserID: 1}, tasktower.Queue(queue)))
		}
	}
	runDue(must(tasktower.NewWorker(store, tasktower.WorkerConfig{
		Concurrency: 1,
		Strategy:    strategy,
		Handlers: []tasktower.Registration{tasktower.HandleFunc(func(_ context.Context, j *tasktower.Job[Email]) error {
			order = append(order, j.Queue)
			return nil
		})},
	})))
	return order
}

// turns serves one queue after the other, a job of each.
type turns []string

func (turns) Name() string { return "turns" }

func (t turns) Plan(v queue.View) queue.Plan {
	plan := queue.Plan{Rest: queue.RestAlphaNumeric}
	for i := range t {
		next := t[(v.Claim+uint64(i))%uint64(len(t))]
		plan.Steps = append(plan.Steps, queue.Step{Queues: []string{next}, Quota: 1, Order: queue.ByPriority})
	}
	return plan
}

// A strategy of one's own is a pure function from what a worker sees to a plan.
func ExampleStrategy() {
	fmt.Println(orderUnder(turns{"low", "archive"}))
	// Output:
	// [low archive low archive critical critical default default]
}
