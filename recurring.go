package tasktower

import (
	"context"
	"errors"
	"time"

	"github.com/task-tower/tasktower/core/engine"
	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/core/schedule"
	"github.com/task-tower/tasktower/ports"
)

// Recurring enqueues a job at each instant of a series: exactly one, over any
// number of workers. The job's RunAt is the instant.
type Recurring struct {
	// Key names it, 1–128 bytes; one key, one recurring job.
	Key string
	// When it is due: Cron or Every. Changing it counts instants from that change on.
	When Series
	// Args of each job.
	Args Args
	// Options of each job, as at Enqueue; not At, In or Deadline.
	Options []Option
	// Misfire says what becomes of instants that passed while no worker ran, within
	// the last 24 hours; empty: MisfireOnce.
	Misfire Misfire
	// Overlap says what becomes of an instant that finds the job before it still
	// waiting for its first run, or running; empty: OverlapSkip.
	Overlap Overlap
}

// Series is an endless series of instants: Cron or Every.
type Series struct{ spec, zone string }

// Cron is a cron line of five or six fields, or a macro like "@daily", by the
// clock of a zone: an IANA name, "" for UTC. Package core/schedule has the grammar
// and says what happens when clocks change.
func Cron(spec, zone string) Series { return Series{spec, zone} }

// Every is each d, 1 s to ten years, first d after the series was stored.
func Every(d time.Duration) Series { return Series{spec: "@every " + d.String()} }

// recurring is what a store keeps of r. The error joins every mistake.
func (c *Client) recurring(r Recurring) (ports.Recurring, error) {
	orElse(&r.Misfire, MisfireOnce)
	orElse(&r.Overlap, OverlapSkip)
	keyErr := job.CheckName("key", r.Key)
	s, whenErr := schedule.Parse(r.When.spec, r.When.zone)
	if r.When.spec == "" {
		whenErr = job.Invalid("when", "is empty; want Cron or Every")
	}
	policyErr := schedule.Policy{Misfire: r.Misfire, Overlap: r.Overlap}.Check()
	spec, argsErr := c.encode(newSettings(), r.Args, r.Options)
	argsErr = errors.Join(argsErr, onlyEach(r.Options))
	if err := errors.Join(keyErr, whenErr, policyErr, argsErr); err != nil {
		return ports.Recurring{}, err
	}
	return ports.Recurring{
		Key: r.Key, Spec: s.String(), Zone: s.Zone(), Misfire: r.Misfire, Overlap: r.Overlap, Job: &spec,
	}, nil
}

// onlyEach refuses options that say something about one job alone.
func onlyEach(opts []Option) error {
	s := newSettings()
	s.take(opts)
	s.errs = nil
	for _, name := range s.enqueue {
		switch name {
		case "UniqueKey":
		case "Deadline":
			s.fail(job.Invalid("option", "%s belongs to a single job; DeadlineIn counts from each enqueue", name))
		default:
			s.fail(job.Invalid("option", "%s belongs to a single job", name))
		}
	}
	return s.err()
}

// recurring are the declared recurring jobs as a store keeps them, and every
// mistake in them.
func (c *WorkerConfig) recurring() (rows []ports.Recurring, errs []error) {
	client := &Client{
		cfg:   ClientConfig{MaxPayloadBytes: job.DefaultMaxPayloadBytes},
		kinds: map[string][]Option{}, spoilt: map[string]bool{},
	}
	for _, h := range c.Handlers {
		client.kinds[h.kind] = h.opts
		client.spoilt[h.kind] = client.spoilt[h.kind] || h.check() != nil
	}
	first := map[string]int{}
	for i, r := range c.Recurring {
		row, err := client.recurring(r)
		if earlier, twice := first[r.Key]; twice {
			err = errors.Join(err, job.Invalid("key", "is that of Recurring[%d]", earlier))
		} else if r.Key != "" {
			first[r.Key] = i
		}
		if err != nil {
			errs = append(errs, owned(ownerOf("Recurring", i, r.Key), err))
			continue
		}
		row.Declared = true
		rows = append(rows, row)
	}
	return rows, errs
}

