package system_test

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/adapters/system"
	"github.com/task-tower/tasktower/core/job"
)

type fixed struct{ at time.Time }

func (f *fixed) Now() time.Time { return f.at }

func TestIDs_AreUUIDv7OfTheirMillisecond(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 4, 5, 6, 7, 8e6, time.UTC)
	ids := &system.IDs{Clock: &fixed{at: at}}

	for range 1000 {
		id := ids.NewID()
		require.Equal(t, uuid.Version(7), uuid.UUID(id).Version())
		require.Equal(t, uuid.RFC4122, uuid.UUID(id).Variant())
		require.Equal(t, at, id.Time())
	}
}

func TestIDs_GrowWhenTheClockGoesBack(t *testing.T) {
	t.Parallel()
	clock := &fixed{at: time.Now()}
	ids := &system.IDs{Clock: clock}

	before := ids.NewID()
	clock.at = clock.at.Add(-time.Hour)
	after := ids.NewID()
	require.Equal(t, 1, after.Compare(before))

	clock.at = clock.at.Add(2 * time.Hour)
	require.Equal(t, clock.at.UnixMilli(), ids.NewID().Time().UnixMilli())
}

func TestIDs_GrowForEachOfManyGoroutines(t *testing.T) {
	t.Parallel()
	const goroutines, each = 8, 5000
	ids := &system.IDs{}
	made := make([][]job.ID, goroutines)
	var wg sync.WaitGroup
	for g := range goroutines {
		wg.Go(func() {
			for range each {
				made[g] = append(made[g], ids.NewID())
			}
		})
	}
	wg.Wait()

	seen := map[job.ID]bool{}
	for _, own := range made {
		for i, id := range own {
			require.False(t, seen[id])
			seen[id] = true
			if i > 0 {
				require.Equal(t, 1, id.Compare(own[i-1]))
			}
		}
	}
}

func TestIDs_FollowTheClockOfABubble(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ids := &system.IDs{}
		first := ids.NewID()
		time.Sleep(time.Hour)
		require.Equal(t, time.Hour, ids.NewID().Time().Sub(first.Time()))
		require.True(t, system.Clock{}.Now().Equal(time.Now()))
	})
}

func BenchmarkIDs(b *testing.B) {
	ids := &system.IDs{}
	for b.Loop() {
		ids.NewID()
	}
}
