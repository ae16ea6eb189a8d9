package tasktower_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/task-tower/tasktower"
	"github.com/task-tower/tasktower/core/retry"
)

// A handler's error fails the attempt, and its policy says how long to wait,
// unless the error is a verdict.
func ExampleSnooze() {
	ctx := context.Background()
	store, client, _ := example()
	answers := map[int64]error{
		1: nil,
		2: errors.New("timeout"),
		3: tasktower.RetryIn(time.Hour, errors.New("try after lunch")),
		4: tasktower.Snooze(time.Minute),
		5: tasktower.Cancel(errors.New("user is gone")),
		6: tasktower.Discard(errors.New("no such address")),
	}
	worker := workerOf(store, tasktower.HandleFunc(func(_ context.Context, j *tasktower.Job[Email]) error {
		return answers[j.Args.UserID]
	}, tasktower.Retry(retry.Fixed(30*time.Second))))

	var ids []tasktower.ID
	for user := range int64(6) {
		ids = append(ids, must(client.Enqueue(ctx, Email{UserID: user + 1})).ID)
	}
	runDue(worker)
	for _, id := range ids {
		rec := must(client.Get(ctx, id))
		fmt.Println(rec.State, rec.DeadReason, "attempts", rec.Attempt, "failures", rec.Failures, "due", rec.RunAt.Format(time.TimeOnly))
	}
	// Output:
	// completed  attempts 1 failures 0 due 09:00:00
	// retrying  attempts 1 failures 1 due 09:00:30
	// retrying  attempts 1 failures 1 due 10:00:00
	// scheduled  attempts 0 failures 0 due 09:01:00
	// cancelled  attempts 1 failures 0 due 09:00:00
	// dead rejected attempts 1 failures 1 due 09:00:00
}
