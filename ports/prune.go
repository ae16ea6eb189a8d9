package ports

import (
	"context"

	"github.com/task-tower/tasktower/core/job"
)

// Pruner forgets jobs that ended long ago, with all that belongs to them. How
// old a job is counts from its end, by the store's clock.
//
// A final job stays while a live worker is about to run its Death interceptors, and
// while it holds its unique key. A store may keep it while other jobs of the batch
// that it was claimed with are running.
//
// Pruning is upkeep: each call does little, holds no lock for which claims,
// settles or enqueues wait, and many may call at once.
type Pruner interface {
	// Retain stores how long the final jobs of kinds are kept, in place of what is
	// stored for those; an empty name stands for every kind that has nothing
	// stored. All fields count as they stand. Until then job.DefaultRetention holds.
	Retain(ctx context.Context, kinds map[string]job.Retention) error
	// Prune looks at up to limit jobs and forgets those whose kind's retention is
	// over. The store remembers where to look next, and need not look at a job again
	// before a twenty-fourth of the shortest retention is over. Records of
	// workers that stopped longer ago than the longest retention go as well.
	Prune(ctx context.Context, limit int) (Pruned, error)
	// PruneOlder looks at up to req.Limit jobs behind req.After, by id, and forgets
	// those whose end is older than req.Retention, whatever is stored for their kind.
	PruneOlder(ctx context.Context, req PruneRequest) (Pruned, error)
}

// PruneRequest says what is to go.
type PruneRequest struct {
	Retention job.Retention // every field counts as it stands
	After     job.ID        // Pruned.Last of the call before; zero: from the first
	Limit     int           // at least 1
}

// Pruned says what a call did.
type Pruned struct {
	Jobs int    // forgotten
	More bool   // there may be more to do now
	Last job.ID // of PruneOlder: the last job that was looked at
}
