// Package logging turns events into zerolog lines, one line an event.
//
//	log := zerolog.New(os.Stderr).With().Timestamp().Logger()
//	worker, err := tasktower.NewWorker(store, tasktower.WorkerConfig{
//		Handlers: handlers,
//		Observer: logging.New(log),  // what the worker has to say
//		Logger:   logging.Slog(log), // what handlers get from FromContext
//	})
//
// A line's message is made for people, its fields for machines. The field event
// holds the event's type, which is stable; the others stand only where they say
// something:
//
//	event    job.completed              attempt  1 during the first run
//	job      the job's id               state    the job's state after the event
//	kind     its kind                   reason   why a job is dead
//	queue    its queue, or the event's  error    why something failed
//	worker   the worker's id            note     what the type alone does not say
//	wait_ms  how long the job waited, or will
//	run_ms   how long its handler ran
//	count    of events about many jobs
//
// Payloads, context parameters and tags are never logged. The logger brings its
// own timestamp, level and destination; an event below its level costs next to
// nothing and allocates nothing.
package logging
