package engine_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/core/engine"
	"github.com/task-tower/tasktower/core/intercept"
	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/ports/portstest"
)

// mourners write down the attempts of the jobs that they mourn, and stay with each.
type mourners struct {
	mu   sync.Mutex
	seen []int
	stay func(attempt int)
}

func (m *mourners) mourn(_ context.Context, ic *intercept.Context) error {
	m.mu.Lock()
	m.seen = append(m.seen, ic.Job.Attempt)
	m.mu.Unlock()
	if m.stay != nil {
		m.stay(ic.Job.Attempt)
	}
	return nil
}

func (m *mourners) mourned() []int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.seen)
}

// fatal is a worker for jobs that die at once.
func (w *world) fatal(m *mourners) engine.Config {
	cfg := w.config(func(context.Context, *job.Record) error { return engine.Discard(nil) })
	cfg.Kinds[0].Stages.Death = []intercept.After{m.mourn}
	return cfg
}

// passAway stores the death of whatever a worker holds that is then gone, without
// having mourned it.
func (w *world) passAway() {
	w.Helper()
	for _, r := range w.ghost(1000) {
		out, err := w.memory.Settle(w.Context(), []*job.Settlement{{
			ID: r.ID, Lease: r.Lease, Seq: r.Seq, To: job.Dead, Cause: job.CauseFailure,
			DeadReason: job.DeadRejected, Attempt: r.Attempt, Notice: true,
		}})
		require.NoError(w, err)
		require.Empty(w, out.Lost)
		require.NoError(w, w.memory.Deregister(w.Context(), r.Lease.Worker()))
	}
}

// Whatever answer is lost while a worker lives, it mourns what it has taken, once if
// the store could be told of it later.
func TestMourn_LosesNoDeathWithAnAnswer(t *testing.T) {
	t.Parallel()
	for method, after := range map[string]bool{"TakeDeaths": true, "FinishDeaths": false} {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				w.enqueue(1)
				w.passAway()
				m := &mourners{}
				w.store.Break(portstest.Fault{Method: method, After: after})
				stop := w.start(w.fatal(m))
				time.Sleep(10 * time.Second)
				w.store.Heal()
				time.Sleep(10 * time.Second)
				require.Len(t, m.mourned(), 1)
				stop()
				deaths, err := w.memory.TakeDeaths(t.Context(), 1<<40, []string{"k"}, nil, 10)
				require.NoError(t, err)
				require.Empty(t, deaths, "the store knows")
			})
		})
	}
}

// While one worker mourns a death, the job may be requeued and die again elsewhere.
// What the first worker has done says nothing of the second death.
func TestDeath_OfAJobThatDiedBeforeIsMournedAsWell(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		id := w.enqueue(1)[0]
		leave := make(chan struct{})
		m := &mourners{stay: func(attempt int) {
			if attempt == 1 {
				<-leave
			}
		}}
		stop := w.start(w.fatal(m))
		synctest.Wait()
		require.NoError(t, w.memory.PauseWorker(t.Context(), w.only().ID, "", ""))
		time.Sleep(learned)
		require.NoError(t, w.memory.Requeue(t.Context(), id, ""))
		w.passAway()
		close(leave)
		time.Sleep(time.Minute)
		require.Equal(t, []int{1, 2}, m.mourned())
		stop()
	})
}

// A thousand deaths left over do not take as many polls as batches.
func TestDeath_ThatIsLeftOverIsMournedSoonHoweverManyThereAre(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.enqueue(1000)
		w.passAway()
		m := &mourners{}
		stop := w.start(w.fatal(m))
		time.Sleep(3 * time.Second)
		require.Len(t, m.mourned(), 1000)
		stop()
	})
}

func TestDeath_ThatIsLeftOverWaitsForAnotherWorkerIfThisOneStops(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.enqueue(1000)
		w.passAway()
		m := &mourners{stay: func(int) { time.Sleep(100 * time.Millisecond) }}
		cfg := w.fatal(m)
		stop := w.start(cfg)
		time.Sleep(10 * time.Second)
		begun := time.Now()
		stop()
		require.Less(t, time.Since(begun), time.Second)
		require.Less(t, len(m.mourned()), 1000)
		w.start(cfg)
		time.Sleep(2 * time.Minute)
		require.Len(t, m.mourned(), 1000)
	})
}
