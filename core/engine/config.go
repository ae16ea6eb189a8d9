package engine

import (
	"context"
	"time"

	"github.com/task-tower/tasktower/core/event"
	"github.com/task-tower/tasktower/core/intercept"
	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/core/retry"
	"github.com/task-tower/tasktower/ports"
)

// Kind is what a worker knows of a kind of jobs.
type Kind struct {
	Name       string
	Run        func(ctx context.Context, r *job.Record) error // decodes the args and calls the handler
	MaxRetries int                                            // for jobs that leave it to the kind
	Timeout    time.Duration                                  // of each attempt; 0: the worker's
	Retry      retry.Policy                                   // nil: the worker's
	Retention  job.Retention                                  // zero fields: the worker's
	Stages     intercept.Stages
}

// Config is a worker's configuration. The root package validates it and fills
// the defaults in; here every field counts as it stands.
type Config struct {
	Store       ports.Store
	Strategy    ports.Strategy
	Observer    ports.Observer // nil: nobody listens
	Kinds       []Kind
	Queues      []string          // nil: every queue
	Recurring   []ports.Recurring // declared in code
	Concurrency int

	ID      func() string // a fresh UUID per registration
	Host    string
	PID     int
	Version string
	Seed    uint64

	JobCheckInterval          time.Duration // fallback poll for due and enqueued jobs
	QueueAnnouncementInterval time.Duration // how often the queues are looked over
	Heartbeat                 time.Duration
	Lease                     time.Duration // a worker's life without a beat
	Grace                     time.Duration // for running jobs at shutdown
	Overstay                  time.Duration // for handlers whose context has ended, before they are abandoned
	Timeout                   time.Duration // of attempts whose job and kind have none; 0: none
	Prefetch                  time.Duration // work held ahead, at the measured rate, at most MaxAhead; 0: none
	RescueInterval            time.Duration // how often lost workers and passed deadlines are looked for; 0: never
	PruneInterval             time.Duration // how often jobs whose retention is over are looked for; 0: never
	Retention                 job.Retention // of kinds that do not say and that no worker ever named
	MaxCrashes                int           // the crash at which a job is dead, reason poison

	Stages intercept.Stages       // global ones
	Around []intercept.AroundWork // the onion around each run
	Wrap   func(ctx context.Context, r *job.Record, to Reporter) context.Context
}

// Bounds of what a worker holds.
const (
	maxClaim     = 1000                  // jobs per claim
	maxSettle    = 2000                  // results per settle
	maxSettleLen = 8 << 20               // bytes of texts per settle, give or take one result
	maxGathered  = 2 * maxSettle         // results in memory, beyond which nothing is claimed
	maxUnsettled = 5 * maxSettle         // results in memory, beyond which slots wait
	settleEvery  = 5 * time.Millisecond  // between batches, unless they are full
	settleLinger = time.Millisecond      // for more results, while slots are busy
	dozeFor      = 3 * time.Second       // how long the store hears that a worker waits for hints
	callTimeout  = 10 * time.Second      // of any call to the store
	deathBatch   = 50                    // left-over deaths taken at once
	deathPause   = 50 * time.Millisecond // before more of them
	promoteBatch = 1000
	tidyInterval = 500 * time.Millisecond

	reportInterval = time.Second // between calls that store what handlers tell
	maxReports     = 100         // updates per call
	maxReportBytes = 1 << 20     // of lines per call, give or take one update
)

// Tidier is a store that wants to be called now and then while a worker runs.
type Tidier interface {
	// Tidy does one small piece of upkeep.
	Tidy(ctx context.Context) error
}

// observe tells the observer of something that happened now, unless e says when.
func (w *Worker) observe(e event.Event) {
	if w.cfg.Observer == nil {
		return
	}
	if e.At.IsZero() {
		e.At = time.Now()
	}
	e.Worker = w.id()
	w.cfg.Observer.Observe(e)
}
