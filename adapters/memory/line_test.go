package memory

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/core/job"
)

func TestTally_HasAPlaceForEachStateAndBreaksOnNone(t *testing.T) {
	t.Parallel()
	var counts tally
	for i, s := range job.States() {
		require.Equal(t, i, place(s))
	}
	require.Len(t, job.States(), numStates)
	*counts.of("done")++
	for _, s := range job.States() {
		require.Zero(t, *counts.of(s))
	}
}
