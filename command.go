package tasktower

import (
	"context"
	"fmt"

	"github.com/task-tower/tasktower/core/event"
	"github.com/task-tower/tasktower/core/job"
)

// Tag adds tags to a job in any state, each once, all or none; it never waits
// for a running attempt. ErrNotFound: no such job. ErrInvalid: a bad tag, or
// more than 100 in all.
func (c *Client) Tag(ctx context.Context, id ID, tags ...string) error {
	clean, err := addTags(nil, tags)
	if err != nil || len(clean) == 0 {
		return err
	}
	return c.store.Tag(ctx, id, clean)
}

// Cancel gives a job up. A waiting job is cancelled when Cancel returns; of a
// running one the handler's context ends soon, on whatever host, and the state
// returned is processing. Final jobs are ErrConflict, unknown ones ErrNotFound.
func (c *Client) Cancel(ctx context.Context, id ID, note ...string) (State, error) {
	return c.store.Cancel(ctx, id, noteOf(note))
}

// Requeue runs a job again, now, with a fresh retry budget; its history stays.
// Enqueued and processing jobs are ErrConflict, unknown ones ErrNotFound. A
// unique key that another job holds by now is ErrDuplicate.
func (c *Client) Requeue(ctx context.Context, id ID, note ...string) error {
	return c.store.Requeue(ctx, id, noteOf(note))
}

// Delete forgets a job, its history and tags. Processing jobs are ErrConflict,
// unknown ones ErrNotFound.
func (c *Client) Delete(ctx context.Context, id ID) error { return c.store.Delete(ctx, id) }

// PauseQueue keeps every worker from claiming from the queue, from now until
// ResumeQueue; running jobs go on. by says who pauses, note why; both may be empty.
func (c *Client) PauseQueue(ctx context.Context, queue, by, note string) error {
	if err := job.CheckName("queue", queue); err != nil {
		return err
	}
	err := c.store.PauseQueue(ctx, queue, job.Sanitize(by, job.MaxNameBytes), job.Sanitize(note, maxNote))
	if err == nil {
		c.observe(event.Event{Type: event.QueuePaused, Queue: queue, Note: note})
	}
	return err
}

// ResumeQueue ends a pause; a running queue stays as it is.
func (c *Client) ResumeQueue(ctx context.Context, queue string) error {
	if err := job.CheckName("queue", queue); err != nil {
		return err
	}
	err := c.store.ResumeQueue(ctx, queue)
	if err == nil {
		c.observe(event.Event{Type: event.QueueResumed, Queue: queue})
	}
	return err
}

// Get returns one job, or ErrNotFound.
func (c *Client) Get(ctx context.Context, id ID) (*Record, error) { return c.store.Get(ctx, id) }

// History returns a job's transitions, oldest first, or ErrNotFound.
func (c *Client) History(ctx context.Context, id ID) ([]Entry, error) {
	return c.store.History(ctx, id)
}

// Failures returns a job's failed attempts, oldest first, or ErrNotFound.
func (c *Client) Failures(ctx context.Context, id ID) ([]Failure, error) {
	return c.store.Failures(ctx, id)
}

// Reports returns what the handlers of a job's attempts told by Progress, Log and
// SetOutput of their RunContext, oldest first, or ErrNotFound. A running attempt's
// is about a second old. Attempts that told nothing have none; the newest 20 stay.
func (c *Client) Reports(ctx context.Context, id ID) ([]Report, error) {
	return c.store.Reports(ctx, id)
}

// List returns a page of the jobs that f selects, newest first. Page.Next goes
// into Filter.After for the page behind it; where few of very many jobs match, a
// page may be short, or empty, and yet have a Next. Bad filters are ErrInvalid.
func (c *Client) List(ctx context.Context, f Filter) (Page, error) {
	if err := f.Check(); err != nil {
		return Page{}, fmt.Errorf("list: %w", err)
	}
	return c.store.List(ctx, f)
}

// CountLimit is where Counts stops counting: a Count of so many means "or more".
const CountLimit = 10_000

// Counts counts jobs by queue and state, each up to CountLimit.
func (c *Client) Counts(ctx context.Context) ([]Count, error) {
	return c.store.Counts(ctx, CountLimit)
}

// Queues lists every queue that has or had jobs, or is paused, by name.
func (c *Client) Queues(ctx context.Context) ([]QueueInfo, error) { return c.store.Queues(ctx) }

// Workers lists workers that are alive or were within the last day, newest first,
// each with its state by the store's clock.
func (c *Client) Workers(ctx context.Context) ([]WorkerInfo, error) { return c.store.Workers(ctx) }

const maxNote = 1 << 10

func noteOf(notes []string) string {
	if len(notes) == 0 {
		return ""
	}
	return job.Sanitize(notes[0], maxNote)
}
