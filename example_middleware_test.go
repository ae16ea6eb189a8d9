package tasktower_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/task-tower/tasktower"
)

// docs:Work

// timed is middleware that tells how each run ended.
func timed(ctx context.Context, r *tasktower.Record, next tasktower.WorkNext) error {
	begun := time.Now()
	err := next(ctx)
	if took := time.Since(begun); took > time.Minute || err != nil {
		fmt.Println(r.Kind, "of queue", r.Queue, "ended with:", err)
	}
	return err
}

// docs:end

// docs:Enqueue

// audited is middleware that marks what is enqueued, and refuses one queue.
func audited(ctx context.Context, specs []*tasktower.Spec, next tasktower.EnqueueNext) error {
	for _, s := range specs {
		if s.Queue == "frozen" {
			return errors.New("queue frozen takes no jobs")
		}
		s.Tags = append(s.Tags, "audited")
	}
	return next(ctx, specs) // not calling it, and returning nil, is an error
}

// docs:end

func ExampleAroundEnqueue() {
	ctx := context.Background()
	store, _, _ := example()
	client := must(tasktower.NewClient(store, tasktower.ClientConfig{Around: []tasktower.AroundEnqueue{audited}}))
	rec := must(client.Enqueue(ctx, Email{UserID: 1}))
	fmt.Println(rec.Tags)
	_, err := client.Enqueue(ctx, Email{UserID: 1}, tasktower.Queue("frozen"))
	fmt.Println(err)
	runDue(must(tasktower.NewWorker(store, tasktower.WorkerConfig{
		Around:   []tasktower.AroundWork{timed},
		Handlers: []tasktower.Registration{tasktower.HandleFunc(call)},
	})))
	// Output:
	// [audited]
	// queue frozen takes no jobs
	// email of queue mail ended with: no answer to call 1 of 11
}

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
