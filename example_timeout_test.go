package tasktower_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/task-tower/tasktower"
)

// A worker's timeout is for the jobs that say nothing themselves.
func ExampleWorkerConfig_timeout() {
	ctx := context.Background()
	store, client, _ := example()
	until := func(ctx context.Context, j *tasktower.Job[Email]) error {
		select {
		case <-ctx.Done():
			fmt.Println("user", j.Args.UserID, "took too long:", errors.Is(context.Cause(ctx), tasktower.ErrTimeout))
			return ctx.Err()
		case <-time.After(50 * time.Millisecond):
			fmt.Println("mail to user", j.Args.UserID)
			return nil
		}
	}
	worker := must(tasktower.NewWorker(store, tasktower.WorkerConfig{
		Timeout:  time.Millisecond, // a handler may take longer than this if its kind or its job says so
		Handlers: []tasktower.Registration{tasktower.HandleFunc(until)},
	}))

	must(client.Enqueue(ctx, Email{UserID: 1}))
	must(client.Enqueue(ctx, Email{UserID: 2}, tasktower.Timeout(time.Hour)))
	runDue(worker)
	// Output:
	// user 1 took too long: true
	// mail to user 2
}
