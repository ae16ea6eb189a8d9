package tasktower_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower"
)

func tick(change ...func(*tasktower.Recurring)) tasktower.Recurring {
	r := tasktower.Recurring{Key: "tick", When: tasktower.Every(time.Minute), Args: Email{UserID: 7}}
	for _, f := range change {
		f(&r)
	}
	return r
}

func TestRecurring_SurfacesEveryMistake(t *testing.T) {
	t.Parallel()
	store := newMemory(t)
	client, err := tasktower.NewClient(store, tasktower.ClientConfig{})
	require.NoError(t, err)
	for name, c := range map[string]struct {
		change func(*tasktower.Recurring)
		says   string
	}{
		"no key":            {func(r *tasktower.Recurring) { r.Key = "" }, "key"},
		"no series":         {func(r *tasktower.Recurring) { r.When = tasktower.Series{} }, "invalid when: is empty"},
		"a bad line":        {func(r *tasktower.Recurring) { r.When = tasktower.Cron("61 * * * *", "") }, "spec.minute"},
		"a line never due":  {func(r *tasktower.Recurring) { r.When = tasktower.Cron("0 0 30 2 *", "") }, "is never due"},
		"an unknown zone":   {func(r *tasktower.Recurring) { r.When = tasktower.Cron("@daily", "Europe/Nowhere") }, "zone"},
		"a short interval":  {func(r *tasktower.Recurring) { r.When = tasktower.Every(time.Millisecond) }, "spec.every"},
		"no args":           {func(r *tasktower.Recurring) { r.Args = nil }, "args: are nil"},
		"a nameless kind":   {func(r *tasktower.Recurring) { r.Args = nameless{} }, "kind"},
		"a due time":        {func(r *tasktower.Recurring) { r.Options = []tasktower.Option{tasktower.InHours(1)} }, "belongs to a single job"},
		"a bad option":      {func(r *tasktower.Recurring) { r.Options = []tasktower.Option{tasktower.Queue("")} }, "queue"},
		"an odd misfire":    {func(r *tasktower.Recurring) { r.Misfire = "often" }, "misfire"},
		"an odd overlap":    {func(r *tasktower.Recurring) { r.Overlap = "often" }, "overlap"},
		"all that overlaps": {func(r *tasktower.Recurring) { r.Misfire = tasktower.MisfireAll }, "want allow"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := tasktower.NewWorker(store, tasktower.WorkerConfig{
				Handlers:  []tasktower.Registration{tasktower.HandleFunc(send)},
				Recurring: []tasktower.Recurring{tick(), tick(func(r *tasktower.Recurring) { r.Key = "tock" }, c.change)},
			})
			require.ErrorIs(t, err, tasktower.ErrInvalid)
			require.ErrorContains(t, err, "Recurring[1]")
			require.ErrorContains(t, err, c.says)
			err = client.AddRecurring(t.Context(), tick(c.change))
			require.ErrorIs(t, err, tasktower.ErrInvalid)
			require.ErrorContains(t, err, c.says)
		})
	}
	_, err = tasktower.NewWorker(store, tasktower.WorkerConfig{
		Handlers:  []tasktower.Registration{tasktower.HandleFunc(send)},
		Recurring: []tasktower.Recurring{tick(), tick()},
	})
	require.ErrorContains(t, err, `Recurring[1] "tick": invalid key: is that of Recurring[0]`)
}

