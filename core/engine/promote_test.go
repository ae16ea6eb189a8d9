package engine_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/core/job"
)

// The polls are a second apart, but a timer ends when the next job falls due, and
// hints of sooner ones set it anew.
func TestPromote_StartsJobsAtTheVeryInstant(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		starts := map[job.ID]time.Time{}
		cfg := w.config(func(_ context.Context, r *job.Record) error {
			starts[r.ID] = time.Now()
			return nil
		})
		cfg.Concurrency = 1
		w.start(cfg)
		synctest.Wait()
		var ids []job.ID
		for _, d := range []time.Duration{time.Hour, 3 * time.Second, 1717 * time.Millisecond, 90 * time.Minute, 40 * time.Millisecond} {
			ids = append(ids, w.enqueue(1, func(s *job.Spec) { s.Delay = d })...)
			synctest.Wait()
		}
		time.Sleep(2 * time.Hour)
		synctest.Wait()
		for _, id := range ids {
			require.Equal(t, w.get(id).RunAt, job.Micro(starts[id]), "not early, and not late at all")
		}
	})
}
