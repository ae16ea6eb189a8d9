package tasktower_test

import (
	"context"
	"fmt"
	"time"

	"github.com/task-tower/tasktower"
)

// What there is to read of a job, and where a panic's stack is.
func ExampleClient_Get() {
	ctx := context.Background()
	store, client, _ := example()
	id := must(client.Enqueue(ctx, Email{UserID: 7})).ID
	runDue(workerOf(store, tasktower.HandleFunc(
		func(context.Context, *tasktower.Job[Email]) error { panic("no mailbox") }, tasktower.MaxRetries(0))))

	// docs:Look
	rec := must(client.Get(ctx, id)) // ErrNotFound: it was deleted, or its retention is over
	fmt.Println(rec.State, rec.DeadReason)
	for _, e := range must(client.History(ctx, id)) {
		fmt.Println(e.At.Format(time.TimeOnly), e.State, "by", e.Reason)
	}
	for _, f := range must(client.Failures(ctx, id)) {
		fmt.Println("attempt", f.Attempt, "failed:", f.Message)
		fmt.Println("with a stack:", f.Stack != "") // of a panic: up to 32 KiB of where it came from
	}
	// docs:end

	// Output:
	// dead retries
	// 09:00:00 enqueued by enqueue
	// 09:00:00 processing by claim
	// 09:00:00 dead by failure
	// attempt 1 failed: panic: no mailbox
	// with a stack: true
}

// What an operator says to jobs and queues.
func ExampleClient_Requeue() {
	ctx := context.Background()
	store, client, _ := example()
	dead := must(client.Enqueue(ctx, Email{UserID: 7})).ID
	runDue(workerOf(store, tasktower.HandleFunc(
		func(context.Context, *tasktower.Job[Email]) error { return tasktower.Discard(nil) })))
	waiting := must(client.Enqueue(ctx, Email{UserID: 8}, tasktower.InHours(1))).ID

	// docs:Command
	check(client.Requeue(ctx, dead, "the mailbox is back"))       // runs now, with a fresh retry budget
	check(client.Tag(ctx, dead, "again"))                         // in any state
	state := must(client.Cancel(ctx, waiting, "signed up twice")) // processing: its handler's context ends soon
	check(client.Delete(ctx, waiting))                            // with its history; not while it runs

	check(client.PauseQueue(ctx, "mail", "ada", "the provider is down")) // for every worker
	for _, q := range must(client.Queues(ctx)) {
		fmt.Println(q.Name, "is paused:", q.Paused(), "by", q.PausedBy)
	}
	check(client.ResumeQueue(ctx, "mail"))
	// docs:end
	fmt.Println(state)
	runDue(workerOf(store, tasktower.HandleFunc(send)))
	// Output:
	// mail is paused: true by ada
	// cancelled
	// mail to user 7
}
