package job

import "time"

// Settlement is the result of one attempt, decided by core and stored as it is
// told. It is fenced by Lease: if the lease is gone it changes nothing.
type Settlement struct {
	ID    ID
	Lease Lease
	Seq   int // the record's Seq when it was claimed

	To         State // completed, retrying, scheduled, enqueued, cancelled or dead
	Cause      Cause
	DeadReason DeadReason
	Note       string        // why, for the history; sanitised, may be empty
	Wait       time.Duration // retrying and scheduled: from the store's now to the next due instant

	// What the job carries on with.
	Attempt  int
	Failures int
	Crashes  int

	// When the attempt started and ended: the claim's store time plus what the
	// worker's monotonic clock measured since.
	StartedAt time.Time
	EndedAt   time.Time

	Failure *Failure      // of a failed attempt; nil otherwise
	Report  *ReportUpdate // the last of what the handler told; nil: nothing new
	// Notice asks the store to remember that Death interceptors have yet to run.
	Notice    bool
	UniqueKey bool // whether the job carries one, which a final state may free
}
