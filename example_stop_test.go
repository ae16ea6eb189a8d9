package tasktower_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/task-tower/tasktower"
)

func ExampleWorker_Stop() {
	ctx := context.Background()
	store, client, _ := example()
	started := make(chan struct{})
	worker := workerOf(store, tasktower.HandleFunc(func(ctx context.Context, _ *tasktower.Job[Email]) error {
		close(started)
		<-ctx.Done() // a handler that takes longer than we like to wait
		fmt.Println("told to stop:", errors.Is(context.Cause(ctx), tasktower.ErrShutdown))
		return ctx.Err()
	}))
	done := make(chan error)
	go func() { done <- worker.Run(ctx) }()
	rec := must(client.Enqueue(ctx, Email{UserID: 7}))
	<-started

	// docs:Stop
	now, cancel := context.WithCancel(ctx)
	cancel() // no patience: the grace period is over at once
	check(worker.Stop(now))
	// docs:end
	check(<-done)

	rec = must(client.Get(ctx, rec.ID))
	fmt.Println(rec.State, "again, attempts:", rec.Attempt)
	// Output:
	// told to stop: true
	// enqueued again, attempts: 0
}
