package tasktower_test

import (
	"context"
	"fmt"
	"time"

	"github.com/task-tower/tasktower"
)

func ExampleClient_Enqueue() {
	ctx := context.Background()
	store, client, clock := example()
	worker := workerOf(store, tasktower.HandleFunc(send))

	now := must(client.Enqueue(ctx, Email{UserID: 1}))
	later := must(client.Enqueue(ctx, Email{UserID: 2}, tasktower.In(10*time.Minute), tasktower.Queue("bulk"),
		tasktower.Priority(5), tasktower.MaxRetries(3), tasktower.Timeout(time.Minute)))
	fmt.Println(now.State, now.Queue, now.DisplayName)
	fmt.Println(later.State, later.Queue, later.RunAt.Format(time.TimeOnly))

	next := runDue(worker)
	fmt.Println("next in", next)
	clock.Advance(next)
	runDue(worker)
	// Output:
	// enqueued mail Mail
	// scheduled bulk 09:10:00
	// mail to user 1
	// next in 10m0s
	// mail to user 2
}

func ExampleClient_Schedule() {
	ctx := context.Background()
	_, client, clock := example()

	for _, when := range []tasktower.When{
		tasktower.InSeconds(30),
		tasktower.InHours(2),
		tasktower.InDays(1),
		tasktower.At(clock.Now().AddDate(0, 1, 0)),
	} {
		rec := must(client.Schedule(ctx, Email{UserID: 1}, when))
		fmt.Println(rec.State, rec.RunAt.Format(time.DateTime))
	}
	// Output:
	// scheduled 2026-03-01 09:00:30
	// scheduled 2026-03-01 11:00:00
	// scheduled 2026-03-02 09:00:00
	// scheduled 2026-04-01 09:00:00
}
