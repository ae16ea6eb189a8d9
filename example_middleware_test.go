package tasktower_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/task-tower/tasktower"
)

// Middleware wraps each enqueue and each run, the first outermost.
func ExampleAroundWork() {
	ctx := context.Background()
	store, _, _ := example()
	client := must(tasktower.NewClient(store, tasktower.ClientConfig{
		Around: []tasktower.AroundEnqueue{
			func(ctx context.Context, specs []*tasktower.Spec, next tasktower.EnqueueNext) error {
				for _, s := range specs {
					s.Tags = append(s.Tags, "audited")
				}
				return next(ctx, specs)
			},
		},
	}))
	logged := func(name string) tasktower.AroundWork {
		return func(ctx context.Context, r *tasktower.Record, next tasktower.WorkNext) error {
			fmt.Println(name, "before", r.Kind, r.Tags)
			err := next(ctx)
			fmt.Println(name, "after:", err)
			return err
		}
	}
	worker := must(tasktower.NewWorker(store, tasktower.WorkerConfig{
		Around: []tasktower.AroundWork{logged("outer"), logged("inner")},
		Handlers: []tasktower.Registration{tasktower.HandleFunc(func(context.Context, *tasktower.Job[Email]) error {
			return errors.New("no route")
		})},
	}))
	must(client.Enqueue(ctx, Email{UserID: 1}))
	runDue(worker)
	// Output:
	// outer before email [audited]
	// inner before email [audited]
	// inner after: no route
	// outer after: no route
}
