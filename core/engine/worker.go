package engine

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/task-tower/tasktower/core/event"
	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/core/retry"
)

// Worker claims, runs and settles jobs. It runs once.
type Worker struct {
	cfg       Config
	kinds     map[string]*Kind // with the global interceptors in front
	kindNames []string

	slots    *slots
	settler  *settler
	fetcher  *fetcher
	promoter *promoter
	recurrer *recurrer
	pruner   *pruner
	registry *registry
	reporter *reporter
	health   *health
	mourning *mourning

	jobs        context.Context // parent of every handler's
	claims      context.Context // ends when claims under way are not waited for any more
	endJobs     context.CancelCauseFunc
	overstaying atomic.Int64
	worked      atomic.Int64 // nanoseconds that handlers ran whose jobs have ended
	started     atomic.Bool
	running     atomic.Bool // Run was called first
	ending      *ending
	ended       chan struct{} // closed when Run returns

	rngMu sync.Mutex
	rng   *rand.Rand
}

// New makes a worker of a valid configuration. No goroutine starts before Run.
func New(cfg Config) *Worker {
	w := &Worker{
		cfg: cfg, kinds: map[string]*Kind{}, rng: rand.New(rand.NewPCG(cfg.Seed, cfg.Seed)),
		ending: newEnding(), ended: make(chan struct{}),
	}
	for _, k := range cfg.Kinds {
		k.Stages = cfg.Stages.Then(k.Stages)
		if k.Retry == nil {
			k.Retry = retry.Default()
		}
		w.kinds[k.Name] = &k
		w.kindNames = append(w.kindNames, k.Name)
	}
	w.slots = newSlots(cfg.Concurrency, w.attempt)
	w.settler = newSettler(w)
	w.mourning = &mourning{held: map[job.ID]int{}}
	w.fetcher = &fetcher{w: w, wake: newFlag()}
	w.promoter = &promoter{w: w, look: newFlag()}
	w.recurrer = &recurrer{w: w, check: newFlag()}
	w.pruner = &pruner{w: w, batch: pruneBatch}
	w.registry = &registry{w: w, check: newFlag(), glance: newFlag(), ears: newFlag()}
	w.reporter = &reporter{w: w, kick: newFlag()}
	w.health = &health{w: w, failed: map[string]bool{}}
	return w
}

// Run works until ctx ends or Stop is called, then drains: it claims nothing more,
// lets running jobs finish for the grace period, ends their contexts, gives back
// what is left, and takes its leave of the store. It returns nil after a full
// stop, an error if it could not start, and ErrClosed if it has run before.
func (w *Worker) Run(ctx context.Context) error {
	if !w.started.CompareAndSwap(false, true) {
		return job.ErrClosed
	}
	w.running.Store(true)
	defer close(w.ended)
	if ctx.Err() != nil || w.ending.draining.taken() {
		return nil
	}
	w.jobs, w.endJobs = context.WithCancelCause(context.WithValue(context.WithoutCancel(ctx), workerKey{}, w))
	defer w.endJobs(nil)
	if known, err := w.start(ctx); !known {
		return err
	}
	w.observe(event.Event{Type: event.WorkerStarted})

	defer context.AfterFunc(ctx, w.ending.stop)()
	c := w.hire(ctx)
	defer c.dismiss()
	defer context.AfterFunc(w.ending.hurried, c.cutClaims)()
	w.wind(c)
	w.drain(c)

	last, cancel := w.within(ctx, lastWait, hurriedLast)
	defer cancel()
	w.clear(ctx, c)
	c.endLife()
	c.living.Wait()
	w.leave(last)
	w.observe(event.Event{Type: event.WorkerStopped})
	return nil
}

// start makes the worker known. A stop meanwhile ends that, and is no error: a row
// that was stored nevertheless holds nothing.
func (w *Worker) start(ctx context.Context) (known bool, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(w.ending.draining, cancel)()
	err = w.registry.register(ctx)
	return err == nil, ctxErr(ctx, err)
}

// cancel ends held jobs because somebody asked for it: at once those that have not
// started, the others by ending their contexts.
func (w *Worker) cancel(ids []job.ID) {
	waiting, active := w.slots.withdraw(ids)
	for _, p := range active {
		w.end(p, ErrCancelled)
	}
	for _, h := range waiting {
		w.settler.add(&result{settlement: cancelled(release(h.record, storeTime(h, time.Now()))), record: h.record})
	}
}

// end ends a running job's context, and abandons its handler if it goes on.
func (w *Worker) end(p *slot, cause error) {
	p.ctx.end(cause)
	w.overstay(p, cause)
}

// decide fills in what the kind and the worker know, and decides.
func (w *Worker) decide(k *Kind, o outcome) job.Settlement {
	o.notice = len(k.Stages.Death) > 0
	o.retries = o.record.MaxRetries
	if o.retries < 0 {
		o.retries = k.MaxRetries
	}
	o.policy = k.Retry
	if o.record.Retry != "" {
		if p, err := retry.Parse(o.record.Retry); err == nil {
			o.policy = p
		}
	}
	if o.err == nil {
		return decide(o)
	}
	w.rngMu.Lock()
	defer w.rngMu.Unlock()
	o.rng = w.rng
	var s job.Settlement
	if protect(func() error { s = decide(o); return nil }) != nil {
		// Somebody's error or retry policy panics when it is asked.
		o.err, o.policy = errors.New(message(o.err)), retry.Default()
		s = decide(o)
	}
	return s
}

func (w *Worker) id() string {
	id, _ := w.registry.self()
	return id
}
