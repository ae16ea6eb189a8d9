package tasktowertest_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower"
	"github.com/task-tower/tasktower/tasktowertest"
)

// Clean asks for yesterday's files to be removed.
type Clean struct{}

func (Clean) Kind() string { return "clean" }

// docs:Recurring
func TestNightlyClean_RunsEachNight(t *testing.T) {
	var nights []time.Time
	h := tasktowertest.NewWith(t, tasktowertest.Config{Worker: tasktower.WorkerConfig{
		Handlers: []tasktower.Registration{tasktower.HandleFunc(func(_ context.Context, j *tasktower.Job[Clean]) error {
			nights = append(nights, j.RunAt)
			return nil
		})},
		Recurring: []tasktower.Recurring{{Key: "nightly-clean", When: tasktower.Cron("0 3 * * *", ""), Args: Clean{}}},
	}})
	h.Advance(t, 72*time.Hour) // from Thursday, 2026-01-15 09:00 UTC
	require.Len(t, nights, 3)
	require.Equal(t, "Fri 03:00", nights[0].Format("Mon 15:04"))
}

// docs:end

// clean runs a recurring job for a day and returns the ids that are made.
func clean(t *testing.T) (jobs []tasktower.ID, worker string) {
	h := tasktowertest.NewWith(t, tasktowertest.Config{Worker: tasktower.WorkerConfig{
		Handlers:  []tasktower.Registration{tasktower.HandleFunc(func(context.Context, *tasktower.Job[Clean]) error { return nil })},
		Recurring: []tasktower.Recurring{{Key: "nightly-clean", When: tasktower.Every(12 * time.Hour), Args: Clean{}}},
	}})
	h.Advance(t, 24*time.Hour)
	page, err := h.Client.List(t.Context(), tasktower.Filter{})
	require.NoError(t, err)
	workers, err := h.Client.Workers(t.Context())
	require.NoError(t, err)
	for _, r := range page.Jobs {
		jobs = append(jobs, r.ID)
	}
	return jobs, workers[0].ID
}

func TestHarness_MakesTheSameIDsOfRecurringJobsAndWorkersEachTime(t *testing.T) {
	t.Parallel()
	jobs, worker := clean(t)
	again, sameWorker := clean(t)
	require.Equal(t, worker, sameWorker)
	require.Len(t, jobs, 2)
	require.Equal(t, jobs, again)
	require.Equal(t, time.Date(2026, time.January, 16, 9, 0, 0, 0, time.UTC), jobs[0].Time().UTC(), "dated by the harness's clock")
}

func TestRunAll_NamesRecurringJobsThatKeepItFromEnding(t *testing.T) {
	t.Parallel()
	said := failure(func(t testing.TB) {
		tasktowertest.NewWith(t, tasktowertest.Config{Worker: tasktower.WorkerConfig{
			Handlers:  []tasktower.Registration{tasktower.HandleFunc(func(context.Context, *tasktower.Job[Clean]) error { return nil })},
			Recurring: []tasktower.Recurring{{Key: "nightly-clean", When: tasktower.Every(time.Hour), Args: Clean{}}},
		}}).RunAll(t)
	})
	require.Contains(t, said, "the attempts do not come to an end; recurring jobs never do: nightly-clean; Advance runs those of a span")
}
