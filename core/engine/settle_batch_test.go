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

// settles is a store that keeps what it was told of results, and takes its time.
type settles struct {
	ports.Store
	takes time.Duration
	began time.Time
	at    []time.Duration // of each call, since it began

	results, bytes int // of the largest
}

func (s *settles) Settle(ctx context.Context, results []*job.Settlement) (ports.Settled, error) {
	bytes := 0
	for _, r := range results {
		if r.Failure != nil {
			bytes += len(r.Failure.Message)
		}
	}
	s.at = append(s.at, time.Since(s.began))
	s.results, s.bytes = max(s.results, len(results)), max(s.bytes, bytes)
	time.Sleep(s.takes)
	return s.Store.Settle(ctx, results)
}

func TestSettle_BoundsABatchByItsTextsToo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.enqueue(6000)
		scream := errors.New(strings.Repeat("a", 8<<10))
		cfg := w.config(func(context.Context, *job.Record) error { return scream })
		store := &settles{Store: w.store, takes: time.Second} // others gather
		cfg.Store, cfg.Concurrency, cfg.Kinds[0].MaxRetries = store, 1000, 0
		w.start(cfg)
		time.Sleep(5 * time.Minute)
		synctest.Wait()
		require.Greater(t, store.results, 900)
		require.LessOrEqual(t, store.bytes, 8<<20+8<<10)
	})
}

// Each commit costs the same, so results that follow each other share some. One that comes alone
// does not wait for others.
func TestSettle_GathersResultsThatFollowEachOther(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		store := &settles{Store: w.store}
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
