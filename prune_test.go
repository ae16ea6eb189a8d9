package tasktower_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower"
)

func TestRetention_IsCheckedWithEverythingElse(t *testing.T) {
	t.Parallel()
	nothing := func(context.Context, *tasktower.Job[Receipt]) error { return nil }
	_, err := tasktower.NewWorker(newMemory(t), tasktower.WorkerConfig{
		Handlers:      []tasktower.Registration{tasktower.HandleFunc(nothing, tasktower.Retain(tasktower.Retention{Dead: -time.Hour}))},
		Retention:     tasktower.Retention{Completed: time.Nanosecond},
		PruneInterval: time.Millisecond,
	})
	require.ErrorIs(t, err, tasktower.ErrInvalid)
	for _, field := range []string{"Retention.Dead", "Retention.Completed", "PruneInterval"} {
		require.ErrorContains(t, err, field)
	}

	client, err := tasktower.NewClient(newMemory(t), tasktower.ClientConfig{})
	require.NoError(t, err)
	_, err = client.Enqueue(t.Context(), Receipt{}, tasktower.Retain(tasktower.Retention{}))
	require.ErrorIs(t, err, tasktower.ErrInvalid, "it belongs to a kind")
}

func TestPrune_RefusesWhatItCannotMean(t *testing.T) {
	t.Parallel()
	client, err := tasktower.NewClient(newMemory(t), tasktower.ClientConfig{})
	require.NoError(t, err)
	for says, p := range map[string]tasktower.Pruning{
		"states: are empty":     {},
		"states[1]: is":         {States: []tasktower.State{tasktower.Dead, tasktower.Enqueued}},
		"older_than: is -1ns":   {States: []tasktower.State{tasktower.Dead}, OlderThan: -1},
		"older_than: is 256204": {States: []tasktower.State{tasktower.Dead}, OlderThan: 1<<63 - 1},
	} {
		_, err := client.Prune(t.Context(), p)
		require.ErrorIs(t, err, tasktower.ErrInvalid)
		require.ErrorContains(t, err, says)
	}
}
