package engine_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/core/schedule"
	"github.com/task-tower/tasktower/ports"
	"github.com/task-tower/tasktower/ports/portstest"
)

func each(d string, overlap schedule.Overlap) ports.Recurring {
	return ports.Recurring{
		Key: "tick", Spec: "@every " + d, Zone: "UTC", Misfire: schedule.MisfireOnce, Overlap: overlap, Declared: true,
		Job: &job.Spec{Kind: "k", Queue: "q", MaxRetries: -1},
	}
}

// ticks notes for which instants a job ran.
type ticks struct {
	mu   sync.Mutex
	runs map[time.Time]int
	now  int // running
	most int // at once
}

func (k *ticks) handler(lasts time.Duration) func(context.Context, *job.Record) error {
	k.runs = map[time.Time]int{}
	return func(_ context.Context, r *job.Record) error {
		k.mu.Lock()
		k.runs[r.RunAt]++
		k.now++
		k.most = max(k.most, k.now)
		k.mu.Unlock()
		time.Sleep(lasts)
		k.mu.Lock()
		k.now--
		k.mu.Unlock()
		return nil
	}
}

func TestRecurrer_EnqueuesOneJobPerInstantOverManyWorkers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		begin := time.Now().UTC()
		var seen ticks
		cfg := w.config(seen.handler(time.Millisecond))
		cfg.Recurring = []ports.Recurring{each("1s", schedule.OverlapSkip)}
		var stops []func()
		for range 5 {
			stops = append(stops, w.start(cfg))
		}
		time.Sleep(10*time.Minute + 500*time.Millisecond)
		for _, stop := range stops {
			stop()
		}
		require.Len(t, seen.runs, 600)
		for i := range 600 {
			require.Equal(t, 1, seen.runs[begin.Add(time.Duration(i+1)*time.Second)], "instant %d", i+1)
		}
		require.NoError(t, w.memory.Close())
	})
}

// The polls are a second apart, but a timer ends at the next instant.
func TestRecurrer_StartsJobsAtTheVeryInstant(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		late := 0
		cfg := w.config(func(_ context.Context, r *job.Record) error {
			if !job.Micro(time.Now()).Equal(r.RunAt) {
				late++
			}
			return nil
		})
		cfg.Concurrency = 1
		cfg.Recurring = []ports.Recurring{each("7.35s", schedule.OverlapAllow)}
		w.start(cfg)
		time.Sleep(time.Hour)
		require.Zero(t, late)
		rows, err := w.memory.Recurring(t.Context())
		require.NoError(t, err)
		require.NotZero(t, rows[0].LastSlot)
	})
}

// Workers come and go, calls fail and answers get lost: no instant runs twice, and
// with catching up none is left out.
func TestRecurrer_KeepsEachInstantThroughOutages(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var faults []portstest.Fault
		for call := 1; call < 300; call += 3 {
			faults = append(faults, portstest.Fault{Method: "Fire", Call: call, After: call%2 == 0},
				portstest.Fault{Method: "DueRecurring", Call: 2 * call})
		}
		w := newWorld(t, append(faults, portstest.Fault{Method: "SaveRecurring", Call: 1})...)
		begin := time.Now().UTC()
		var seen ticks
		cfg := w.config(seen.handler(0))
		tick := each("1s", schedule.OverlapAllow)
		tick.Misfire = schedule.MisfireAll
		cfg.Recurring = []ports.Recurring{tick}
		first := w.start(cfg)
		time.Sleep(time.Minute)
		first()
		time.Sleep(30 * time.Second)
		second, third := w.start(cfg), w.start(cfg)
		time.Sleep(2 * time.Minute)
		second()
		third()
		require.NotEmpty(t, seen.runs)
		all, err := w.memory.Recurring(t.Context())
		require.NoError(t, err)
		instants := int(all[0].Next.Sub(all[0].Anchor)/time.Second) - 1
		require.Greater(t, instants, 200)
		require.Less(t, all[0].Anchor.Sub(begin), 10*time.Second)
		require.Len(t, seen.runs, instants)
		for i := range instants {
			require.Equal(t, 1, seen.runs[all[0].Anchor.Add(time.Duration(i+1)*time.Second)], "instant %d", i+1)
		}
		require.NoError(t, w.memory.Close())
	})
}

