package postgres_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/adapters/postgres"
	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/ports"
)

// Batches that go into the history by COPY obey what single results obey.
func TestSettle_OfManySuccesses(t *testing.T) {
	t.Parallel()
	const many = 50
	start := func(t *testing.T) (world, *worker, []*job.Settlement) {
		w := setup(t, postgres.Config{})
		k := w.worker(t)
		_, err := w.Enqueue(t.Context(), specs(many))
		require.NoError(t, err)
		return w, k, dones(append(k.claim(t, many/2, everything), k.claim(t, many/2, everything)...))
	}
	settle := func(t *testing.T, w world, results []*job.Settlement, want ports.Settled) {
		t.Helper()
		out, err := w.Settle(t.Context(), results)
		require.NoError(t, err)
		require.Equal(t, want, out)
	}
	completed := func(t *testing.T, w world) int {
		return w.count(t, "SELECT count(*) FROM tasktower.jobs WHERE state = 'completed'")
	}
	leases := func(t *testing.T, w world) int { return w.count(t, "SELECT count(*) FROM tasktower.lease") }

	t.Run("closes their leases", func(t *testing.T) {
		t.Parallel()
		w, _, results := start(t)
		settle(t, w, results[:40], ports.Settled{})
		require.Equal(t, 40, completed(t, w))
		require.Equal(t, 1, leases(t, w))
		settle(t, w, results[40:], ports.Settled{})
		require.Equal(t, many, completed(t, w))
		require.Zero(t, leases(t, w))
	})
	t.Run("ends cancel requests that come too late", func(t *testing.T) {
		t.Parallel()
		w, _, results := start(t)
		requests := func() int { return w.count(t, "SELECT count(*) FROM tasktower.cancel_request") }
		for _, r := range []*job.Settlement{results[3], results[45]} {
			_, err := w.Cancel(t.Context(), r.ID, "")
			require.NoError(t, err)
		}
		settle(t, w, results[:40], ports.Settled{})
		require.Equal(t, 1, requests(), "that of a job which still runs stays")
		settle(t, w, results[40:], ports.Settled{})
		require.Zero(t, requests())
		require.Equal(t, many, completed(t, w))
	})
	t.Run("accepts them twice", func(t *testing.T) {
		t.Parallel()
		w, _, results := start(t)
		settle(t, w, results[:40], ports.Settled{})
		settle(t, w, results, ports.Settled{})
		require.Equal(t, many, completed(t, w))
		require.Zero(t, leases(t, w))
		settle(t, w, results, ports.Settled{})
		require.Equal(t, many, w.count(t, "SELECT count(*) FROM tasktower.history"))
	})
	t.Run("refuses those that their lease does not hold", func(t *testing.T) {
		t.Parallel()
		w, k, results := start(t)
		other, seq, gone := *results[3], *results[30], *results[49]
		other.Lease = results[49].Lease
		seq.Seq++
		gone.Lease = job.NewLease(k.number, 99)
		mixed := slices.Clone(results)
		mixed[3], mixed[30], mixed[49] = &other, &seq, &gone
		settle(t, w, mixed, ports.Settled{Lost: []int{3, 30, 49}})
		require.Equal(t, many-3, completed(t, w))
		settle(t, w, []*job.Settlement{results[3], results[30], results[49]}, ports.Settled{})
		require.Zero(t, leases(t, w))
	})
	t.Run("stores other results beside them", func(t *testing.T) {
		t.Parallel()
		w, k, results := start(t)
		results[10] = failed(k.record(t, w, results[10].ID), 0)
		settle(t, w, results, ports.Settled{})
		require.Equal(t, many-1, completed(t, w))
		require.Equal(t, 1, w.count(t, "SELECT count(*) FROM tasktower.jobs WHERE state = 'retrying'"))
		require.Zero(t, leases(t, w))
	})
	t.Run("answers cancel requests", func(t *testing.T) {
		t.Parallel()
		w, _, results := start(t)
		state, err := w.Cancel(t.Context(), results[5].ID, "too late")
		require.NoError(t, err)
		require.Equal(t, job.Processing, state)
		settle(t, w, results, ports.Settled{})
		require.Zero(t, w.count(t, "SELECT count(*) FROM tasktower.cancel_request"))
	})
}
