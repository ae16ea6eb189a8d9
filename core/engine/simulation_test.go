package engine_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/task-tower/tasktower/core/engine"
	"github.com/task-tower/tasktower/core/event"
	"github.com/task-tower/tasktower/core/intercept"
	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/ports/portstest"
)

// fate is what a simulated job is bound to do.
type fate struct {
	fails, retries int
	snoozes        int
	panics         bool // instead of returning its errors
	lasts, delay   time.Duration
}

// life is when a simulated worker starts and stops.
type life struct{ from, until time.Duration }

// outage is when every call fails, or every beat, so that leases end.
type outage struct{ at, lasts time.Duration }

// crash is when a worker claims so many jobs and is never heard of again.
type crash struct {
	at    time.Duration
	takes int
}

// script is a simulation, drawn before it is played.
type script struct {
	jobs    []fate
	lives   []life
	crashes []crash
	outages []outage
	deaf    []outage
	faults  []portstest.Fault
}

// seconds draws a time; the odd milliseconds keep events apart.
func seconds(lo, hi int) *rapid.Generator[time.Duration] {
	return rapid.Custom(func(t *rapid.T) time.Duration {
		return time.Duration(rapid.IntRange(lo*1000, hi*1000).Draw(t, "ms")) * time.Millisecond
	})
}

// losable are the calls whose answer may be lost without losing a lease.
var losable = []string{"Claim", "Recall", "Settle", "Promote", "Beat", "Doze", "Waiting", "TakeDeaths", "FinishDeaths", "Deregister"}

// hangable are the calls that may go without an answer for as long as they may take.
var hangable = []string{"Claim", "Recall", "Promote", "Doze", "Waiting", "TakeDeaths", "FinishDeaths", "Deregister"}

var scripts = rapid.Custom(func(t *rapid.T) script {
	s := script{
		jobs: rapid.SliceOfN(rapid.Custom(func(t *rapid.T) fate {
			return fate{
				fails: rapid.IntRange(0, 4).Draw(t, "fails"), retries: rapid.IntRange(0, 3).Draw(t, "retries"),
				snoozes: rapid.IntRange(0, 2).Draw(t, "snoozes"), panics: rapid.Bool().Draw(t, "panics"),
				lasts: seconds(0, 30).Draw(t, "lasts"), delay: seconds(0, 30).Draw(t, "delay"),
			}
		}), 1, 25).Draw(t, "jobs"),
		lives: rapid.SliceOfN(rapid.Custom(func(t *rapid.T) life {
			from := seconds(0, 40).Draw(t, "from")
			return life{from, from + seconds(1, 60).Draw(t, "lives")}
		}), 0, 3).Draw(t, "lives"),
		crashes: rapid.SliceOfN(rapid.Custom(func(t *rapid.T) crash {
			return crash{seconds(0, 60).Draw(t, "at"), rapid.IntRange(1, 25).Draw(t, "takes")}
		}), 0, 3).Draw(t, "crashes"),
		outages: rapid.SliceOfN(rapid.Custom(func(t *rapid.T) outage {
			return outage{seconds(0, 60).Draw(t, "at"), seconds(0, 3).Draw(t, "lasts")}
		}), 0, 3).Draw(t, "outages"),
		deaf: rapid.SliceOfN(rapid.Custom(func(t *rapid.T) outage {
			return outage{seconds(0, 60).Draw(t, "at"), seconds(0, 45).Draw(t, "lasts")}
		}), 0, 2).Draw(t, "deaf"),
		faults: rapid.SliceOfN(rapid.Custom(func(t *rapid.T) portstest.Fault {
			f := portstest.Fault{Method: rapid.SampledFrom(append(losable, "Listen")).Draw(t, "method"), Call: rapid.IntRange(1, 30).Draw(t, "call")}
			if slices.Contains(hangable, f.Method) {
				f.Hang = rapid.IntRange(0, 3).Draw(t, "hangs") == 0
			}
			if slices.Contains(losable, f.Method) {
				f.After = rapid.Bool().Draw(t, "after")
				f.Late = rapid.SampledFrom([]int{0, 0, 1, 2, 5}).Draw(t, "late")
			}
			return f
		}), 0, 12).Draw(t, "faults"),
	}
	return s
})

func TestSimulation_NoJobIsLostOrRunTwice(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		s := scripts.Draw(rt, "script")
		var wrong []string
		synctest.Test(t, func(t *testing.T) { wrong = play(t, s) })
		if len(wrong) > 0 {
			rt.Fatalf("%d violations, the first: %s", len(wrong), wrong[0])
		}
	})
}

// stage keeps the books of a simulation.
type stage struct {
	*world
	script script
	index  map[job.ID]int

	mu      sync.Mutex
	running map[job.ID]bool
	suspect map[string]bool // workers that run one
	ended   []int           // runs of each job that were not cut short
	snoozed []int
	deaths  []int
	wrong   []string
}

func (s *stage) violation(format string, args ...any) {
	s.wrong = append(s.wrong, fmt.Sprintf(format, args...))
}

