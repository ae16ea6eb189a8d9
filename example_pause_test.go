package tasktower_test

import (
	"context"
	"fmt"

	"github.com/task-tower/tasktower"
)

func ExampleClient_PauseQueue() {
	ctx := context.Background()
	store, client, _ := example()
	worker := workerOf(store, tasktower.HandleFunc(send))
	must(client.Enqueue(ctx, Email{UserID: 1}))
	must(client.Enqueue(ctx, Email{UserID: 2}, tasktower.Queue("urgent")))

	check(client.PauseQueue(ctx, "mail", "ada", "the provider is down"))
	runDue(worker)
	for _, q := range must(client.Queues(ctx)) {
		fmt.Printf("%s paused: %t %q\n", q.Name, q.Paused(), q.Note)
	}
	check(client.ResumeQueue(ctx, "mail"))
	runDue(worker)
	// Output:
	// mail to user 2
	// mail paused: true "the provider is down"
	// urgent paused: false ""
	// mail to user 1
}
