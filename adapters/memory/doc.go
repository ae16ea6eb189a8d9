// Package memory is a ports.Store that keeps everything in one process: for
// tests, demos and small programs. It obeys the same contract as the Postgres
// store and forgets all of it when the process ends.
//
//	store := memory.New(memory.Config{})
//
// The store is deterministic: the same calls, one after the other, under the
// same clock, give the same results. It starts no goroutine and reads no clock
// but Config.Clock, so it lives well in a testing/synctest bubble.
//
// It is bounded. Past Config.MaxJobs the oldest finished jobs are forgotten to
// make room; if none is finished, an enqueue is refused with a *LimitError.
//
// Transactions are values: Store.Begin returns a *Tx to hand to InTx, so code
// that enqueues inside a transaction can be tested without a database.
package memory
