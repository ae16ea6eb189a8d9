package memory_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/adapters/memory"
	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/core/queue"
	"github.com/task-tower/tasktower/ports"
)

func TestBasic(t *testing.T) {
	s := memory.New(memory.Config{})
	ctx := t.Context()
	n, err := s.Register(ctx, ports.Worker{ID: "w"}, time.Minute)
	require.NoError(t, err)
	_, err = s.Enqueue(ctx, []*job.Spec{{ID: job.ID{1}, Kind: "k", Queue: "q"}, {ID: job.ID{2}, Kind: "k", Queue: "q", Priority: 3}})
	require.NoError(t, err)
	lease := job.NewLease(n, 1)
	got, err := s.Claim(ctx, ports.ClaimRequest{Lease: lease, Plan: queue.Plan{Rest: queue.RestAlphaNumeric}, Kinds: []string{"k"}, Limit: 5})
	require.NoError(t, err)
	require.Len(t, got, 2)
	require.Equal(t, int16(3), got[0].Priority)
	res := []*job.Settlement{{ID: got[0].ID, Lease: lease, Seq: got[0].Seq, To: job.Completed, Cause: job.CauseSuccess, Attempt: 1}}
	for range 2 {
		st, err := s.Settle(ctx, res)
		require.NoError(t, err)
		require.Equal(t, ports.Settled{}, st)
	}
	h, err := s.History(ctx, got[0].ID)
	require.NoError(t, err)
	require.Len(t, h, 3)
}
