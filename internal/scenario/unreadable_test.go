package scenario_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower"
	"github.com/task-tower/tasktower/internal/pgtest"
	"github.com/task-tower/tasktower/internal/scenario"
)

// A job that plain SQL stored and nobody can read ends at once, with what is wrong
// with it; those beside it run.
func TestPostgres_RejectsAJobThatCannotBeRead(t *testing.T) {
	t.Parallel()
	store := open(t, pgtest.Clone(t, "migrated", migrate), scarce)
	client := clientOf(t, store)
	var bad tasktower.ID
	err := store.pool.QueryRow(t.Context(), `INSERT INTO tasktower.job (kind, params)
		VALUES ('work', ('{"p":' || repeat('[', 10010) || repeat(']', 10010) || '}')::json) RETURNING id`).Scan((*[16]byte)(&bad))
	require.NoError(t, err)
	good, err := client.Enqueue(t.Context(), scenario.Work{N: 1})
	require.NoError(t, err)

	died := make(chan error, 1)
	worker, err := tasktower.NewWorker(store, tasktower.WorkerConfig{Handlers: []tasktower.Registration{
		tasktower.HandleFunc(func(_ context.Context, j *tasktower.Job[scenario.Work]) error {
			if j.ID == bad {
				t.Error("its handler was called")
			}
			return nil
		}, tasktower.OnDeath(func(_ context.Context, ic *tasktower.InterceptContext) error {
			died <- ic.Job.Unreadable
			return nil
		})),
	}})
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- worker.Run(ctx) }()
	defer func() {
		cancel()
		require.NoError(t, <-done)
	}()

	select {
	case err := <-died:
		var unreadable *tasktower.UnreadableError
		require.ErrorAs(t, err, &unreadable)
	case <-time.After(time.Minute):
		require.FailNow(t, "it is not dead")
	}
	rec, err := client.Get(t.Context(), bad)
	require.NoError(t, err)
	require.Equal(t, tasktower.DeadRejected, rec.DeadReason)
	require.Equal(t, 1, rec.Attempt)
	failures, err := client.Failures(t.Context(), bad)
	require.NoError(t, err)
	require.Len(t, failures, 1)
	require.Contains(t, failures[0].Message, "read its parameters: ")
	require.Eventually(t, func() bool {
		rec, err := client.Get(t.Context(), good.ID)
		return err == nil && rec.State == tasktower.Completed
	}, time.Minute, 10*time.Millisecond)
}