func TestRecurring_WhatAnOperatorSaidStaysAcrossStarts(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	store, client, clock := example()
	runs := 0
	start := func() *tasktower.Worker {
		w, err := tasktower.NewWorker(store, tasktower.WorkerConfig{
			Handlers: []tasktower.Registration{tasktower.HandleFunc(func(context.Context, *tasktower.Job[Email]) error {
				runs++
				return nil
			})},
			Recurring: []tasktower.Recurring{tick()},
		})
		require.NoError(t, err)
		return w
	}
	require.Equal(t, time.Minute, runDue(start()))
	require.NoError(t, client.PauseRecurring(ctx, "tick", "ada", "too loud", time.Time{}))
	clock.Advance(time.Hour)
	runDue(start())
	require.Zero(t, runs)
	require.NoError(t, client.ResumeRecurring(ctx, "tick"))

	require.NoError(t, client.AddRecurring(ctx, tick(func(r *tasktower.Recurring) { r.When = tasktower.Every(time.Hour) })))
	require.Equal(t, time.Hour, runDue(start()))
	all, err := client.RecurringJobs(ctx)
	require.NoError(t, err)
	require.Len(t, all, 1)
	require.Equal(t, "@every 1h", all[0].Spec)
	require.Equal(t, "mail", all[0].Job.Queue)
	clock.Advance(time.Hour)
	runDue(start())
	require.Equal(t, 1, runs)

	require.NoError(t, client.RemoveRecurring(ctx, "tick"))
	require.ErrorIs(t, client.RemoveRecurring(ctx, "tick"), tasktower.ErrNotFound)
	require.Negative(t, runDue(start()), "it stays removed")
	require.NoError(t, client.AddRecurring(ctx, tick()))
	require.Equal(t, time.Minute, runDue(start()))
}

func TestRecurring_RefusesIllFormedKeys(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	_, client, _ := example()
	for _, key := range []string{"", "a\x00b", "\xff", strings.Repeat("k", 129)} {
		_, err := client.TriggerRecurring(ctx, key)
		for _, err := range []error{
			err, client.RemoveRecurring(ctx, key), client.ResumeRecurring(ctx, key),
			client.PauseRecurring(ctx, key, "", "", time.Time{}),
		} {
			require.ErrorIs(t, err, tasktower.ErrInvalid, "%q", key)
			require.ErrorContains(t, err, "key")
		}
	}
}

func TestTriggerRecurring_EnqueuesOneJobBesideTheInstants(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	_, client, _ := example()
	_, err := client.TriggerRecurring(ctx, "tick")
	require.ErrorIs(t, err, tasktower.ErrNotFound)
	require.NoError(t, client.AddRecurring(ctx, tick(func(r *tasktower.Recurring) { r.Options = []tasktower.Option{tasktower.Unique()} })))
	require.NoError(t, client.PauseRecurring(ctx, "tick", "", "", time.Time{}))
	rec, err := client.TriggerRecurring(ctx, "tick")
	require.NoError(t, err)
	require.Equal(t, tasktower.Enqueued, rec.State)
	held, err := client.TriggerRecurring(ctx, "tick")
	require.ErrorIs(t, err, tasktower.ErrDuplicate)
	require.Equal(t, rec.ID, held.ID)
}

func TestNextRecurring_KnowsPauses(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	_, client, clock := example()
	next := func() []time.Time {
		all, err := client.RecurringJobs(ctx)
		require.NoError(t, err)
		instants, err := tasktower.NextRecurring(all[0], 2)
		require.NoError(t, err)
		return instants
	}
	begin := clock.Now()
	require.NoError(t, client.AddRecurring(ctx, tick()))
	require.Equal(t, []time.Time{begin.Add(time.Minute), begin.Add(2 * time.Minute)}, next())
	require.NoError(t, client.PauseRecurring(ctx, "tick", "", "", time.Time{}))
	require.Empty(t, next())
	err := client.PauseRecurring(ctx, "tick", "", "", begin.Add(200*366*24*time.Hour))
	require.ErrorIs(t, err, tasktower.ErrInvalid)
	require.ErrorIs(t, client.PauseRecurring(ctx, "tick", "", "", begin), tasktower.ErrInvalid)
	require.NoError(t, client.PauseRecurring(ctx, "tick", "", "", begin.Add(time.Hour)))
	require.Equal(t, []time.Time{begin.Add(time.Hour), begin.Add(61 * time.Minute)}, next())
}
