package engine_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/core/engine"
	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/ports/portstest"
)

func TestRunDue_RunsWhatAClaimTookWhoseAnswerWasLost(t *testing.T) {
	t.Parallel()
	w := newWorld(t, portstest.Fault{Method: "Claim", Call: 1, After: true})
	id := w.enqueue(1)[0]
	worker := engine.New(w.config(nothing))
	_, _, err := worker.RunDue(t.Context(), 10)
	require.ErrorIs(t, err, job.ErrUnavailable)
	attempts, _, err := worker.RunDue(t.Context(), 10)
	require.NoError(t, err)
	require.Equal(t, 1, attempts)
	require.Equal(t, job.Completed, w.get(id).State)
}
