package engine_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/core/engine"
	"github.com/task-tower/tasktower/core/event"
	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/ports"
	"github.com/task-tower/tasktower/ports/portstest"
)

// pruning is a worker that keeps completed jobs for an hour.
func (w *world) pruning(kind job.Retention) engine.Config {
	cfg := w.config(func(context.Context, *job.Record) error { return nil })
	cfg.PruneInterval = time.Minute
	// Virtual hours cost what the polls within them cost.
	cfg.JobCheckInterval, cfg.QueueAnnouncementInterval, cfg.RescueInterval = time.Minute, time.Minute, 0
	cfg.Heartbeat, cfg.Lease = time.Minute, 10*time.Minute
	cfg.Retention = job.Retention{Completed: time.Hour}.Or(job.DefaultRetention())
	cfg.Kinds[0].Retention = kind
	return cfg
}

func (w *world) requireKept(kept bool, ids ...job.ID) {
	w.Helper()
	for _, id := range ids {
		_, err := w.memory.Get(w.Context(), id)
		if kept {
			require.NoError(w, err)
		} else {
			require.ErrorIs(w, err, job.ErrNotFound)
		}
	}
}

func TestPruner_LetsGoOfJobsAfterTheirTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		ids := w.enqueue(2500)
		stop := w.start(w.pruning(job.Retention{}))
		time.Sleep(59 * time.Minute)
		w.requireKept(true, ids...)
		time.Sleep(4 * time.Minute)
		w.requireKept(false, ids...)
		stop()
		total := 0
		for _, e := range w.heard.of(event.JobsPruned) {
			total += e.Count
		}
		require.Equal(t, len(ids), total)
	})
}

func TestPruner_KeepsAKindAsItSaysWhicheverWorkerPrunes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		ids := w.enqueue(3)
		stop := w.start(w.pruning(job.Retention{Completed: job.KeepForever}))
		time.Sleep(time.Minute)
		stop()
		other := w.pruning(job.Retention{})
		other.Kinds[0].Name = "another"
		stop = w.start(other)
		time.Sleep(2 * time.Hour)
		w.requireKept(true, ids...)
		stop()
	})
}

func TestPruner_GoesOnAfterAnOutage(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, portstest.Fault{Method: "Retain", Call: 1}, portstest.Fault{Method: "Prune", Call: 61})
		ids := w.enqueue(3)
		stop := w.start(w.pruning(job.Retention{}))
		time.Sleep(50 * time.Minute)
		w.store.Break(portstest.Fault{Method: "Prune"})
		time.Sleep(20 * time.Minute)
		w.requireKept(true, ids...)
		w.store.Heal()
		time.Sleep(2 * time.Minute)
		w.requireKept(false, ids...)
		stop()
	})
}

// slowPruner is a store that cannot look at more than so many jobs in time.
type slowPruner struct {
	ports.Store
	most  int
	asked []int
}

func (s *slowPruner) Prune(ctx context.Context, limit int) (ports.Pruned, error) {
	s.asked = append(s.asked, limit)
	if limit > s.most {
		return ports.Pruned{}, job.ErrUnavailable
	}
	return s.Store.Prune(ctx, limit)
}

func TestPruner_LooksAtFewerJobsAtOnceIfTheStoreIsSlow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		ids := w.enqueue(300)
		cfg := w.pruning(job.Retention{})
		slow := &slowPruner{Store: cfg.Store, most: 100}
		cfg.Store = slow
		stop := w.start(cfg)
		time.Sleep(65 * time.Minute)
		w.requireKept(false, ids...)
		stop()
		require.Equal(t, []int{1000, 250, 62}, slow.asked[:3])
	})
}

func TestPruner_LeavesItToOthersIfToldSo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		ids := w.enqueue(3)
		cfg := w.pruning(job.Retention{})
		cfg.PruneInterval = 0
		stop := w.start(cfg)
		time.Sleep(3 * time.Hour)
		w.requireKept(true, ids...)
		stop()
	})
}
