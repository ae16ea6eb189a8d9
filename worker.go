package tasktower

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"runtime/debug"
	"slices"
	"time"

	"github.com/task-tower/tasktower/adapters/system"
	"github.com/task-tower/tasktower/core/engine"
	"github.com/task-tower/tasktower/core/event"
	"github.com/task-tower/tasktower/core/intercept"
	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/core/queue"
	"github.com/task-tower/tasktower/ports"
)

// Defaults and limits of a worker.
const (
	DefaultConcurrency   = 10
	MaxConcurrency       = 10_000
	DefaultCheckInterval = time.Second
	MinCheckInterval     = 500 * time.Millisecond
	DefaultHeartbeat     = 5 * time.Second
	DefaultLease         = 30 * time.Second
	DefaultGrace         = 30 * time.Second
	DefaultOverstay      = 5 * time.Second
	DefaultPrefetch      = 20 * time.Millisecond
	MaxPrefetch          = engine.MaxAhead
	DefaultRescue        = 5 * time.Second
	DefaultMaxCrashes    = 3
	DefaultPruneInterval = time.Minute
)

// WorkerConfig is what a Worker may be told. Handlers are needed; the zero value
// of everything else works.
type WorkerConfig struct {
	// Handlers of the kinds that this worker takes; at least one, each kind once.
	Handlers []Registration
	// Recurring jobs that are stored at the start of the worker, each key once. What
	// an operator has changed, added, paused or removed at run time stays so.
	Recurring []Recurring
	// Queues that this worker serves; nil: every queue.
	Queues []string
	// Strategy decides which queue is served first; nil: FIFO, the oldest due job
	// first, whatever its queue and its Priority. Package strategies has more.
	Strategy Strategy
	// Concurrency is how many jobs run at once, 1 to 10,000; 0: 10. SetConcurrency
	// changes it while the worker runs.
	Concurrency int

	// JobCheckInterval is the fallback poll for due jobs; 0: 1 s. It is not the
	// latency: an enqueue wakes a sleeping worker at once. Less than 500 ms is
	// raised to it, and an event says so.
	JobCheckInterval time.Duration
	// QueueAnnouncementInterval is how often the worker looks the queues over for
	// work that nobody serves and for deaths left over; 0: 1 s, at least 500 ms.
	QueueAnnouncementInterval time.Duration
	// Heartbeat is how often the worker says that it lives; 0: 5 s.
	Heartbeat time.Duration
	// Lease is how long it counts as alive without a heartbeat; 0: 30 s; more than
	// two heartbeats.
	Lease time.Duration
	// Grace is how long running jobs may go on after Run's context ended; 0: 30 s;
	// negative: not at all.
	Grace time.Duration
	// Overstay is how long a handler may go on after its context ended before it
	// is abandoned: its slot is freed and its job settled; 0: 5 s.
	Overstay time.Duration
	// Timeout is that of attempts whose job and kind have none of their own, at least
	// a millisecond; 0: none. See the option Timeout.
	Timeout time.Duration
	// Prefetch is how far ahead of its free slots the worker claims, in time at
	// its measured rate; 0: 20 ms; negative: not at all. More than 200 ms is lowered
	// to it, and an event says so. While claims take longer than jobs, and those less than
	// 400 ms, it holds up to one job for each slot. What finds no slot in time is given back.
	Prefetch time.Duration

	// RescueInterval is how often the worker looks for jobs of lost workers and
	// for waiting jobs whose deadline has passed; 0: 5 s, at most that.
	RescueInterval time.Duration
	// Retention is how long final jobs are kept, by state: those of kinds that have
	// a handler here and do not say themselves (see Retain), and those of kinds
	// that no worker ever had a handler for. A worker stores it at its start, so it
	// holds whichever worker prunes; of workers that differ, the last one started
	// counts. Zero fields: 24 h for completed and cancelled jobs, 30 days for dead ones.
	Retention Retention
	// PruneInterval is how often the worker lets go of jobs whose retention is
	// over; 0: 1 min; negative: never, other workers do.
	PruneInterval time.Duration
	// MaxCrashes is after how many crashes a job is dead, reason poison: a crash is
	// a lease that expired while the job was processing; 0: 3, at most 100.
	MaxCrashes int

	// PreProcessing, OnSuccess, OnFailure and OnDeath interceptors act on jobs of
	// every kind, before those of the kind.
	PreProcessing []Before
	OnSuccess     []After
	OnFailure     []After
	OnDeath       []After
	// Around wraps each run of a handler, the first outermost.
	Around []AroundWork

	// Logger is what handlers get from FromContext; nil: silence. What the worker
	// itself has to say, failed attempts among it, goes to Observer.
	Logger *slog.Logger
	// Observer hears of everything that happens, LogTo(slog.Default()) for one; nil:
	// nobody, so that nothing is logged. FanOut makes one of many.
	Observer Observer
	// Version of the program, shown with the worker; empty: from the build info.
	Version string
	// IDs makes the worker's own id and those of recurring jobs; nil: UUIDv7 from
	// this machine's clock.
	IDs ports.IDs
	// Seed of the worker's own chance; 0: a random one.
	Seed uint64
}

