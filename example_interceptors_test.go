package tasktower_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/task-tower/tasktower"
	"github.com/task-tower/tasktower/core/retry"
)

// docs:Says

// says is an interceptor that tells of a job's death.
func says(channel string) tasktower.After {
	return func(_ context.Context, ic *tasktower.InterceptContext) error {
		fmt.Printf("%s: %s is %s (%s): %s\n", channel, ic.Job.DisplayName, ic.Job.State, ic.Job.DeadReason, ic.Error.Message)
		return nil
	}
}

// docs:end

// Interceptors of a stage are stacked and run in order. One that fails or panics
// does not keep the next from running.
func ExampleOnDeath() {
	ctx := context.Background()
	store, client, clock := example()
	full := func(ctx context.Context, _ *tasktower.Job[Email]) error {
		fmt.Println("attempt", tasktower.FromContext(ctx).Attempt())
		return errors.New("mailbox is full")
	}
	// docs:Stages
	worker := workerOf(store, tasktower.HandleFunc(full,
		tasktower.MaxRetries(2),
		tasktower.Retry(retry.Fixed(time.Minute)),
		tasktower.OnFailure(func(_ context.Context, ic *tasktower.InterceptContext) error {
			fmt.Println("now", ic.Job.State)
			return nil
		}),
		tasktower.OnDeath(says("slack")),
		tasktower.OnDeath(
			func(context.Context, *tasktower.InterceptContext) error { panic("no network") },
			says("teams")),
	))
	// docs:end
	must(client.Enqueue(ctx, Email{UserID: 1}))
	for next := runDue(worker); next >= 0; next = runDue(worker) {
		clock.Advance(next)
	}
	// Output:
	// attempt 1
	// now retrying
	// attempt 2
	// now retrying
	// attempt 3
	// now dead
	// slack: Mail is dead (retries): mailbox is full
	// teams: Mail is dead (retries): mailbox is full
}
