package tasktower

import (
	"context"
	"fmt"

	"github.com/task-tower/tasktower/core/job"
)

// PauseWorker keeps a worker from claiming until ResumeWorker; running jobs go on.
// It holds from the moment it is stored, and the worker gives back within a second
// what it has claimed and not started. by says who pauses, note why; both may be
// empty. Workers finds the id. Unknown workers are ErrNotFound, lost and stopped
// ones ErrConflict.
func (c *Client) PauseWorker(ctx context.Context, workerID, by, note string) error {
	return c.store.PauseWorker(ctx, workerID, job.Sanitize(by, job.MaxNameBytes), job.Sanitize(note, maxNote))
}

// ResumeWorker ends a pause; a worker that is not paused stays as it is. The errors
// are those of PauseWorker.
func (c *Client) ResumeWorker(ctx context.Context, workerID string) error {
	return c.store.ResumeWorker(ctx, workerID)
}

// DrainWorker makes a worker claim nothing more, let its running jobs end, however
// long they take, and return from Run. There is no way back. The errors are those of
// PauseWorker.
func (c *Client) DrainWorker(ctx context.Context, workerID string) error {
	return c.store.DrainWorker(ctx, workerID)
}

// SetConcurrency makes a worker run up to n jobs at once, 1 to 10,000, within a
// second and until it ends. Jobs that run beyond that go on. The errors are those of
// PauseWorker, and ErrInvalid for n.
func (c *Client) SetConcurrency(ctx context.Context, workerID string, n int) error {
	if err := checkConcurrency("concurrency", n); err != nil {
		return fmt.Errorf("set concurrency: %w", err)
	}
	return c.store.SetConcurrency(ctx, workerID, n)
}

// SetConcurrency makes the worker run up to n jobs at once, 1 to 10,000, from now
// on. Jobs that run beyond that go on. It may be called before Run, by any
// goroutine; the last one counts, also against Client.SetConcurrency.
func (w *Worker) SetConcurrency(n int) error {
	if err := checkConcurrency("concurrency", n); err != nil {
		return fmt.Errorf("set concurrency: %w", err)
	}
	w.engine.SetConcurrency(n)
	return nil
}

func checkConcurrency(field string, n int) error {
	if n < 1 || n > MaxConcurrency {
		return job.Invalid(field, "is %d; want 1 to %d", n, MaxConcurrency)
	}
	return nil
}
