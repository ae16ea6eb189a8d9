package postgres

import (
	"slices"
	"testing"
	"time"

	google "github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/core/queue"
	"github.com/task-tower/tasktower/ports"
)

// all follows a list to its end, over so many pages at most.
func (s *Store) all(t *testing.T, f job.Filter, pages int) []job.ID {
	t.Helper()
	var ids []job.ID
	for range pages {
		page, err := s.List(t.Context(), f)
		require.NoError(t, err)
		for _, r := range page.Jobs {
			ids = append(ids, r.ID)
		}
		if page.Next == "" {
			return ids
		}
		f.After = page.Next
	}
	require.Fail(t, "the list has more pages", "%d", pages)
	return nil
}

func TestList_FindsEveryOneOfManyWaitingJobs(t *testing.T) {
	t.Parallel()
	store := openInside(t)
	specs := make([]*job.Spec, 3*maxFew)
	var scheduled, enqueued []job.ID
	for i := range specs {
		specs[i] = &job.Spec{ID: job.ID(google.Must(google.NewV7())), Kind: "k", Queue: "q", Payload: []byte("{}")}
		if i%2 == 0 {
			specs[i].Delay = time.Hour
			scheduled = append(scheduled, specs[i].ID)
		} else {
			enqueued = append(enqueued, specs[i].ID)
		}
	}
	_, err := store.Enqueue(t.Context(), specs)
	require.NoError(t, err)
	number, err := store.Register(t.Context(), ports.Worker{ID: "w", Slots: 1}, time.Hour)
	require.NoError(t, err)
	claimed, err := store.Claim(t.Context(), ports.ClaimRequest{
		Lease: job.NewLease(number, 1), Kinds: []string{"k"}, Limit: 100, Plan: queue.Plan{Rest: queue.RestAlphaNumeric},
	})
	require.NoError(t, err)
	require.Len(t, claimed, 100)

	slices.Reverse(scheduled)
	slices.Reverse(enqueued)
	require.Equal(t, enqueued[:len(enqueued)-100], store.all(t, job.Filter{State: job.Enqueued, Limit: job.MaxListLimit}, 100))
	require.Equal(t, scheduled, store.all(t, job.Filter{State: job.Scheduled, Limit: job.MaxListLimit}, 100))
	require.Empty(t, store.all(t, job.Filter{State: job.Retrying}, 5), "looked for among the newest, some at a time")
	require.Len(t, store.all(t, job.Filter{State: job.Enqueued, IDs: enqueued[:3]}, 1), 3)
}

func TestList_LooksAtSoManyJobsForAPage(t *testing.T) {
	t.Parallel()
	store := openInside(t)
	_, err := store.pool.Exec(t.Context(), fill(`
		SELECT set_config('tasktower.direct', 'on', false);
		INSERT INTO {schema}.job (kind, queue) SELECT CASE WHEN n = 1 THEN 'rare' ELSE 'common' END, 'q' FROM generate_series(1, 50000) n;
		INSERT INTO {schema}.history (bucket, seq, job_id, ended_at, state, cause, attempt, failures, crashes, final)
		SELECT 0, 0, id, now(), CASE WHEN kind = 'rare' THEN 5 ELSE 6 END, 3, 1, 0, 0, true FROM {schema}.job`, DefaultSchema),
		pgx.QueryExecModeSimpleProtocol)
	require.NoError(t, err)
	page, err := store.List(t.Context(), job.Filter{State: job.Completed})
	require.NoError(t, err)
	require.Empty(t, page.Jobs)
	require.NotEmpty(t, page.Next)
	require.Len(t, store.all(t, job.Filter{State: job.Completed}, 5), 1)
	require.Len(t, store.all(t, job.Filter{Kinds: []string{"rare"}}, 5), 1)
	require.Empty(t, store.all(t, job.Filter{State: job.Cancelled, Kinds: []string{"rare"}}, 5))
}
