package tasktower_test

import (
	"context"
	"fmt"
	"time"

	"github.com/task-tower/tasktower"
)

// Clean asks for yesterday's files to be removed.
type Clean struct{}

// Kind is the name stored with the job.
func (Clean) Kind() string { return "clean" }

// clean is the handler; RunAt is the instant for which it runs.
func clean(_ context.Context, j *tasktower.Job[Clean]) error {
	fmt.Println("clean at", j.RunAt.Format(time.DateTime))
	return nil
}

func ExampleRecurring() {
	ctx := context.Background()
	store, client, clock := example()
	// docs:Declare
	worker := must(tasktower.NewWorker(store, tasktower.WorkerConfig{
		Handlers: []tasktower.Registration{tasktower.HandleFunc(clean)},
		Recurring: []tasktower.Recurring{
			{Key: "nightly-clean", When: tasktower.Cron("0 3 * * *", "Europe/Berlin"), Args: Clean{}},
		},
	}))
	// docs:end
	for range 2 {
		clock.Advance(runDue(worker))
	}
	runDue(worker)

	check(client.PauseRecurring(ctx, "nightly-clean", "ada", "the disk is being replaced", time.Time{}))
	clock.Advance(72 * time.Hour) // nothing is made up for
	runDue(worker)
	check(client.ResumeRecurring(ctx, "nightly-clean"))
	for _, r := range must(client.RecurringJobs(ctx)) {
		fmt.Println(r.Key, "is next due at", must(tasktower.NextRecurring(r, 1)))
	}
	must(client.TriggerRecurring(ctx, "nightly-clean"))
	runDue(worker)
	// Output:
	// clean at 2026-03-02 02:00:00
	// clean at 2026-03-03 02:00:00
	// nightly-clean is next due at [2026-03-07 02:00:00 +0000 UTC]
	// clean at 2026-03-06 02:00:00
}

// Digest asks for a customer's digest.
type Digest struct{ Customer int }

// Kind is the name stored with the job.
func (Digest) Kind() string { return "digest" }

// What is known only at run time is added, changed and removed by a client.
func ExampleClient_AddRecurring() {
	ctx := context.Background()
	_, client, clock := example()
	monday := clock.Now().AddDate(0, 0, 1)
	// docs:Operate
	check(client.AddRecurring(ctx, tasktower.Recurring{
		Key: "digest-7", When: tasktower.Every(time.Hour), Args: Digest{Customer: 7},
		Options: []tasktower.Option{tasktower.Queue("bulk"), tasktower.DeadlineIn(30 * time.Minute)},
	}))
	check(client.PauseRecurring(ctx, "digest-7", "ada", "the customer moves house", monday))
	rec := must(client.TriggerRecurring(ctx, "digest-7")) // one job now, although it is paused
	check(client.ResumeRecurring(ctx, "digest-7"))
	for _, r := range must(client.RecurringJobs(ctx)) {
		fmt.Println(r.Key, r.Spec, must(tasktower.NextRecurring(r, 3)))
	}
	check(client.RemoveRecurring(ctx, "digest-7"))
	// docs:end
	fmt.Println(rec.State, rec.Queue)
	// Output:
	// digest-7 @every 1h [2026-03-01 10:00:00 +0000 UTC 2026-03-01 11:00:00 +0000 UTC 2026-03-01 12:00:00 +0000 UTC]
	// enqueued bulk
}
