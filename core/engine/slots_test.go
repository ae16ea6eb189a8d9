package engine

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/core/job"
)

// A busy worker claims ahead, so that its slots never run dry. What it holds must
// not grow with the jobs that it has run.
func TestSlots_HoldNoMoreRoomThanTheJobsThatWait(t *testing.T) {
	t.Parallel()
	s := newSlots(1, nil)
	s.inline = true // the test takes what the slots would
	claimed := make([]*job.Record, 10)
	for i := range claimed {
		claimed[i] = &job.Record{Queue: "q"}
	}
	s.add(claimed, time.Time{})
	for range 10_000 {
		s.add(claimed, time.Time{})
		for range claimed {
			require.NotNil(t, s.next())
		}
	}
	require.Equal(t, 10, len(s.queue)-s.head)
	require.LessOrEqual(t, cap(s.queue), 128)
}