// play plays a script, then lets a healthy worker finish, and returns what broke.
func play(t *testing.T, script script) []string {
	n := len(script.jobs)
	s := &stage{
		world: newWorld(t, script.faults...), script: script, index: map[job.ID]int{}, running: map[job.ID]bool{}, suspect: map[string]bool{},
		ended: make([]int, n), snoozed: make([]int, n), deaths: make([]int, n),
	}
	for i, f := range script.jobs {
		id := s.enqueue(1, func(spec *job.Spec) { spec.MaxRetries, spec.Delay = f.retries, f.delay })[0]
		s.index[id] = i
	}
	var wg sync.WaitGroup
	for _, l := range script.lives {
		wg.Go(func() {
			ctx, cancel := context.WithTimeout(context.Background(), l.until)
			defer cancel()
			time.Sleep(l.from)
			s.live(ctx)
		})
	}
	for _, c := range script.crashes {
		wg.Go(func() {
			time.Sleep(c.at)
			s.ghost(c.takes)
		})
	}
	for method, outages := range map[string][]outage{"": script.outages, "Beat": script.deaf} {
		for _, o := range outages {
			wg.Go(func() {
				time.Sleep(o.at)
				s.store.Break(portstest.Fault{Method: method})
				time.Sleep(o.lasts)
				s.store.Mend(method)
			})
		}
	}
	wg.Wait()
	s.store.Heal()
	s.finish()
	s.audit()
	require.NoError(t, s.memory.Close())
	return s.wrong
}

// finish lets a healthy worker run until nothing is left to do.
func (s *stage) finish() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Hour)
	defer cancel()
	var wg sync.WaitGroup
	wg.Go(func() { s.live(ctx) })
	for open := 1; open > 0 && ctx.Err() == nil; {
		time.Sleep(10 * time.Second)
		open = 0
		for id := range s.index {
			if !s.get(id).State.Final() {
				open++
			}
		}
	}
	cancel()
	wg.Wait()
}

// live is one worker's life, until ctx ends. One that cannot start tries again,
// as its supervisor would see to.
func (s *stage) live(ctx context.Context) {
	stopped := make(chan time.Time, 1)
	context.AfterFunc(ctx, func() { stopped <- time.Now() })
	cfg := s.config(s.handle)
	cfg.Stages.Death = []intercept.After{s.mourn}
	cfg.Prefetch = time.Minute // hold jobs that have yet to start
	cfg.MaxCrashes = 100
	for ctx.Err() == nil {
		if err := engine.New(cfg).Run(ctx); err != nil {
			time.Sleep(time.Second)
		}
	}
	if late := time.Since(<-stopped) - drained; late > 0 {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.violation("a stop took %s longer than it may", late)
	}
}

func (s *stage) handle(ctx context.Context, r *job.Record) error {
	i := s.enter(r)
	f := s.script.jobs[i]
	select {
	case <-time.After(f.lasts):
	case <-ctx.Done():
		s.leave(r)
		return ctx.Err()
	}
	return s.end(ctx, i, f, r)
}

func (s *stage) enter(r *job.Record) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.running[r.ID] {
		s.violation("job %d runs twice at once", s.index[r.ID])
	}
	s.running[r.ID] = true
	if r.Crashes > 0 {
		if s.suspect[r.Worker] {
			s.violation("job %d is the second suspect that runs in one worker", s.index[r.ID])
		}
		s.suspect[r.Worker] = true
	}
	return s.index[r.ID]
}

func (s *stage) leave(r *job.Record) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.running[r.ID] = false
	if r.Crashes > 0 {
		s.suspect[r.Worker] = false
	}
}

// end gives a run that was not cut short its result.
func (s *stage) end(ctx context.Context, i int, f fate, r *job.Record) error {
	s.leave(r)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.snoozed[i] < f.snoozes {
		s.snoozed[i]++
		return engine.Snooze(500 * time.Millisecond)
	}
	if s.ended[i]++; r.Failures >= f.fails {
		return nil
	}
	if f.panics {
		panic("as it was told")
	}
	return errors.New("as it was told")
}

func (s *stage) mourn(_ context.Context, ic *intercept.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.deaths[s.index[ic.Job.ID]]++
	return nil
}

// audit compares every job with its fate.
func (s *stage) audit() {
	refused := s.heard.of(event.JobLeaseLost) // a run whose result came too late is one more
	for id, i := range s.index {
		f, rec := s.script.jobs[i], s.get(id)
		want, runs := job.Completed, f.fails+1
		if f.fails > f.retries {
			want, runs = job.Dead, f.retries+1
		}
		if rec.State != want {
			s.violation("job %d is %s; want %s: %+v", i, rec.State, want, rec)
			continue
		}
		if again := s.ended[i] - runs; again < 0 || again > 0 && len(refused) == 0 {
			s.violation("job %d ran %d times; want %d: %+v", i, s.ended[i], runs, f)
		}
		if failed := min(f.fails, f.retries+1); rec.Attempt != runs+rec.Crashes || rec.Failures != failed {
			s.violation("job %d has %d attempts, %d failures; want %d, %d", i, rec.Attempt, rec.Failures, runs+rec.Crashes, failed)
		}
		if died := want == job.Dead; died != (s.deaths[i] > 0) {
			s.violation("job %d, %s, had %d death interceptors", i, want, s.deaths[i])
		}
	}
}
