package logging

import (
	"github.com/rs/zerolog"

	"github.com/task-tower/tasktower/core/event"
)

// Level is how loud events of a type are. Debug: what every job goes through.
// Info: what an operator wants to see without being called. Warn: something went
// wrong and the system copes. Error: somebody has to look. Types that are not
// known here are info.
func Level(t event.Type) zerolog.Level {
	level, _ := lookUp(t)
	return level
}

// lookUp is an event type's level and its message.
func lookUp(t event.Type) (zerolog.Level, string) {
	switch t {
	case event.JobEnqueued:
		return zerolog.DebugLevel, "job enqueued"
	case event.JobStarted:
		return zerolog.DebugLevel, "job started"
	case event.JobCompleted:
		return zerolog.DebugLevel, "job completed"
	case event.JobFailed:
		return zerolog.WarnLevel, "attempt failed"
	case event.JobRetrying:
		return zerolog.DebugLevel, "job waits for its retry"
	case event.JobSnoozed:
		return zerolog.DebugLevel, "job snoozed"
	case event.JobReleased:
		return zerolog.InfoLevel, "job given back at shutdown"
	case event.JobCancelled:
		return zerolog.InfoLevel, "job cancelled"
	case event.JobDied:
		return zerolog.ErrorLevel, "job died"
	case event.JobLeaseLost:
		return zerolog.WarnLevel, "result refused, the lease is lost"
	case event.JobOverruled:
		return zerolog.WarnLevel, "handler failed after it had completed its job"
	case event.JobAbandoned:
		return zerolog.WarnLevel, "handler abandoned, it ignores its ended context"
	case event.JobRescued:
		return zerolog.WarnLevel, "job taken back from a lost worker"
	case event.SettleFailed:
		return zerolog.ErrorLevel, "result not stored"
	case event.InterceptFail:
		return zerolog.ErrorLevel, "interceptor failed"
	case event.WorkerStarted:
		return zerolog.InfoLevel, "worker started"
	case event.WorkerDraining:
		return zerolog.InfoLevel, "worker draining"
	case event.WorkerStopped:
		return zerolog.InfoLevel, "worker stopped"
	case event.WorkerPaused:
		return zerolog.InfoLevel, "worker paused"
	case event.WorkerResumed:
		return zerolog.InfoLevel, "worker resumed"
	case event.WorkerResized:
		return zerolog.InfoLevel, "worker runs more or fewer jobs at once"
	case event.QueueUnserved:
		return zerolog.WarnLevel, "queue has jobs that this worker never takes"
	case event.KindUnserved:
		return zerolog.WarnLevel, "jobs wait that no live worker has a handler for"
	case event.QueuePaused:
		return zerolog.InfoLevel, "queue paused"
	case event.QueueResumed:
		return zerolog.InfoLevel, "queue resumed"
	case event.StoreFailed:
		return zerolog.ErrorLevel, "store call failed"
	case event.StoreRecovered:
		return zerolog.InfoLevel, "store call works again"
	case event.ConfigAdjusted:
		return zerolog.WarnLevel, "configuration adjusted"
	case event.JobsPruned:
		return zerolog.DebugLevel, "old jobs pruned"
	case event.StrategyMistaken:
		return zerolog.ErrorLevel, "strategy made an unusable plan"
	}
	return zerolog.InfoLevel, string(t)
}