// Worker claims due jobs and calls their handlers. Make it with NewWorker.
type Worker struct {
	engine *engine.Worker
}

// NewWorker makes a worker on the store. The error joins every mistake found in
// the configuration; each matches ErrInvalid. Nothing runs before Run.
func NewWorker(store Store, cfg WorkerConfig) (*Worker, error) {
	adjusted := cfg.fill()
	if err := cfg.check(store); err != nil {
		return nil, err
	}
	for _, note := range adjusted {
		if cfg.Observer != nil {
			cfg.Observer.Observe(event.Event{Type: event.ConfigAdjusted, At: time.Now(), Note: note})
		}
	}
	kinds, retries := make([]engine.Kind, len(cfg.Handlers)), map[string]int{}
	for i, r := range cfg.Handlers {
		kinds[i] = r.engineKind()
		retries[r.kind] = kinds[i].MaxRetries
	}
	recurring, _ := cfg.recurring()
	host, _ := os.Hostname()
	return &Worker{engine.New(engine.Config{
		Store: store, Strategy: cfg.Strategy, Observer: cfg.Observer,
		Kinds: kinds, Recurring: recurring, Queues: cfg.Queues, Concurrency: cfg.Concurrency,
		ID: func() string { return cfg.IDs.NewID().String() }, Host: host, PID: os.Getpid(),
		Version: cfg.Version, Seed: cfg.Seed,
		JobCheckInterval: cfg.JobCheckInterval, QueueAnnouncementInterval: cfg.QueueAnnouncementInterval,
		Heartbeat: cfg.Heartbeat, Lease: cfg.Lease, Grace: max(0, cfg.Grace),
		Overstay: cfg.Overstay, Timeout: cfg.Timeout, Prefetch: max(0, cfg.Prefetch),
		RescueInterval: cfg.RescueInterval, MaxCrashes: cfg.MaxCrashes,
		Retention: cfg.Retention.Or(job.DefaultRetention()), PruneInterval: max(0, cfg.PruneInterval),
		Stages: intercept.Stages{
			Before: cfg.PreProcessing, Success: cfg.OnSuccess, Failure: cfg.OnFailure, Death: cfg.OnDeath,
		},
		Around: cfg.Around, Wrap: withRun(cfg.Logger, retries),
	})}, nil
}

// Run works until ctx ends or Stop is called. Then the worker claims nothing more,
// lets running jobs finish for the grace period, ends the contexts of the rest,
// and gives back what is still not done, without counting the attempt. A worker
// that is drained, see Client.DrainWorker, waits for running jobs without end.
//
// It returns nil after that, an error if the worker could not start, and
// ErrClosed if it has run before. A ctx that has ended already is fine.
func (w *Worker) Run(ctx context.Context) error { return once(w.engine.Run(ctx)) }

// once says more of a worker that is used a second time. A store that is closed
// says so itself.
func once(err error) error {
	if err == job.ErrClosed {
		return fmt.Errorf("worker: has run before, and runs once; make another one with NewWorker: %w", err)
	}
	return err
}

// RunDue runs everything that is due now, one job after the other on the calling
// goroutine, at most limit attempts. It returns how many there were, and how
// long until the next job falls due, negative if none waits. It is what package
// tasktowertest is made of: tests, with a store that keeps its own clock. A worker
// either runs or runs what is due: the other is ErrClosed.
func (w *Worker) RunDue(ctx context.Context, limit int) (attempts int, next time.Duration, err error) {
	attempts, next, err = w.engine.RunDue(ctx, limit)
	return attempts, next, once(err)
}

// fill puts the defaults in, and says what it brought back to its limit.
func (c *WorkerConfig) fill() (adjusted []string) {
	orElse(&c.Concurrency, DefaultConcurrency)
	orElse(&c.JobCheckInterval, DefaultCheckInterval)
	orElse(&c.QueueAnnouncementInterval, DefaultCheckInterval)
	orElse(&c.Heartbeat, DefaultHeartbeat)
	orElse(&c.Lease, DefaultLease)
	orElse(&c.Grace, DefaultGrace)
	orElse(&c.Overstay, DefaultOverstay)
	orElse(&c.Prefetch, DefaultPrefetch)
	orElse(&c.RescueInterval, DefaultRescue)
	orElse(&c.MaxCrashes, DefaultMaxCrashes)
	orElse(&c.PruneInterval, DefaultPruneInterval)
	orElse(&c.Seed, rand.Uint64()|1)
	orElse(&c.Version, buildVersion())
	if c.IDs == nil {
		c.IDs = &system.IDs{}
	}
	if c.Strategy == nil {
		c.Strategy = oldestFirst{}
	}
	for name, d := range map[string]*time.Duration{
		"JobCheckInterval":          &c.JobCheckInterval,
		"QueueAnnouncementInterval": &c.QueueAnnouncementInterval,
	} {
		if *d > 0 && *d < MinCheckInterval {
			adjusted = append(adjusted, fmt.Sprintf("%s of %s is raised to its minimum of %s", name, *d, MinCheckInterval))
			*d = MinCheckInterval
		}
	}
	if c.Prefetch > MaxPrefetch {
		adjusted = append(adjusted, fmt.Sprintf("Prefetch of %s is lowered to its maximum of %s", c.Prefetch, MaxPrefetch))
		c.Prefetch = MaxPrefetch
	}
	slices.Sort(adjusted)
	return adjusted
}

