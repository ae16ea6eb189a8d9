package memory_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/adapters/memory"
	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/ports"
)

func (b *bench) expire() int {
	b.t.Helper()
	n, err := b.Expire(b.t.Context(), 10)
	require.NoError(b.t, err)
	return n
}

func (b *bench) state(s *job.Spec) job.State {
	b.t.Helper()
	r, err := b.Get(b.t.Context(), s.ID)
	require.NoError(b.t, err)
	return r.State
}

// It may be given back.
func TestExpire_LooksAgainAtJobsThatRunPastTheirDeadline(t *testing.T) {
	t.Parallel()
	clock := &clock{now: time.Now()}
	b := setup(t, memory.Config{Clock: clock})
	s := b.spec()
	s.DeadlineIn = time.Minute
	b.enqueue(s)
	r := b.claim(1)[0]
	clock.advance(2 * time.Minute)
	require.Zero(t, b.expire())
	require.Zero(t, b.expire(), "soon, but not at once")
	require.Equal(t, job.Processing, b.state(s))
	_, err := b.Settle(t.Context(), []*job.Settlement{{ID: r.ID, Lease: r.Lease, Seq: r.Seq, To: job.Enqueued, Cause: job.CauseRelease}})
	require.NoError(t, err)
	clock.advance(time.Minute)
	require.Equal(t, 1, b.expire())
	require.Equal(t, job.Dead, b.state(s))
}

func TestExpire_LooksAgainAtJobsThatAreRequeuedPastTheirDeadline(t *testing.T) {
	t.Parallel()
	clock := &clock{now: time.Now()}
	b := setup(t, memory.Config{Clock: clock})
	s := b.spec()
	s.DeadlineIn = time.Minute
	b.enqueue(s)
	b.end(job.Completed, b.claim(1)...)
	clock.advance(2 * time.Minute)
	require.Zero(t, b.expire())
	require.NoError(t, b.Requeue(t.Context(), s.ID, ""))
	clock.advance(time.Minute)
	require.Equal(t, 1, b.expire())
	require.Equal(t, job.Dead, b.state(s))
}

func TestLost_FindsJobsHoweverLongTheirWorkerIsGone(t *testing.T) {
	t.Parallel()
	clock := &clock{now: time.Now()}
	b := setup(t, memory.Config{Clock: clock})
	b.enqueue(b.spec())
	held := b.claim(1)
	clock.advance(26 * time.Hour)
	workers, err := b.Workers(t.Context())
	require.NoError(t, err)
	require.Empty(t, workers, "it is not listed")
	_, err = b.Register(t.Context(), ports.Worker{ID: uuid.NewString()}, time.Hour)
	require.NoError(t, err)
	_, err = b.Prune(t.Context(), 10)
	require.NoError(t, err)
	lost, err := b.Lost(t.Context(), 10)
	require.NoError(t, err)
	require.Equal(t, held, lost)

	crashed := &job.Settlement{ID: held[0].ID, Lease: held[0].Lease, Seq: held[0].Seq, To: job.Enqueued, Cause: job.CauseRescue, Crashes: 1}
	_, err = b.Settle(t.Context(), []*job.Settlement{crashed})
	require.NoError(t, err)
	lost, err = b.Lost(t.Context(), 10)
	require.NoError(t, err)
	require.Empty(t, lost)
}
