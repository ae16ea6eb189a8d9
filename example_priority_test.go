package tasktower_test

import (
	"context"
	"fmt"

	"github.com/task-tower/tasktower"
	"github.com/task-tower/tasktower/strategies"
)

// FIFO, which a worker without a strategy uses, goes by age alone. Every other
// strategy heeds the priorities of a queue's jobs.
func ExamplePriority() {
	ctx := context.Background()
	for _, strategy := range []tasktower.Strategy{nil, strategies.AlphaNumeric()} {
		store, client, _ := example()
		must(client.Enqueue(ctx, Email{UserID: 1}))
		must(client.Enqueue(ctx, Email{UserID: 2}, tasktower.Priority(-1)))
		must(client.Enqueue(ctx, Email{UserID: 3}, tasktower.Priority(10)))
		runDue(must(tasktower.NewWorker(store, tasktower.WorkerConfig{
			Concurrency: 1,
			Strategy:    strategy,
			Handlers:    []tasktower.Registration{tasktower.HandleFunc(send)},
		})))
		fmt.Println()
	}
	// Output:
	// mail to user 1
	// mail to user 2
	// mail to user 3
	//
	// mail to user 3
	// mail to user 1
	// mail to user 2
}
