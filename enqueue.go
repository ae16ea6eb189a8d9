package tasktower

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/task-tower/tasktower/core/event"
	"github.com/task-tower/tasktower/core/intercept"
	"github.com/task-tower/tasktower/core/job"
)

// Enqueue stores a job; when it returns nil the job is durable (inside InTx: once
// the transaction commits).
//
// Errors match ErrInvalid (nothing was stored, and a transaction of the caller
// stays usable unless it was itself unfit), ErrUnavailable (a later try may
// succeed), or are a contextualizer's or middleware's own.
// If a live job holds the unique key, that job is returned with ErrDuplicate; with
// nothing but its id and key if it cannot be read, being of the same transaction.
func (c *Client) Enqueue(ctx context.Context, args Args, opts ...Option) (*Record, error) {
	specs, err := c.specs(ctx, []Item{{Args: args, Options: opts}})
	if err != nil {
		return nil, unnumbered(err)
	}
	return c.enqueueOne(ctx, specs[0])
}

// enqueueOne stores a spec, or says who holds its unique key.
func (c *Client) enqueueOne(ctx context.Context, spec *job.Spec) (*Record, error) {
	stored, err := c.insert(ctx, []*job.Spec{spec})
	if err != nil {
		return nil, err
	}
	if holder, held := stored.Held[0]; held {
		rec, err := c.store.Get(ctx, holder)
		if err != nil {
			rec = &Record{ID: holder, UniqueKey: spec.UniqueKey}
		}
		if errors.Is(err, job.ErrNotFound) {
			err = nil
		}
		return rec, errors.Join(&job.DuplicateError{Key: spec.UniqueKey, Holder: holder}, err)
	}
	return c.record(spec, stored.At), nil
}

// Schedule is Enqueue for later: in the order in which one says it.
func (c *Client) Schedule(ctx context.Context, args Args, when When, opts ...Option) (*Record, error) {
	if !when.given {
		return nil, job.Invalid("when", "is empty; want At or In")
	}
	return c.Enqueue(ctx, args, append(append(make([]Option, 0, len(opts)+1), opts...), when)...)
}

// Item is one job of EnqueueMany.
type Item struct {
	Args    Args
	Options []Option
}

// Each makes items of args that share their options.
func Each[T Args](args []T, opts ...Option) []Item {
	items := make([]Item, len(args))
	for i, a := range args {
		items[i] = Item{Args: a, Options: opts}
	}
	return items
}

// Enqueuing is how EnqueueMany answers for one item.
type Enqueuing struct {
	ID ID
	// Duplicate: a live job, whose ID this is, held the unique key, and the
	// item was not stored.
	Duplicate bool
}

// EnqueueMany stores all items in one go, or none: one mistake stores nothing. The
// mistakes of the first 20 wrong items are named with their place ("jobs[17]: invalid
// args: …"), the others counted. No items are fine.
//
// The answers stand in the order of the items. Errors are those of Enqueue, but
// duplicates are no error here.
func (c *Client) EnqueueMany(ctx context.Context, items []Item) ([]Enqueuing, error) {
	if len(items) == 0 {
		return nil, c.broken
	}
	specs, err := c.specs(ctx, items)
	if err != nil {
		return nil, err
	}
	stored, err := c.insert(ctx, specs)
	if err != nil {
		return nil, err
	}
	answers := make([]Enqueuing, len(specs))
	for i, s := range specs {
		if holder, held := stored.Held[i]; held {
			answers[i] = Enqueuing{ID: holder, Duplicate: true}
			continue
		}
		answers[i].ID = s.ID
		if c.cfg.Observer != nil {
			c.record(s, stored.At)
		}
	}
	return answers, nil
}

// specs turns items into what the store keeps.
func (c *Client) specs(ctx context.Context, items []Item) ([]*job.Spec, error) {
	if c.broken != nil {
		return nil, c.broken
	}
	params, err := c.contextualize(ctx)
	if err != nil {
		return nil, err
	}
	specs, all := make([]*job.Spec, len(items)), make([]job.Spec, len(items))
	var wrong itemErrors
	scratch := newSettings()
	for i, item := range items {
		s := &all[i]
		if *s, err = c.encode(scratch, item.Args, item.Options); err != nil {
			wrong.add(i, err)
			continue
		}
		s.ID, s.Params = c.cfg.IDs.NewID(), params
		if i > 0 && len(c.cfg.Around) > 0 {
			s.Params = maps.Clone(params) // middleware may write to each
		}
		specs[i] = s
	}
	return specs, wrong.err()
}

// maxItemErrors is how many wrong items of a call are named.
const maxItemErrors = 20

// itemErrors are the items of many that are wrong.
type itemErrors struct {
	named []error
	more  int
}

func (e *itemErrors) add(place int, err error) {
	if len(e.named) == maxItemErrors {
		e.more++
		return
	}
	e.named = append(e.named, &itemError{place, err})
}

func (e *itemErrors) err() error {
	if e.more > 0 {
		return errors.Join(append(e.named, job.Invalid("jobs", "%d more are wrong", e.more))...)
	}
	return errors.Join(e.named...)
}

// itemError says which item of many is wrong.
type itemError struct {
	place int
	err   error
}

func (e *itemError) Error() string { return owned(fmt.Sprintf("jobs[%d]", e.place), e.err).Error() }
func (e *itemError) Unwrap() error { return e.err }

// unnumbered drops the place, which says nothing about a single job.
func unnumbered(err error) error {
	var item *itemError
	if errors.As(err, &item) {
		return item.err
	}
	return err
}

// stored is what the store answered.
type stored struct {
	At   time.Time
	Held map[int]ID
}

// insert stores the specs inside the middleware.
func (c *Client) insert(ctx context.Context, specs []*job.Spec) (stored, error) {
	var answer stored
	reached := false
	store := func(ctx context.Context, specs []*job.Spec) error {
		reached = true
		if len(c.cfg.Around) > 0 {
			if err := checkSpecs(specs, c.cfg.MaxPayloadBytes); err != nil {
				return err
			}
		}
		done, err := c.into.Enqueue(ctx, specs)
		answer = stored{At: done.At, Held: done.Held}
		return err
	}
	err := intercept.WrapEnqueue(c.cfg.Around, store)(ctx, specs)
	if err == nil && !reached {
		err = fmt.Errorf("middleware swallowed the enqueue: %w", job.ErrInvalid)
	}
	return answer, err
}

// checkSpecs looks over what middleware may have changed.
func checkSpecs(specs []*job.Spec, limit int) error {
	var wrong itemErrors
	for i, s := range specs {
		err := errors.Join(
			job.CheckName("kind", s.Kind), job.CheckName("queue", s.Queue),
			checkArgs(s.Payload, limit), checkParams(s.Params))
		tags, tagErr := addTags(nil, s.Tags)
		s.Tags = tags
		if err = errors.Join(err, tagErr); err != nil {
			wrong.add(i, err)
		}
	}
	return wrong.err()
}

// record is the stored job as the caller sees it.
func (c *Client) record(s *job.Spec, at time.Time) *Record {
	r := job.NewRecord(s, at)
	c.observe(event.Event{Type: event.JobEnqueued, Job: r, Queue: r.Queue})
	return r
}
