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

func ExampleRecurring() {
	ctx := context.Background()
	store, client, clock := example()
	worker := must(tasktower.NewWorker(store, tasktower.WorkerConfig{
		Handlers: []tasktower.Registration{tasktower.HandleFunc(func(_ context.Context, j *tasktower.Job[Clean]) error {
			fmt.Println("clean at", j.RunAt.Format(time.DateTime))
			return nil
		})},
		Recurring: []tasktower.Recurring{{Key: "nightly-clean", When: tasktower.Cron("0 3 * * *", "Europe/Berlin"), Args: Clean{}}},
	}))
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
