package memory_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/adapters/memory"
	"github.com/task-tower/tasktower/core/job"
)

func TestTx_TakesIdsAndKeysUntilItEnds(t *testing.T) {
	t.Parallel()
	b := setup(t, memory.Config{})
	tx := b.Begin()
	part, err := b.InTx(tx)
	require.NoError(t, err)
	mine := b.spec()
	mine.UniqueKey = "u"
	_, err = part.Enqueue(t.Context(), []*job.Spec{mine})
	require.NoError(t, err)

	_, err = b.Enqueue(t.Context(), []*job.Spec{mine})
	require.ErrorIs(t, err, job.ErrConflict)
	other := b.spec()
	other.UniqueKey = "u"
	out, err := b.Enqueue(t.Context(), []*job.Spec{other})
	require.NoError(t, err)
	require.Equal(t, map[int]job.ID{0: mine.ID}, out.Held)

	require.NoError(t, tx.Rollback())
	b.enqueue(other)
}

func TestTx_CommitsNothingIfALeaseWasLostOnTheWay(t *testing.T) {
	t.Parallel()
	b := setup(t, memory.Config{})
	b.enqueue(b.spec())
	r := b.claim(1)[0]
	tx := b.Begin()
	part, err := b.InTx(tx)
	require.NoError(t, err)
	_, err = part.Enqueue(t.Context(), []*job.Spec{b.spec()})
	require.NoError(t, err)
	done := &job.Settlement{ID: r.ID, Lease: r.Lease, Seq: r.Seq, To: job.Completed, Cause: job.CauseSuccess, Attempt: 1}
	_, err = part.Settle(t.Context(), []*job.Settlement{done})
	require.NoError(t, err)

	b.end(job.Dead, r)
	require.ErrorIs(t, tx.Commit(), job.ErrLeaseLost)
	require.False(t, b.has(2))
	require.ErrorIs(t, tx.Commit(), job.ErrInvalid, "it is over")
}

func TestTx_CommitsNothingIfAJobThatShouldRunAgainWasCancelledOnTheWay(t *testing.T) {
	t.Parallel()
	b := setup(t, memory.Config{})
	b.enqueue(b.spec())
	r := b.claim(1)[0]
	tx := b.Begin()
	part, err := b.InTx(tx)
	require.NoError(t, err)
	again := &job.Settlement{ID: r.ID, Lease: r.Lease, Seq: r.Seq, To: job.Retrying, Cause: job.CauseFailure, Attempt: 1}
	_, err = part.Settle(t.Context(), []*job.Settlement{again})
	require.NoError(t, err)

	_, err = b.Cancel(t.Context(), r.ID, "")
	require.NoError(t, err)
	require.ErrorIs(t, tx.Commit(), job.ErrConflict)
	b.end(job.Completed, r)
}

func TestTx_BelongsToOneStore(t *testing.T) {
	t.Parallel()
	b := setup(t, memory.Config{})
	_, err := b.InTx(memory.New(memory.Config{}).Begin())
	require.ErrorIs(t, err, job.ErrInvalid)
	_, err = b.InTx((*memory.Tx)(nil))
	require.ErrorIs(t, err, job.ErrInvalid)
}

func TestTx_EndsWithItsStore(t *testing.T) {
	t.Parallel()
	b := setup(t, memory.Config{})
	tx := b.Begin()
	require.NoError(t, b.Close())
	require.NoError(t, b.Close(), "twice is harmless")
	require.ErrorIs(t, tx.Commit(), job.ErrClosed)
}
