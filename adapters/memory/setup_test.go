package memory_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/adapters/memory"
	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/core/queue"
	"github.com/task-tower/tasktower/ports"
)

// bench is a store with one worker at it.
type bench struct {
	*memory.Store
	t      *testing.T
	worker int64
	claims int64
	ids    byte
}

func setup(t *testing.T, c memory.Config) *bench {
	t.Helper()
	b := &bench{Store: memory.New(c), t: t}
	number, err := b.Register(t.Context(), ports.Worker{ID: uuid.NewString()}, time.Hour)
	require.NoError(t, err)
	b.worker = number
	return b
}

func numbered(n byte) job.ID { return job.ID{6: 0x70, 15: n} }

// spec is a job whose id counts up from 1.
func (b *bench) spec() *job.Spec {
	b.ids++
	return &job.Spec{ID: numbered(b.ids), Kind: "k", Queue: "q", Payload: []byte(`1`)}
}

func (b *bench) enqueue(specs ...*job.Spec) {
	b.t.Helper()
	_, err := b.Enqueue(b.t.Context(), specs)
	require.NoError(b.t, err)
}

func (b *bench) claim(limit int) []*job.Record {
	b.t.Helper()
	b.claims++
	got, err := b.Claim(b.t.Context(), ports.ClaimRequest{
		Lease: job.NewLease(b.worker, b.claims), Plan: queue.Plan{Rest: queue.RestByAge}, Kinds: []string{"k"}, Limit: limit,
	})
	require.NoError(b.t, err)
	return got
}

// end settles records as completed, or as dead with a notice.
func (b *bench) end(to job.State, records ...*job.Record) {
	b.t.Helper()
	for _, r := range records {
		s := &job.Settlement{ID: r.ID, Lease: r.Lease, Seq: r.Seq, To: to, Cause: job.CauseSuccess, Attempt: r.Attempt}
		if to == job.Dead {
			s.Cause, s.DeadReason, s.Notice = job.CauseFailure, job.DeadRetries, true
		}
		out, err := b.Settle(b.t.Context(), []*job.Settlement{s})
		require.NoError(b.t, err)
		require.Equal(b.t, ports.Settled{}, out)
	}
}

func (b *bench) has(id byte) bool {
	b.t.Helper()
	_, err := b.Get(b.t.Context(), numbered(id))
	if err != nil {
		require.ErrorIs(b.t, err, job.ErrNotFound)
	}
	return err == nil
}
