package engine_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/core/job"
)

// caught is jobs that a crash caught: each of them is a suspect once it is rescued.
func (w *world) caught(n int) []job.ID {
	w.Helper()
	ids := w.enqueue(n, func(s *job.Spec) { s.DisplayName = "suspect" })
	require.Len(w, w.ghost(n), n)
	return ids
}

// watched runs suspects for so long, other jobs for a second, and writes down which
// suspects run where.
type watched struct {
	lasts time.Duration

	mu      sync.Mutex
	running map[string]int // suspects now, by worker
	most    int            // of them at once, by one worker
	ran     map[string]int // suspects, by worker
	order   []job.ID       // in which suspects began
	first   time.Time      // when the first one did
}

func newWatched(lasts time.Duration) *watched {
	return &watched{lasts: lasts, running: map[string]int{}, ran: map[string]int{}}
}

func (o *watched) run(ctx context.Context, r *job.Record) error {
	if r.DisplayName != "suspect" {
		time.Sleep(time.Second)
		return nil
	}
	o.begin(r)
	defer o.end(r)
	select {
	case <-time.After(o.lasts):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (o *watched) begin(r *job.Record) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.running[r.Worker]++
	o.ran[r.Worker]++
	o.most = max(o.most, o.running[r.Worker])
	if o.order = append(o.order, r.ID); len(o.order) == 1 {
		o.first = time.Now()
	}
}

func (o *watched) end(r *job.Record) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.running[r.Worker]--
}

// many starts n workers of 20 slots each.
func (w *world) many(n int, o *watched) (stop func()) {
	w.Helper()
	var stops []func()
	for range n {
		cfg := w.config(o.run)
		cfg.Concurrency = 20
		stops = append(stops, w.start(cfg))
	}
	return func() {
		for _, stop := range stops {
			stop()
		}
	}
}

// rescued is when all that ghosts held is due again.
const rescued = lease + 2*heartbeat

func TestSuspects_RunOnAllWorkersAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		ids := w.caught(20)
		o := newWatched(time.Minute)
		stop := w.many(4, o)
		time.Sleep(rescued + 5*time.Minute + 10*time.Second)
		synctest.Wait()
		require.Len(t, o.ran, 4, "workers that ran suspects")
		require.Equal(t, 1, o.most, "at once in one process")
		for _, id := range ids {
			rec := w.get(id)
			require.Equal(t, job.Completed, rec.State)
			require.Equal(t, []int{2, 1}, []int{rec.Attempt, rec.Crashes}, "one run was lost, one counts")
		}
		stop()
	})
}

// While a suspect runs, the others wait in their places: no worker holds them, and
// none claims them over and over.
func TestSuspects_WaitInTheStore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		ids := w.caught(50)
		o := newWatched(time.Hour)
		stop := w.many(2, o)
		time.Sleep(rescued)
		require.Equal(t, 2, w.count(job.Processing), "what runs, and nothing else")
		plain := w.enqueue(100)
		time.Sleep(10 * time.Second)
		for _, id := range plain {
			require.Equal(t, job.Completed, w.get(id).State, "jobs behind the suspects do not wait for them")
		}
		time.Sleep(50 * time.Minute)
		for _, id := range ids {
			history, err := w.memory.History(t.Context(), id)
			require.NoError(t, err)
			require.LessOrEqual(t, len(history), 3+2*2, "each worker met it once")
		}
		stop()
	})
}

func TestSuspects_KeepTheirOrder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		ids := w.caught(30)
		o := newWatched(10 * time.Millisecond)
		stop := w.many(1, o)
		for w.count(job.Completed) < len(ids) {
			time.Sleep(10 * time.Millisecond)
		}
		require.Less(t, time.Since(o.first), time.Second, "the next one runs as soon as one has ended")
		require.Equal(t, ids, o.order)
		stop()
	})
}
