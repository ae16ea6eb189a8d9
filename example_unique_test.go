package tasktower_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/task-tower/tasktower"
)

func ExampleUnique() {
	ctx := context.Background()
	store, client, clock := example()

	// docs:Unique
	first := must(client.Enqueue(ctx, Email{UserID: 1}, tasktower.Unique()))
	again, err := client.Enqueue(ctx, Email{UserID: 1}, tasktower.Unique())
	fmt.Println("the same args:", errors.Is(err, tasktower.ErrDuplicate), again.ID == first.ID)
	_, err = client.Enqueue(ctx, Email{UserID: 2}, tasktower.Unique())
	fmt.Println("other args:", err)
	// docs:end

	// docs:Key
	// A key of one's own, held for an hour even if the job ends before.
	must(client.Enqueue(ctx, Email{UserID: 3}, tasktower.UniqueKey("digest"), tasktower.UniqueFor(time.Hour)))
	// docs:end
	runDue(workerOf(store, tasktower.HandleFunc(send)))
	_, err = client.Enqueue(ctx, Email{UserID: 4}, tasktower.UniqueKey("digest"))
	fmt.Println("within the hour:", errors.Is(err, tasktower.ErrDuplicate))
	clock.Advance(time.Hour)
	_, err = client.Enqueue(ctx, Email{UserID: 4}, tasktower.UniqueKey("digest"))
	fmt.Println("after it:", err)

	// docs:Many
	for _, e := range must(client.EnqueueMany(ctx, tasktower.Each([]Email{{7}, {8}, {7}}, tasktower.Unique()))) {
		fmt.Println("duplicate:", e.Duplicate) // then e.ID is the holder's
	}
	// docs:end
	// Output:
	// the same args: true true
	// other args: <nil>
	// mail to user 1
	// mail to user 2
	// mail to user 3
	// within the hour: true
	// after it: <nil>
	// duplicate: false
	// duplicate: false
	// duplicate: true
}