func TestRecurrer_MindsJobsThatAreBusy(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		overlap    schedule.Overlap
		runs, most int
	}{
		// Jobs of 25 s each 10 s over 100 s.
		"skips":   {schedule.OverlapSkip, 4, 1},      // at 10, 40, 70, 100
		"allows":  {schedule.OverlapAllow, 10, 3},    // at 10, 20 … 100
		"buffers": {schedule.OverlapBufferOne, 4, 1}, // at 10, 35, 60, 85 – each as the one before it ends
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				var seen ticks
				cfg := w.config(seen.handler(25 * time.Second))
				cfg.Recurring = []ports.Recurring{each("10s", c.overlap)}
				stop := w.start(cfg)
				time.Sleep(100*time.Second + 500*time.Millisecond)
				seen.mu.Lock()
				runs, most := len(seen.runs), seen.most
				seen.mu.Unlock()
				stop()
				require.Equal(t, c.runs, runs)
				require.Equal(t, c.most, most)
				require.NoError(t, w.memory.Close())
			})
		})
	}
}

// hasty is a worker whose poll finds nothing in time.
func (w *world) hasty(run func(context.Context, *job.Record) error, rows ...ports.Recurring) (stop func()) {
	cfg := w.config(run)
	cfg.JobCheckInterval, cfg.Recurring = time.Hour, rows
	return w.start(cfg)
}

func TestRecurrer_HearsOfWhatIsSavedAndResumed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		var seen ticks
		stop := w.hasty(seen.handler(0))
		synctest.Wait()
		begin := time.Now().UTC()
		require.NoError(t, w.memory.SaveRecurring(t.Context(), each("1s", schedule.OverlapSkip)))
		time.Sleep(2500 * time.Millisecond)
		require.NoError(t, w.memory.PauseRecurring(t.Context(), "tick", "", "", time.Time{}))
		time.Sleep(10 * time.Second)
		require.NoError(t, w.memory.ResumeRecurring(t.Context(), "tick"))
		time.Sleep(time.Second)
		stop()
		require.Equal(t, map[time.Time]int{
			begin.Add(time.Second): 1, begin.Add(2 * time.Second): 1, begin.Add(13 * time.Second): 1,
		}, seen.runs)
	})
}

// However the busy job ends, the instant that waits for it follows at once.
func TestRecurrer_ABufferedInstantFollowsTheEndOfTheJobBeforeIt(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]error{"success": nil, "failure": context.DeadlineExceeded} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				var starts []time.Duration
				begin := time.Now()
				tick := each("10s", schedule.OverlapBufferOne)
				tick.Job.MaxRetries = 0
				stop := w.hasty(func(context.Context, *job.Record) error {
					starts = append(starts, time.Since(begin).Round(10*time.Millisecond))
					time.Sleep(12300 * time.Millisecond)
					return end
				}, tick)
				time.Sleep(40 * time.Second)
				stop()
				require.Equal(t, []time.Duration{10 * time.Second, 22300 * time.Millisecond, 34600 * time.Millisecond}, starts)
			})
		})
	}
}

func TestRecurrer_KeepsWhatTheJobIsToldOfItsTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		var got []*job.Record
		tick := each("10s", schedule.OverlapSkip)
		tick.Job.DeadlineIn, tick.Job.Timeout = time.Minute, time.Hour
		begin := time.Now().UTC()
		stop := w.hasty(func(_ context.Context, r *job.Record) error {
			got = append(got, r)
			return nil
		}, tick)
		time.Sleep(11 * time.Second)
		stop()
		require.Len(t, got, 1)
		require.Equal(t, begin.Add(10*time.Second+time.Minute), got[0].Deadline)
		require.Equal(t, time.Hour, got[0].Timeout)
	})
}
