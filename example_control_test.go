package tasktower_test

import (
	"context"
	"fmt"

	"github.com/task-tower/tasktower"
)

func ExampleClient_PauseWorker() {
	ctx := context.Background()
	store, client, _ := example()
	worker := workerOf(store, tasktower.HandleFunc(send))
	runDue(worker) // it is known from its start
	must(client.Enqueue(ctx, Email{UserID: 1}))

	// docs:Pause
	id := must(client.Workers(ctx))[0].ID
	check(client.PauseWorker(ctx, id, "ada", "its disk is full"))
	check(client.SetConcurrency(ctx, id, 2))
	// docs:end
	runDue(worker)
	for _, w := range must(client.Workers(ctx)) {
		fmt.Printf("%s, %d slots, paused by %s: %s\n", w.State, w.Slots, w.PausedBy, w.PauseNote)
	}
	check(client.ResumeWorker(ctx, id))
	runDue(worker)
	check(client.DrainWorker(ctx, id)) // a worker that runs ends its jobs, and then returns from Run
	fmt.Println(must(client.Workers(ctx))[0].State)
	// Output:
	// live, 2 slots, paused by ada: its disk is full
	// mail to user 1
	// draining
}
