package tasktower

import (
	"context"
	"fmt"
	"time"

	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/ports"
)

// Pruning says what Client.Prune forgets.
type Pruning struct {
	// States of the jobs that are to go: completed, cancelled, dead; at least one.
	States []State
	// OlderThan is how long ago their end must lie, by the store's clock; 0: they
	// go however recent it is.
	OlderThan time.Duration
}

// pruneBatch is how many jobs one call to the store looks at.
const pruneBatch = 1000

// Prune forgets final jobs now, with their history and tags, however long they
// were to be kept, and returns how many there were. What still has a purpose stays:
// dead jobs whose Death interceptors have yet to run, jobs that hold their unique
// key, and jobs of a batch of which others are running.
//
// It works in small batches with pauses, so it may take its time; what it did
// before an error, or before ctx ended, is done and counted. Workers do this by
// themselves for jobs whose Retention is over. ErrInvalid: no states, states that
// are not final, or a negative time.
func (c *Client) Prune(ctx context.Context, p Pruning) (int, error) {
	retention, err := p.retention()
	if err != nil {
		return 0, fmt.Errorf("prune: %w", err)
	}
	total := 0
	req := ports.PruneRequest{Retention: retention, Limit: pruneBatch}
	for {
		begun := time.Now()
		done, err := c.store.PruneOlder(ctx, req)
		total += done.Jobs
		if err != nil || !done.More {
			return total, err
		}
		req.After = done.Last
		select {
		case <-time.After(time.Since(begun)):
		case <-ctx.Done():
			return total, context.Cause(ctx)
		}
	}
}

func (p Pruning) retention() (Retention, error) {
	if len(p.States) == 0 {
		return Retention{}, job.Invalid("states", "are empty; want completed, cancelled or dead")
	}
	if p.OlderThan < 0 || p.OlderThan > job.MaxRetention {
		return Retention{}, job.Invalid("older_than", "is %s; want 0 to %s", p.OlderThan, job.MaxRetention)
	}
	r := Retention{Completed: KeepForever, Cancelled: KeepForever, Dead: KeepForever}
	for i, s := range p.States {
		switch s {
		case Completed:
			r.Completed = p.OlderThan
		case Cancelled:
			r.Cancelled = p.OlderThan
		case Dead:
			r.Dead = p.OlderThan
		default:
			return Retention{}, job.Invalid(fmt.Sprintf("states[%d]", i), "is %q; want completed, cancelled or dead", job.Clip(string(s), 40))
		}
	}
	return r, nil
}
