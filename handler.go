package tasktower

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/task-tower/tasktower/core/engine"
	"github.com/task-tower/tasktower/core/job"
)

// Job is what a handler gets: the record, and its args decoded. MaxRetries is the
// number that counts, the handler's where the job itself does not say.
type Job[T Args] struct {
	*Record
	Args T
}

// Handler does the work of one kind. It is called by many goroutines at once.
//
// nil completes the job. Any other error fails the attempt, unless it is a
// verdict: Cancel, Discard, Snooze, RetryIn. A panic fails the attempt too. The
// context ends on timeout, deadline, cancellation and shutdown, and
// context.Cause says which; a handler that goes on regardless is abandoned.
type Handler[T Args] interface {
	Handle(ctx context.Context, j *Job[T]) error
}

// Registration ties a kind to its handler; Handle and HandleFunc make it.
type Registration struct {
	kind string
	opts []Option // Defaults and those of Handle, in this order
	run  func(ctx context.Context, r *Record) error
	err  error
}

// Handle registers a handler for the kind of its args. Its options win over the
// kind's Defaults, and lose to what a job was enqueued with.
//
// What a worker does by itself, it does for every job of the kind, whoever enqueued
// it: MaxRetries, Retry and Timeout, Retain, interceptors. What is stored with a job,
// a worker cannot change afterwards: Queue, Priority, Tags, DisplayName, DeadlineIn,
// Unique and UniqueFor hold for the worker's own recurring jobs, and for what is
// enqueued by clients that have the registration in ClientConfig.Handlers. Put
// them into Defaults, and every client knows them. Mistakes surface together from
// NewWorker.
func Handle[T Args](h Handler[T], opts ...Option) Registration {
	if isNil(h) {
		return missing[T](opts)
	}
	return register(h.Handle, opts)
}

// HandleFunc is Handle for a function.
func HandleFunc[T Args](f func(ctx context.Context, j *Job[T]) error, opts ...Option) Registration {
	if f == nil {
		return missing[T](opts)
	}
	return register(f, opts)
}

// missing is a registration without a handler, which still knows its kind and
// what is wrong with its options.
func missing[T Args](opts []Option) Registration {
	r := register[T](nil, opts)
	r.run, r.err = nil, errors.Join(job.Invalid("handler", "is nil"), r.err)
	return r
}

func register[T Args](handle func(context.Context, *Job[T]) error, opts []Option) (r Registration) {
	defer func() {
		if v := recover(); v != nil {
			r.err = job.Invalid("handler", "Kind or Defaults of %T's zero value panics: %v", *new(T), v)
		}
	}()
	zero := zeroArgs[T]()
	r.kind = zero.Kind()
	if d, ok := any(zero).(Defaulter); ok {
		r.opts = append(r.opts, d.Defaults()...)
	}
	r.opts = append(r.opts, opts...)
	var unsupported *json.UnsupportedTypeError
	if _, err := json.Marshal(zero); errors.As(err, &unsupported) {
		r.err = fmt.Errorf("%w: %w", job.Invalid("args", "JSON cannot carry them"), err)
		return r
	}
	r.run = func(ctx context.Context, rec *Record) error {
		j := &Job[T]{Record: rec}
		if err := json.Unmarshal(rec.Payload, &j.Args); err != nil {
			return Discard(&DecodeError{Kind: rec.Kind, Err: err})
		}
		return handle(ctx, j)
	}
	return r
}

// DecodeError says that a stored payload does not fit its kind's args: an older
// or foreign struct. The job is dead, reason rejected.
type DecodeError struct {
	Kind string
	Err  error
}

func (e *DecodeError) Error() string { return fmt.Sprintf("decode args of %s: %v", e.Kind, e.Err) }

// Unwrap gives the decoder's error.
func (e *DecodeError) Unwrap() error { return e.Err }

// check reports what is wrong with the registration, joined.
func (r Registration) check() error {
	if r.err == nil && r.run == nil {
		return job.Invalid("handler", "is empty; make it with Handle or HandleFunc")
	}
	s := r.settings()
	for _, name := range s.enqueue {
		s.fail(job.Invalid("option", "%s belongs to an enqueue", name))
	}
	if r.kind == "" && r.err != nil {
		return errors.Join(r.err, s.err()) // Kind was not to be had
	}
	return errors.Join(r.err, job.CheckName("kind", r.kind), s.err())
}

// checkHandlers reports what is wrong with each registration, and kinds that stand
// twice; every mistake names the handler.
func checkHandlers(all []Registration) (errs []error) {
	first := map[string]int{}
	for i, r := range all {
		owner := ownerOf("Handlers", i, r.kind)
		if err := r.check(); err != nil {
			errs = append(errs, owned(owner, err))
		}
		if earlier, twice := first[r.kind]; twice {
			errs = append(errs, owned(owner, job.Invalid("kind", "has a handler already, Handlers[%d]", earlier)))
		} else if r.kind != "" {
			first[r.kind] = i
		}
	}
	return errs
}

func (r Registration) settings() *settings {
	s := newSettings()
	s.take(r.opts)
	return s
}

// engineKind is the registration as the engine sees it.
func (r Registration) engineKind() engine.Kind {
	s := r.settings()
	if s.spec.MaxRetries == kindsRetries {
		s.spec.MaxRetries = job.DefaultMaxRetries
	}
	return engine.Kind{
		Name: r.kind, Run: r.run, Stages: s.stages, Retry: s.policy,
		MaxRetries: s.spec.MaxRetries, Timeout: s.spec.Timeout, Retention: s.keep,
	}
}
