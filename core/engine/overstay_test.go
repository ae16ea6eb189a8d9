package engine_test

import (
	"context"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/core/job"
)

// However a handler that was abandoned ends at last, nobody counts it any more.
func TestOverstaying_IsOverWithTheHandler(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func() error{
		"it returns":              func() error { return nil },
		"it fails":                func() error { return context.DeadlineExceeded },
		"it panics":               func() error { panic("late") },
		"it ends its goroutine":   func() error { runtime.Goexit(); return nil },
		"it is cancelled as well": nil,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				const lasts = 20 * time.Second
				cfg := w.config(func(context.Context, *job.Record) error {
					time.Sleep(lasts)
					if end == nil {
						return nil
					}
					return end()
				})
				cfg.Timeout = time.Second
				stop := w.start(cfg)
				counted := func() int {
					workers, err := w.memory.Workers(t.Context())
					require.NoError(t, err)
					return workers[0].Overstaying
				}
				id := w.enqueue(1, func(s *job.Spec) { s.MaxRetries = 0 })[0]
				synctest.Wait()
				if end == nil {
					_, err := w.memory.Cancel(t.Context(), id, "")
					require.NoError(t, err)
				}
				time.Sleep(cfg.Timeout + overstay + heartbeat)
				require.Equal(t, 1, counted())
				require.True(t, w.get(id).State.Final(), "its job is settled")
				time.Sleep(lasts)
				require.Zero(t, counted())
				stop()
			})
		})
	}
}
