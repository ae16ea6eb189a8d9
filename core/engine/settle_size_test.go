package engine_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/core/event"
	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/ports"
)

// weighed is a store that keeps the size of the largest settle.
type weighed struct {
	ports.Store
	results, bytes int
}

func (s *weighed) Settle(ctx context.Context, results []*job.Settlement) (ports.Settled, error) {
	bytes := 0
	for _, r := range results {
		if r.Failure != nil {
			bytes += len(r.Failure.Message)
		}
	}
	s.results, s.bytes = max(s.results, len(results)), max(s.bytes, bytes)
	time.Sleep(time.Second) // others gather
	return s.Store.Settle(ctx, results)
}

func TestSettle_BoundsABatchByItsTextsToo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.enqueue(6000)
		scream := errors.New(strings.Repeat("a", 8<<10))
		cfg := w.config(func(context.Context, *job.Record) error { return scream })
		store := &weighed{Store: w.store}
		cfg.Store, cfg.Concurrency, cfg.Kinds[0].MaxRetries = store, 1000, 0
		w.start(cfg)
		time.Sleep(5 * time.Minute)
		synctest.Wait()
		require.Greater(t, store.results, 900)
		require.LessOrEqual(t, store.bytes, 8<<20+8<<10)
	})
}

// timed is a store that keeps when results came.
type timed struct {
	ports.Store
	at    []time.Duration
	began time.Time
}

func (s *timed) Settle(ctx context.Context, results []*job.Settlement) (ports.Settled, error) {
	s.at = append(s.at, time.Since(s.began))
	return s.Store.Settle(ctx, results)
}

// Each commit costs the same, so results that follow each other share some. One that comes alone
// does not wait for others.
func TestSettle_GathersResultsThatFollowEachOther(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		store := &timed{Store: w.store}
		cfg := w.config(nothing)
		cfg.Store = store
		stop := w.start(cfg)
		time.Sleep(time.Second)
		store.began = time.Now()
		for range 20 {
			w.enqueue(1)
			time.Sleep(time.Millisecond)
		}
		time.Sleep(time.Second)
		w.enqueue(1)
		time.Sleep(time.Second)
		synctest.Wait()
		require.Len(t, w.heard.of(event.JobCompleted), 21)
		require.Zero(t, store.at[0], "nothing came before")
		require.LessOrEqual(t, len(store.at), 6)
		require.Equal(t, 1020*time.Millisecond, store.at[len(store.at)-1])
		stop()
	})
}
