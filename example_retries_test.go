package tasktower_test

import (
	"context"
	"fmt"
	"time"

	"github.com/task-tower/tasktower"
	"github.com/task-tower/tasktower/core/retry"
)

// A policy is a kind's, or one job's; its failures stay on record.
func ExampleRetry() {
	ctx := context.Background()
	store, client, clock := example()
	worker := workerOf(store, tasktower.HandleFunc(func(ctx context.Context, _ *tasktower.Job[Email]) error {
		if n := tasktower.FromContext(ctx).Attempt(); n < 4 {
			return fmt.Errorf("no answer to call %d", n)
		}
		return nil
	}, tasktower.Retry(retry.Func(func(attempt int, err error) time.Duration {
		return time.Duration(attempt) * time.Hour
	}))))

	kinds := must(client.Enqueue(ctx, Email{UserID: 1}))
	own := must(client.Enqueue(ctx, Email{UserID: 2}, tasktower.MaxRetries(2),
		tasktower.Retry(retry.Steps(time.Second, time.Minute))))
	for next := runDue(worker); next >= 0; next = runDue(worker) {
		clock.Advance(next)
	}
	for _, id := range []tasktower.ID{kinds.ID, own.ID} {
		rec := must(client.Get(ctx, id))
		fmt.Printf("%s %q\n", rec.State, rec.DeadReason)
		for _, f := range must(client.Failures(ctx, id)) {
			fmt.Println(" ", f.At.Format(time.TimeOnly), f.Message)
		}
	}
	// Output:
	// completed ""
	//   09:00:00 no answer to call 1
	//   10:00:00 no answer to call 2
	//   12:00:00 no answer to call 3
	// dead "retries"
	//   09:00:00 no answer to call 1
	//   09:00:01 no answer to call 2
	//   09:01:01 no answer to call 3
}

// call is a handler that always fails.
func call(_ context.Context, j *tasktower.Job[Email]) error {
	return fmt.Errorf("no answer to call %d of %d", j.Attempt, j.MaxRetries+1)
}

// A kind says how it is retried, and one job may say otherwise.
func ExampleMaxRetries() {
	ctx := context.Background()
	store, client, clock := example()
	// docs:Kind
	worker := must(tasktower.NewWorker(store, tasktower.WorkerConfig{
		Handlers: []tasktower.Registration{
			tasktower.HandleFunc(call, tasktower.MaxRetries(5), tasktower.Retry(retry.Exponential(time.Second, time.Hour))),
		},
	}))
	// docs:end
	// docs:Job
	rec := must(client.Enqueue(ctx, Email{UserID: 1}, tasktower.MaxRetries(2), tasktower.Retry(retry.Steps(time.Second, time.Minute))))
	// docs:end
	for next := runDue(worker); next >= 0; next = runDue(worker) {
		clock.Advance(next)
	}
	// docs:Look
	for _, f := range must(client.Failures(ctx, rec.ID)) {
		fmt.Println(f.At.Format(time.TimeOnly), f.Message)
	}
	check(client.Requeue(ctx, rec.ID)) // once the cause is mended: it runs now, with a fresh budget
	// docs:end
	// Output:
	// 09:00:00 no answer to call 1 of 3
	// 09:00:01 no answer to call 2 of 3
	// 09:01:01 no answer to call 3 of 3
}

// A panic is a failed attempt like any other.
func ExamplePanicError() {
	ctx := context.Background()
	store, client, _ := example()
	rec := must(client.Enqueue(ctx, Email{UserID: 1}))
	runDue(workerOf(store, tasktower.HandleFunc(func(context.Context, *tasktower.Job[Email]) error {
		panic("no template")
	})))
	failure := must(client.Failures(ctx, rec.ID))[0]
	fmt.Println(failure.Type, "|", failure.Message, "|", failure.Stack != "")
	// Output:
	// panic | panic: no template | true
}
