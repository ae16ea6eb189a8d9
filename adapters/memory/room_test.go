package memory_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/adapters/memory"
	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/ports"
)

func TestRoom_ForgetsTheJobThatFinishedFirst(t *testing.T) {
	t.Parallel()
	b := setup(t, memory.Config{MaxJobs: 3})
	b.enqueue(b.spec(), b.spec(), b.spec())
	got := b.claim(3)
	b.end(job.Completed, got[1], got[0])

	b.enqueue(b.spec())
	require.False(t, b.has(2))
	require.True(t, b.has(1))
	b.enqueue(b.spec())
	require.False(t, b.has(1))
	require.True(t, b.has(3), "it runs")

	page, err := b.List(t.Context(), job.Filter{})
	require.NoError(t, err)
	require.Len(t, page.Jobs, 3)
}

func TestRoom_RefusesWhereNothingCanBeForgotten(t *testing.T) {
	t.Parallel()
	b := setup(t, memory.Config{MaxJobs: 2})
	b.enqueue(b.spec())
	_, err := b.Enqueue(t.Context(), []*job.Spec{b.spec(), b.spec()})
	require.ErrorIs(t, err, job.ErrUnavailable)
	var limit *memory.LimitError
	require.ErrorAs(t, err, &limit)
	require.Equal(t, memory.LimitError{What: "jobs", Limit: 2}, *limit)
	require.ErrorContains(t, err, "2 jobs, as many as MaxJobs allows")
	require.False(t, b.has(2), "all or none")
	b.enqueue(b.spec())
}

func TestRoom_TakesARepeatedCallThoughFull(t *testing.T) {
	t.Parallel()
	b := setup(t, memory.Config{MaxJobs: 1})
	s := b.spec()
	b.enqueue(s)
	b.enqueue(s)
}

func TestRoom_KeepsWhatIsStillOfInterest(t *testing.T) {
	t.Parallel()
	b := setup(t, memory.Config{MaxJobs: 3})
	owed, keyed, plain := b.spec(), b.spec(), b.spec()
	keyed.UniqueKey, keyed.UniqueFor = "u", time.Hour
	b.enqueue(owed, keyed, plain)
	got := b.claim(3)
	b.end(job.Dead, got[0])
	b.end(job.Completed, got[1], got[2])

	b.enqueue(b.spec())
	require.False(t, b.has(3))
	require.True(t, b.has(1), "its Death interceptors have yet to run")
	require.True(t, b.has(2), "its key is held")
	_, err := b.Enqueue(t.Context(), []*job.Spec{b.spec()})
	require.ErrorIs(t, err, job.ErrUnavailable)

	require.NoError(t, b.FinishDeaths(t.Context(), got[0].Lease.Worker(), []ports.DeathID{{Job: owed.ID, Seq: got[0].Seq + 1}}))
	b.enqueue(b.spec())
	require.False(t, b.has(1))
}

func TestRoom_CountsWhatATransactionHasTaken(t *testing.T) {
	t.Parallel()
	b := setup(t, memory.Config{MaxJobs: 1})
	tx := b.Begin()
	part, err := b.InTx(tx)
	require.NoError(t, err)
	_, err = part.Enqueue(t.Context(), []*job.Spec{b.spec()})
	require.NoError(t, err)
	_, err = b.Enqueue(t.Context(), []*job.Spec{b.spec()})
	require.ErrorIs(t, err, job.ErrUnavailable)
	require.NoError(t, tx.Rollback())
	b.enqueue(b.spec())
}
