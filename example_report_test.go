package tasktower_test

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/task-tower/tasktower"
)

// A handler says how far it is, writes lines that stay with its job, and leaves
// a result behind.
func ExampleClient_Reports() {
	ctx := context.Background()
	store, client, _ := example()
	rec := must(client.Enqueue(ctx, Email{UserID: 1}))

	runDue(must(tasktower.NewWorker(store, tasktower.WorkerConfig{
		Handlers: []tasktower.Registration{tasktower.HandleFunc(func(ctx context.Context, _ *tasktower.Job[Email]) error {
			// docs:Handler
			run := tasktower.FromContext(ctx)
			for part := 1; part <= 3; part++ {
				run.Progress(part, 3, "sending parts")
			}
			run.Log(slog.LevelWarn, "server is slow", "took", "9s")
			run.SetOutput(map[string]string{"message_id": "1@example.org"})
			// docs:end
			return nil
		})},
	})))

	for _, r := range must(client.Reports(ctx, rec.ID)) {
		fmt.Printf("attempt %d: %d of %d, %s\n", r.Attempt, r.Progress.Done, r.Progress.Total, r.Progress.Note)
		for _, line := range r.Lines {
			fmt.Println(line.Level, line.Text)
		}
		fmt.Println(string(r.Output))
	}
	// Output:
	// attempt 1: 3 of 3, sending parts
	// WARN server is slow took=9s
	// {"message_id":"1@example.org"}
}
