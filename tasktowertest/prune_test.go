package tasktowertest_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower"
	"github.com/task-tower/tasktower/tasktowertest"
)

func TestAdvance_ForgetsJobsWhoseRetentionIsOver(t *testing.T) {
	t.Parallel()
	done := func(context.Context, *tasktower.Job[Step]) error { return nil }
	h := tasktowertest.New(t, tasktower.HandleFunc(done, tasktower.Retain(tasktower.Retention{Completed: 2 * time.Hour})))
	rec, err := h.Client.Enqueue(t.Context(), Step{})
	require.NoError(t, err)
	h.Drain(t)
	h.Advance(t, time.Hour+59*time.Minute)
	h.RequireState(t, rec.ID, tasktower.Completed)
	h.Advance(t, 2*time.Minute)
	_, err = h.Client.Get(t.Context(), rec.ID)
	require.ErrorIs(t, err, tasktower.ErrNotFound)
}