// AddRecurring adds a recurring job, or changes the one of that key. From then on
// it wins over what workers declare in their code under that key. Workers follow
// at once, at the latest within their JobCheckInterval. Contextualizers run once,
// now. Mistakes are ErrInvalid, joined.
func (c *Client) AddRecurring(ctx context.Context, r Recurring) error {
	if c.broken != nil {
		return c.broken
	}
	params, err := c.contextualize(ctx)
	if err != nil {
		return err
	}
	row, err := c.recurring(r)
	if err != nil {
		return owned("recurring", err)
	}
	row.Job.Params = params
	return c.store.SaveRecurring(ctx, row)
}

// RemoveRecurring removes a recurring job; jobs that it has enqueued stay. It stays
// removed whatever workers declare in their code, until AddRecurring brings the key
// back. Unknown keys are ErrNotFound, ill-formed ones ErrInvalid.
func (c *Client) RemoveRecurring(ctx context.Context, key string) error {
	return c.store.RemoveRecurring(ctx, key)
}

// PauseRecurring keeps a recurring job from enqueueing, until ResumeRecurring, or
// the given time if it is not zero; one that is over by the store's clock is
// ErrInvalid. Instants in between are not made up for. The pause outlives restarts
// of the workers. Unknown keys are ErrNotFound, ill-formed ones ErrInvalid. by says
// who pauses, note why; both may be empty.
func (c *Client) PauseRecurring(ctx context.Context, key, by, note string, until time.Time) error {
	if !until.IsZero() {
		if err := checkInstant("until", until); err != nil {
			return err
		}
	}
	return c.store.PauseRecurring(ctx, key, job.Sanitize(by, job.MaxNameBytes), job.Sanitize(note, maxNote), until)
}

// ResumeRecurring ends a pause; instants count from now. A running recurring job
// stays as it is. Unknown keys are ErrNotFound, ill-formed ones ErrInvalid.
func (c *Client) ResumeRecurring(ctx context.Context, key string) error {
	return c.store.ResumeRecurring(ctx, key)
}

// TriggerRecurring enqueues one job of it now, beside its instants: also if it is
// paused, and whatever its overlap policy. The job has the context parameters that
// it has at each instant, those of AddRecurring. Unknown keys are ErrNotFound,
// ill-formed ones ErrInvalid; other errors are those of Enqueue.
func (c *Client) TriggerRecurring(ctx context.Context, key string) (*Record, error) {
	if err := errors.Join(c.broken, job.CheckName("key", key)); err != nil {
		return nil, err
	}
	all, err := c.store.Recurring(ctx)
	if err != nil {
		return nil, err
	}
	for _, r := range all {
		if r.Key == key {
			r.Job.ID = c.cfg.IDs.NewID()
			return c.enqueueOne(ctx, r.Job)
		}
	}
	return nil, &job.NotFoundError{What: "recurring job", Name: key}
}

// RecurringJobs lists the recurring jobs by key. NextRecurring says when each is due.
func (c *Client) RecurringJobs(ctx context.Context) ([]RecurringInfo, error) {
	return c.store.Recurring(ctx)
}

// NextRecurring is the next n instants of a recurring job, as far as they are
// known: none while it is paused without an end.
func NextRecurring(r RecurringInfo, n int) ([]time.Time, error) {
	s, err := engine.ScheduleOf(r)
	if err != nil || !r.PausedAt.IsZero() && r.PausedUntil.IsZero() {
		return nil, err
	}
	after := r.Since
	if !r.Next.IsZero() {
		after = r.Next.Add(-1)
	}
	if r.PausedUntil.After(after) {
		after = r.PausedUntil.Add(-1)
	}
	return s.NextN(after, n), nil
}
