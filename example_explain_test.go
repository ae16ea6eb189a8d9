package tasktower_test

import (
	"context"
	"fmt"

	"github.com/task-tower/tasktower"
)

// Why is my job not running?
func ExampleClient_Explain() {
	ctx := context.Background()
	_, client, _ := example()
	rec := must(client.Enqueue(ctx, Email{UserID: 1}))
	if err := client.PauseQueue(ctx, "mail", "ops", "smtp is down"); err != nil {
		panic(err)
	}

	// docs:Explain
	why, err := client.Explain(ctx, rec.ID)
	if err != nil {
		panic(err)
	}
	for _, r := range why.Reasons {
		switch r.Code {
		case tasktower.ReasonQueuePaused:
			fmt.Println(r.Queue, "is paused by", r.By, "because", r.Note)
		default:
			fmt.Println(r.Text)
		}
	}
	// docs:end
	// Output:
	// mail is paused by ops because smtp is down
	// No worker is alive.
}
