package tasktower_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/task-tower/tasktower"
)

func ExampleClient_EnqueueMany() {
	ctx := context.Background()
	store, client, _ := example()

	stored := must(client.EnqueueMany(ctx, tasktower.Each([]Email{{1}, {2}, {3}}, tasktower.Tag("newsletter"))))
	fmt.Println(len(stored), "stored")

	// All or none: one mistake is named by its place and stores nothing.
	_, err := client.EnqueueMany(ctx, []tasktower.Item{
		{Args: Email{4}},
		{Args: Email{5}, Options: []tasktower.Option{tasktower.Queue("")}},
	})
	fmt.Println(errors.Is(err, tasktower.ErrInvalid), err)

	runDue(workerOf(store, tasktower.HandleFunc(send)))
	// Output:
	// 3 stored
	// true jobs[1]: invalid queue: is empty; want 1 to 128 bytes
	// mail to user 1
	// mail to user 2
	// mail to user 3
}
