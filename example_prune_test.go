package tasktower_test

import (
	"context"
	"fmt"
	"time"

	"github.com/task-tower/tasktower"
	"github.com/task-tower/tasktower/adapters/memory"
)

// Receipt asks for one receipt. Accounting wants to see those that failed for good.
type Receipt struct {
	Order int `json:"order"`
}

func (Receipt) Kind() string { return "receipt" }

// docs:Retain
func (Receipt) Defaults() []tasktower.Option {
	return []tasktower.Option{tasktower.Retain(tasktower.Retention{
		Completed: time.Hour,
		Dead:      tasktower.KeepForever,
	})}
}

// docs:end

func ExampleRetain() {
	// The kind's own retention wins over the worker's, which wins over the default.
	_, err := tasktower.NewWorker(memory.New(memory.Config{}), tasktower.WorkerConfig{
		Handlers:  []tasktower.Registration{tasktower.HandleFunc(func(context.Context, *tasktower.Job[Receipt]) error { return nil })},
		Retention: tasktower.Retention{Cancelled: 7 * 24 * time.Hour},
	})
	fmt.Println(err)
	// Output: <nil>
}

func ExampleClient_Prune() {
	ctx := context.Background()
	client, err := tasktower.NewClient(memory.New(memory.Config{}), tasktower.ClientConfig{})
	if err != nil {
		panic(err)
	}
	for order := range 3 {
		rec, err := client.Enqueue(ctx, Receipt{Order: order})
		if err != nil {
			panic(err)
		}
		if _, err = client.Cancel(ctx, rec.ID); err != nil {
			panic(err)
		}
	}
	// docs:Prune
	forgotten, err := client.Prune(ctx, tasktower.Pruning{States: []tasktower.State{tasktower.Cancelled}})
	// docs:end
	fmt.Println(forgotten, err)
	// Output: 3 <nil>
}
