// Package ports says what core asks of the world. It is the manual for people
// who write adapters.
//
// A Store keeps facts. It never decides: the next state of a job, the next
// attempt's time, the order of queues all come from core as plain values
// (job.Settlement, queue.Plan). A store applies them atomically or says why not.
//
// The store owns time. What is due and which worker is alive is judged by the
// store's clock alone; durations cross the port, a caller's timestamps do not,
// but for absolute instants that users chose.
//
// Every method may be called by many goroutines at once and honours its
// context. Errors match the sentinels of core/job: ErrUnavailable for a store
// that cannot be reached, ErrClosed after Close, and what each method names.
//
// An adapter proves itself with portstest.TestStore and portstest.TestHistories.
package ports
