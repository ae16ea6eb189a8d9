package tasktower_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/task-tower/tasktower"
)

func ExampleClient_Cancel() {
	ctx := context.Background()
	store, client, _ := example()
	rec := must(client.Enqueue(ctx, Email{UserID: 1}, tasktower.InHours(1)))

	fmt.Println(must(client.Cancel(ctx, rec.ID, "not wanted any more")))
	_, err := client.Cancel(ctx, rec.ID)
	var refused *tasktower.TransitionError
	fmt.Println(errors.Is(err, tasktower.ErrConflict), errors.As(err, &refused) && refused.From == tasktower.Cancelled)

	check(client.Requeue(ctx, rec.ID, "wanted after all"))
	runDue(workerOf(store, tasktower.HandleFunc(send)))
	for _, e := range must(client.History(ctx, rec.ID)) {
		fmt.Println(e.State, "|", e.Reason)
	}
	check(client.Delete(ctx, rec.ID))
	_, err = client.Get(ctx, rec.ID)
	fmt.Println(errors.Is(err, tasktower.ErrNotFound))
	// Output:
	// cancelled
	// true true
	// mail to user 1
	// scheduled | enqueue
	// cancelled | cancel: not wanted any more
	// enqueued | requeue: wanted after all
	// processing | claim
	// completed | success
	// true
}
