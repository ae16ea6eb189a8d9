package memory_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/adapters/memory"
	"github.com/task-tower/tasktower/core/job"
)

func TestStore_IsDeterministic(t *testing.T) {
	t.Parallel()
	play := func() string {
		b := setup(t, memory.Config{Clock: &clock{now: time.Unix(1e9, 0)}})
		for i := range 50 {
			s := b.spec()
			s.Queue = fmt.Sprint("q", i%7)
			s.Priority = int16(i % 3)
			b.enqueue(s)
		}
		var log string
		for range 5 {
			for _, r := range b.claim(9) {
				log += fmt.Sprintln(r.ID, r.ClaimedAt, r.Seq)
			}
		}
		page, err := b.List(t.Context(), job.Filter{Limit: 200})
		require.NoError(t, err)
		counts, err := b.Counts(t.Context(), 10)
		require.NoError(t, err)
		for _, r := range page.Jobs {
			r.Worker = ""
			log += fmt.Sprintln(*r)
		}
		return log + fmt.Sprint(counts)
	}
	require.Equal(t, play(), play())
}
