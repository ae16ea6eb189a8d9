// Package event names what can happen to jobs, workers and stores. Logs,
// metrics, traces and live pages all listen to the same events.
package event

import (
	"time"

	"github.com/task-tower/tasktower/core/job"
)

// Type says what happened. The strings are stable.
type Type string

// What happens to a job.
const (
	JobEnqueued   Type = "job.enqueued"    // stored by this process's client
	JobStarted    Type = "job.started"     // its handler is about to be called
	JobCompleted  Type = "job.completed"   // stored
	JobFailed     Type = "job.failed"      // an attempt failed; stored; Err says why
	JobRetrying   Type = "job.retrying"    // will run again after Wait; stored
	JobSnoozed    Type = "job.snoozed"     // asked to run after Wait; stored
	JobReleased   Type = "job.released"    // given back, not done; stored; Note says why its handler had to end
	JobCancelled  Type = "job.cancelled"   // stored
	JobDied       Type = "job.died"        // stored; Job.DeadReason says why
	JobLeaseLost  Type = "job.lease_lost"  // a result was refused: the lease is gone
	JobOverruled  Type = "job.overruled"   // its handler completed it in a transaction, and then returned Err, which changes nothing
	JobAbandoned  Type = "job.abandoned"   // its handler ignores its ended context
	JobRescued    Type = "job.rescued"     // taken back from a lost worker
	SettleFailed  Type = "job.unsettled"   // a result could not be stored and is tried again; Err says why
	InterceptFail Type = "job.interceptor" // an interceptor failed after the fact; Err says why, Note names the stage
)

// What happens to workers, queues and stores.
const (
	WorkerStarted    Type = "worker.started"
	WorkerDraining   Type = "worker.draining"
	WorkerStopped    Type = "worker.stopped"
	WorkerPaused     Type = "worker.paused" // claims nothing until it is resumed; Note says by whom and why
	WorkerResumed    Type = "worker.resumed"
	WorkerResized    Type = "worker.resized" // runs up to Count jobs at once
	QueueUnserved    Type = "queue.unserved" // has jobs that this worker's strategy never takes
	KindUnserved     Type = "kind.unserved"  // jobs of the Kind wait in the queue, and no live worker has a handler for it
	QueuePaused      Type = "queue.paused"
	QueueResumed     Type = "queue.resumed"
	StoreFailed      Type = "store.failed"    // a call failed; Err says why, Note names the call
	StoreRecovered   Type = "store.recovered" // the call that failed works again
	ConfigAdjusted   Type = "config.adjusted" // Note says which value was brought back to its limit
	StrategyMistaken Type = "strategy.mistaken"
	JobsPruned       Type = "jobs.pruned" // this process forgot Count jobs whose retention was over
)

// Event is one thing that happened. Fields that do not apply are zero.
type Event struct {
	Type   Type
	At     time.Time // this process's clock
	Job    *job.Record
	Worker string
	Queue  string
	Kind   string // of events about a kind; those about a job have the job's
	Err    error
	Note   string
	Wait   time.Duration // of JobStarted: due to start; of JobRetrying and JobSnoozed: until the next run
	Run    time.Duration // of ended attempts: how long they ran, JobStarted and interceptors before the handler included
	Count  int           // of events about many jobs
}
