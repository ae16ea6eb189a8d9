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

// A handler may go on while its job is claimed anew: only the new claim is meant.
func TestSlots_WithdrawTheLatestClaimOfAJob(t *testing.T) {
	t.Parallel()
	s := newSlots(3, nil)
	s.inline = true
	again, other := &job.Record{ID: job.ID{1}, Queue: "q"}, &job.Record{ID: job.ID{2}, Queue: "q"}
	ids := []job.ID{again.ID, {9}}
	old := s.enter(held{record: again})
	waiting, active := s.withdraw(ids)
	require.Empty(t, waiting)
	require.Equal(t, []*slot{old}, active)

	s.add([]*job.Record{other, again}, time.Time{})
	waiting, active = s.withdraw(ids)
	require.Len(t, waiting, 1)
	require.Same(t, again, waiting[0].record)
	require.Empty(t, active)
	require.Same(t, other, s.next().job.record, "others wait on")
	require.Empty(t, s.queue[s.head:])

	fresh := s.enter(held{record: again})
	_, active = s.withdraw(ids)
	require.Equal(t, []*slot{fresh}, active)
	s.finish(old)
	_, running, _ := s.books()
	require.Equal(t, 1, running)
}

func TestSlots_ForgetQueuesOfWhichTheyHoldNothing(t *testing.T) {
	t.Parallel()
	s := newSlots(3, nil)
	s.inline = true
	a := s.enter(held{record: &job.Record{Queue: "a"}})
	s.add([]*job.Record{{Queue: "b"}, {Queue: "a"}}, time.Time{})
	byQueue, _, _ := s.books()
	require.Equal(t, map[string]int{"a": 2, "b": 1}, byQueue)
	s.takeAll()
	byQueue, _, _ = s.books()
	require.Equal(t, map[string]int{"a": 1}, byQueue)
	s.finish(a)
	byQueue, _, _ = s.books()
	require.Empty(t, byQueue)
	require.Empty(t, s.byQueue)
}