// check reports every mistake, joined, by the names of the fields.
func (c *WorkerConfig) check(store Store) error {
	var errs []error
	bad := func(field, rule string, args ...any) { errs = append(errs, job.Invalid(field, rule, args...)) }
	if isNil(store) {
		bad("store", "is nil; want one of postgres.New or memory.New")
	}
	if len(c.Handlers) == 0 {
		bad("Handlers", "are empty; a worker takes only kinds that it has handlers for")
	}
	errs = append(errs, checkHandlers(c.Handlers)...)
	_, wrong := c.recurring()
	errs = append(errs, wrong...)
	for i, q := range c.Queues {
		if err := job.CheckName(fmt.Sprintf("Queues[%d]", i), q); err != nil {
			errs = append(errs, err)
		}
	}
	if c.Queues != nil && len(c.Queues) == 0 {
		bad("Queues", "are empty; leave them out to serve every queue")
	}
	if s, ok := c.Strategy.(interface{ Check() error }); ok && s.Check() != nil {
		errs = append(errs, s.Check())
	} else if len(c.Queues) > 0 && c.inVain() {
		bad("Queues", "are %q, and %s never takes from them: the worker could run nothing; "+
			"want one that the strategy names, or no queues", c.Queues, c.Strategy.Name())
	}
	if err := checkConcurrency("Concurrency", c.Concurrency); err != nil {
		errs = append(errs, err)
	}
	for _, d := range []struct {
		field string
		value time.Duration
	}{
		{"JobCheckInterval", c.JobCheckInterval}, {"QueueAnnouncementInterval", c.QueueAnnouncementInterval},
		{"Heartbeat", c.Heartbeat}, {"Lease", c.Lease}, {"Overstay", c.Overstay},
		{"Grace", max(0, c.Grace)},
	} {
		if d.value < 0 || d.value > maxInterval {
			bad(d.field, "is %s; want 0 to %s", d.value, maxInterval)
		}
	}
	if c.Timeout != 0 && (c.Timeout < MinTimeout || c.Timeout > maxSpan) {
		bad("Timeout", "is %s; want %s to %s, or 0 for none", c.Timeout, MinTimeout, maxSpan)
	}
	if c.RescueInterval < 0 || c.RescueInterval > DefaultRescue {
		bad("RescueInterval", "is %s; want 0 to %s", c.RescueInterval, DefaultRescue)
	}
	if c.PruneInterval > 0 && c.PruneInterval < MinCheckInterval || c.PruneInterval > maxInterval {
		bad("PruneInterval", "is %s; want %s to %s, or negative for never", c.PruneInterval, MinCheckInterval, maxInterval)
	}
	if err := c.Retention.Check(); err != nil {
		errs = append(errs, err)
	}
	if c.MaxCrashes < 1 || c.MaxCrashes > 100 {
		bad("MaxCrashes", "is %d; want 1 to 100", c.MaxCrashes)
	}
	if c.Lease <= 2*c.Heartbeat {
		bad("Lease", "is %s; want more than two heartbeats of %s", c.Lease, c.Heartbeat)
	}
	errs = append(errs,
		someNil("PreProcessing", len(c.PreProcessing), func(i int) bool { return c.PreProcessing[i] == nil }),
		someNil("OnSuccess", len(c.OnSuccess), func(i int) bool { return c.OnSuccess[i] == nil }),
		someNil("OnFailure", len(c.OnFailure), func(i int) bool { return c.OnFailure[i] == nil }),
		someNil("OnDeath", len(c.OnDeath), func(i int) bool { return c.OnDeath[i] == nil }),
		someNil("Around", len(c.Around), func(i int) bool { return c.Around[i] == nil }))
	return errors.Join(errs...)
}

const maxInterval = 24 * time.Hour

// plansAsked is how many claims' plans tell which queues a strategy takes from:
// some serve a queue only now and then.
const plansAsked = 32

// inVain tells whether the strategy takes from none of the queues. Of one that
// panics that is not known.
func (c *WorkerConfig) inVain() (vain bool) {
	defer func() {
		if recover() != nil {
			vain = false
		}
	}()
	for claim := range uint64(plansAsked) {
		plan := c.Strategy.Plan(queue.View{Slots: max(1, c.Concurrency), Claim: claim, Seed: c.Seed})
		if slices.ContainsFunc(c.Queues, plan.Takes) {
			return false
		}
	}
	return true
}

func orElse[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

func buildVersion() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return job.Sanitize(info.Main.Version, job.MaxNameBytes)
	}
	return "unknown"
}

// oldestFirst is what strategies.FIFO is: the root package does not know
// package strategies, and a worker needs one.
type oldestFirst struct{}

func (oldestFirst) Name() string               { return "fifo" }
func (oldestFirst) Plan(queue.View) queue.Plan { return queue.Plan{Rest: queue.RestByAge} }
