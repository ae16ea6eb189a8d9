package event

import "log/slog"

// Level is how loud an event of the type is. Debug: what every job goes through.
// Info: what an operator wants to see without being called. Warn: something went
// wrong and the system copes. Error: somebody has to look. Types that are not
// known here are info.
func (t Type) Level() slog.Level {
	level, _ := t.lookUp()
	return level
}

// Words says in English what has happened: the message of a log line. Types that
// are not known here speak for themselves.
func (t Type) Words() string {
	_, words := t.lookUp()
	return words
}

func (t Type) lookUp() (slog.Level, string) {
	switch t {
	case JobEnqueued:
		return slog.LevelDebug, "job enqueued"
	case JobStarted:
		return slog.LevelDebug, "job started"
	case JobCompleted:
		return slog.LevelDebug, "job completed"
	case JobFailed:
		return slog.LevelWarn, "attempt failed"
	case JobRetrying:
		return slog.LevelDebug, "job waits for its retry"
	case JobSnoozed:
		return slog.LevelDebug, "job snoozed"
	case JobReleased:
		return slog.LevelInfo, "job given back"
	case JobCancelled:
		return slog.LevelInfo, "job cancelled"
	case JobDied:
		return slog.LevelError, "job died"
	case JobLeaseLost:
		return slog.LevelWarn, "result refused, the lease is lost"
	case JobOverruled:
		return slog.LevelWarn, "handler failed after it had completed its job"
	case JobAbandoned:
		return slog.LevelWarn, "handler abandoned, it ignores its ended context"
	case JobRescued:
		return slog.LevelWarn, "job taken back from a lost worker"
	case SettleFailed:
		return slog.LevelError, "result not stored"
	case InterceptFail:
		return slog.LevelError, "interceptor failed"
	case WorkerStarted:
		return slog.LevelInfo, "worker started"
	case WorkerDraining:
		return slog.LevelInfo, "worker draining"
	case WorkerStopped:
		return slog.LevelInfo, "worker stopped"
	case WorkerPaused:
		return slog.LevelInfo, "worker paused"
	case WorkerResumed:
		return slog.LevelInfo, "worker resumed"
	case WorkerResized:
		return slog.LevelInfo, "worker runs more or fewer jobs at once"
	case QueueUnserved:
		return slog.LevelWarn, "queue has jobs that this worker never takes"
	case KindUnserved:
		return slog.LevelWarn, "jobs wait that no live worker has a handler for"
	case QueuePaused:
		return slog.LevelInfo, "queue paused"
	case QueueResumed:
		return slog.LevelInfo, "queue resumed"
	case StoreFailed:
		return slog.LevelError, "store call failed"
	case StoreRecovered:
		return slog.LevelInfo, "store call works again"
	case ConfigAdjusted:
		return slog.LevelWarn, "configuration adjusted"
	case JobsPruned:
		return slog.LevelDebug, "old jobs pruned"
	case StrategyMistaken:
		return slog.LevelError, "strategy made an unusable plan"
	}
	return slog.LevelInfo, string(t)
}
