package postgres_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/adapters/postgres"
	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/ports"
)

func TestSettle_KeepsABadResultFromHarmingItsNeighbours(t *testing.T) {
	t.Parallel()
	w := setup(t, postgres.Config{})
	k := w.worker(t)
	_, err := w.Enqueue(t.Context(), specs(40))
	require.NoError(t, err)
	results := dones(k.claim(t, 40, everything))
	results[7].Note = "a\x00b"
	results[9] = failed(k.record(t, w, results[9].ID), 0)
	results[9].Failure.Message = "\xff"
	results[20].EndedAt = time.Date(295_000, 1, 1, 0, 0, 0, 0, time.UTC) // only the server knows that it cannot
	out, err := w.Settle(t.Context(), results)
	require.NoError(t, err)
	require.Equal(t, ports.Settled{Unstorable: []int{7, 9, 20}}, out)
	counts, err := w.Counts(t.Context(), 100)
	require.NoError(t, err)
	require.Equal(t, job.Completed, counts[1].State)
	require.Equal(t, 37, counts[1].Jobs)
}

func (k *worker) record(t *testing.T, w world, id job.ID) *job.Record {
	t.Helper()
	r, err := w.Get(t.Context(), id)
	require.NoError(t, err)
	return r
}
