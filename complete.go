package tasktower

import "context"

// CompleteTx completes the job to which ctx belongs inside tx, a transaction of
// the store's kind (pgx.Tx or *sql.Tx) in which the handler does its work. The job
// is completed if and only if tx commits: a crash right after the commit runs
// nothing twice, and of two executions of one job, as after a lost lease, only one
// can commit. So what the handler does in tx takes effect exactly once.
//
// Call it last, commit, and return. Until tx ends, the worker cannot store results
// of jobs that it claimed together with this one.
//
// What the handler returns counts only if tx did not commit. A nil then fails the
// attempt with ErrNotCommitted, since the work is not there. An error after
// the commit changes nothing; an event tells of it. What the handler tells by
// Progress, Log and SetOutput after CompleteTx is not kept.
//
// Errors: ErrLeaseLost means that the job is no longer this execution's; roll back
// and return it. ErrInvalid: ctx belongs to no running attempt, or tx is unfit.
// Calling it twice is harmless.
func CompleteTx(ctx context.Context, tx any) error {
	return FromContext(ctx).reporter().CompleteTx(ctx, tx)
}
