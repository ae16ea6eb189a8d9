package ports

import (
	"context"

	"github.com/task-tower/tasktower/core/job"
)

// Rescuer finds jobs that nobody will bring to an end by himself.
type Rescuer interface {
	// Lost gives up workers whose life has ended, and returns up to limit jobs
	// that are still held under leases of given-up or deregistered workers,
	// oldest lease first, those of one lease by id; leases that the caller has found
	// busy are left out. It changes no job: core decides what becomes of each
	// and settles it under the lease named in the record, so that of two rescuers
	// one wins and a worker that comes back has lost. A worker that was given up
	// gets ErrLeaseLost from its next Beat and Claim.
	Lost(ctx context.Context, limit int, busy ...job.Lease) ([]*job.Record, error)
	// Expire moves up to limit waiting jobs whose deadline has passed to
	// dead(deadline), each with a notice that their Death interceptors have yet
	// to run, and returns how many there were.
	Expire(ctx context.Context, limit int) (int, error)
}
