package tasktower_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"

	"github.com/task-tower/tasktower"
)

// What a handler calls can learn about the job without being handed it.
func ExampleFromContext() {
	ctx := context.Background()
	store, client, _ := example()
	rec := must(client.Enqueue(ctx, Email{UserID: 1}, tasktower.Tags("eu")))

	plain := func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey || a.Key == "job" {
			return slog.Attr{}
		}
		return a
	}
	deliver := func(ctx context.Context) {
		run := tasktower.FromContext(ctx)
		fmt.Println(run.ID() == rec.ID, run.Kind(), run.Queue(), run.Attempt(), run.Tags())
		run.Logger().Info("delivered")
	}
	runDue(must(tasktower.NewWorker(store, tasktower.WorkerConfig{
		Logger: slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: plain})),
		Handlers: []tasktower.Registration{tasktower.HandleFunc(func(ctx context.Context, _ *tasktower.Job[Email]) error {
			deliver(ctx)
			return nil
		})},
	})))
	fmt.Println("outside of a run:", tasktower.FromContext(ctx) == nil)
	// Output:
	// true email mail 1 [eu]
	// level=INFO msg=delivered kind=email queue=mail attempt=1
	// outside of a run: true
}
