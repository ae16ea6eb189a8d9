package tasktower

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/task-tower/tasktower/core/intercept"
	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/core/retry"
)

// Option says how a job, or every job of a kind, is to be treated. Options stand
// in three places: at Enqueue, at Handle, and at the kind's Defaults method; the
// first of them that says something counts. What each is for:
//
//   - Queue, Priority, Tags, DisplayName, DeadlineIn, Unique and UniqueFor are stored
//     with the job, by the client that enqueues it. A client always knows Defaults;
//     what was said at Handle it knows if ClientConfig.Handlers has the registration.
//   - MaxRetries, Retry and Timeout are stored with the job if the client knows them.
//     Else they are the worker's, from Handle or Defaults.
//   - Retain, PreProcessing, OnSuccess, OnFailure and OnDeath are the worker's. They
//     are no options of Enqueue.
//   - At, In, Deadline and UniqueKey are one job's. They are options of Enqueue alone.
//
// Options that make no sense at a place are an ErrInvalid there.
type Option interface {
	apply(*settings)
}

type option func(*settings)

func (o option) apply(s *settings) { o(s) }

// settings are options taken together.
type settings struct {
	spec     job.Spec
	policy   retry.Policy
	keep     Retention
	stages   intercept.Stages
	unique   bool     // by kind and args
	said     said     // by the options taken last
	enqueue  []string // options that only make sense at an enqueue
	register []string // options that only make sense at a registration
	errs     []error
}

// said are options of which one excludes another.
type said struct{ at, in, deadline, deadlineIn, unique, key bool }

var blankSettings = settings{spec: job.Spec{Queue: job.DefaultQueue, MaxRetries: kindsRetries}}

func newSettings() *settings {
	s := blankSettings
	return &s
}

// kindsRetries leaves the number of retries to the worker's kind.
const kindsRetries = -1

func (s *settings) take(opts []Option) {
	for _, o := range opts {
		if o == nil {
			s.errs = append(s.errs, job.Invalid("option", "is nil"))
			continue
		}
		o.apply(s)
	}
}

func (s *settings) fail(err error) {
	if err != nil {
		s.errs = append(s.errs, err)
	}
}

func (s *settings) err() error { return errors.Join(s.errs...) }

// Queue is where the job waits; "default" unless told otherwise.
func Queue(name string) Option {
	return option(func(s *settings) {
		s.fail(job.CheckName("queue", name))
		s.spec.Queue = name
	})
}

// DisplayName is how people see the kind; the kind itself unless told otherwise.
func DisplayName(name string) Option {
	return option(func(s *settings) {
		s.fail(job.CheckName("display_name", name))
		s.spec.DisplayName = name
	})
}

// Priority orders jobs within their queue: higher first, 0 unless told otherwise.
// FIFO, the strategy of a worker that is given none, goes by age alone and ignores
// it; every other one of package strategies heeds it.
func Priority(p int16) Option {
	return option(func(s *settings) { s.spec.Priority = p })
}

// MaxRetriesLimit is the most retries that a job may ask for.
const MaxRetriesLimit = 1000

// MaxRetries is how often a failed job runs again, 0 to 1000; 10 unless told otherwise.
func MaxRetries(n int) Option {
	return option(func(s *settings) {
		if n < 0 || n > MaxRetriesLimit {
			s.fail(job.Invalid("max_retries", "is %d; want 0 to %d", n, MaxRetriesLimit))
		}
		s.spec.MaxRetries = n
	})
}

// Retry is how long failed attempts wait. At an enqueue the policy is stored
// with the job, so it has to be one of core/retry's; at Handle any policy is fine.
func Retry(p RetryPolicy) Option {
	return option(func(s *settings) {
		if p == nil {
			s.fail(job.Invalid("retry", "is nil"))
			return
		}
		s.fail(retry.Check(p))
		s.policy = p
	})
}

// MinTimeout is the shortest timeout of an attempt.
const MinTimeout = time.Millisecond

// Timeout ends each attempt's context after d, cause ErrTimeout; unless told
// otherwise the worker's WorkerConfig.Timeout does. d is at least a millisecond.
func Timeout(d time.Duration) Option {
	return option(func(s *settings) {
		if d < MinTimeout || d > maxSpan {
			s.fail(job.Invalid("timeout", "is %s; want %s to %s", d, MinTimeout, maxSpan))
		}
		s.spec.Timeout = d
	})
}

// Retain is how long jobs of the kind are kept after they ended, by state; a
// zero field leaves it to the worker's configuration. It is stored for the kind
// when a worker with a handler for it starts.
func Retain(r Retention) Option {
	return option(func(s *settings) {
		s.register = append(s.register, "Retain")
		s.fail(r.Check())
		s.keep = r.Or(s.keep)
	})
}

// Tags marks the job; given again, tags add up, each once.
func Tags(tags ...string) Option {
	return option(func(s *settings) {
		all, err := addTags(s.spec.Tags, tags)
		s.fail(err)
		s.spec.Tags = all
	})
}

// Tag is Tags with one tag.
func Tag(tag string) Option { return Tags(tag) }

// addTags is the sorted union, each tag checked.
func addTags(have, more []string) ([]string, error) {
	var errs []error
	for i, t := range more {
		errs = append(errs, job.CheckTag(fmt.Sprintf("tags[%d]", i), t))
	}
	if err := errors.Join(errs...); err != nil {
		return have, err
	}
	all := append(slices.Clone(have), more...)
	slices.Sort(all)
	all = slices.Compact(all)
	if len(all) > job.MaxTags {
		return have, job.Invalid("tags", "are %d; at most %d", len(all), job.MaxTags)
	}
	return all, nil
}

// Deadline is the instant past which the job never starts, and at which a running
// attempt's context ends, cause ErrDeadline. It lies behind At.
func Deadline(t time.Time) Option {
	return option(func(s *settings) {
		s.only("Deadline")
		s.said.deadline = true
		s.fail(checkInstant("deadline", t))
		s.spec.Deadline = t
	})
}

// DeadlineIn is a Deadline d after the enqueue, by the store's clock; longer than In.
func DeadlineIn(d time.Duration) Option {
	return option(func(s *settings) {
		if d <= 0 || d > maxSpan {
			s.fail(job.Invalid("deadline", "is %s from now; want above 0 and at most %s", d, maxSpan))
		}
		s.said.deadlineIn = true
		s.spec.DeadlineIn = d
	})
}

// UniqueKey lets one live job hold the key: while it is not final, enqueueing
// another under the key returns the holder and ErrDuplicate.
func UniqueKey(key string) Option {
	return option(func(s *settings) {
		s.only("UniqueKey")
		s.said.key = true
		s.fail(job.CheckName("unique_key", key))
		s.spec.UniqueKey, s.unique = key, false
	})
}

// Unique is a UniqueKey made of the kind and the args. One option or the other.
func Unique() Option {
	return option(func(s *settings) {
		s.said.unique = true
		s.unique = s.spec.UniqueKey == ""
	})
}

// UniqueFor is Unique (or goes with UniqueKey), and the key stays held for at
// least d after the enqueue, even if the job ends before.
func UniqueFor(d time.Duration) Option {
	return option(func(s *settings) {
		if d <= 0 || d > maxSpan {
			s.fail(job.Invalid("unique_for", "is %s; want above 0 and at most %s", d, maxSpan))
		}
		s.unique = s.spec.UniqueKey == ""
		s.spec.UniqueFor = d
	})
}

// PreProcessing interceptors run before the handler, in order.
func PreProcessing(f ...Before) Option {
	return stage("PreProcessing", intercept.Stages{Before: f}, len(f), func(i int) bool { return f[i] == nil })
}

// OnSuccess interceptors run once completed is stored, in order.
func OnSuccess(f ...After) Option { return after("OnSuccess", intercept.Stages{Success: f}, f) }

// OnFailure interceptors run after each failed attempt is stored, in order.
func OnFailure(f ...After) Option { return after("OnFailure", intercept.Stages{Failure: f}, f) }

// OnDeath interceptors run once dead is stored, in order; at least once, also
// when a worker crashes in between.
func OnDeath(f ...After) Option { return after("OnDeath", intercept.Stages{Death: f}, f) }

func after(name string, stages intercept.Stages, f []After) Option {
	return stage(name, stages, len(f), func(i int) bool { return f[i] == nil })
}

func stage(name string, stages intercept.Stages, n int, missing func(int) bool) Option {
	return option(func(s *settings) {
		s.register = append(s.register, name)
		s.fail(someNil(name, n, missing))
		s.stages = s.stages.Then(stages)
	})
}

// contradictions reports options that cannot both be meant, and jobs that could
// never run. An option may be said twice: the last one counts.
func (s *settings) contradictions() {
	for _, both := range []struct {
		given        bool
		field, names string
	}{
		{s.said.at && s.said.in, "run_at", "At and In"},
		{s.said.deadline && s.said.deadlineIn, "deadline", "Deadline and DeadlineIn"},
		{s.said.unique && s.said.key, "unique_key", "Unique and UniqueKey"},
	} {
		if both.given {
			s.fail(job.Invalid(both.field, "%s are given both; want one of them", both.names))
		}
	}
	switch p := s.spec; {
	case len(s.errs) > 0:
	case !p.Deadline.IsZero():
		if !p.RunAt.IsZero() && !p.RunAt.Before(p.Deadline) {
			s.fail(job.Invalid("deadline", "is not after run_at: the job would never run; want a later Deadline or an earlier At"))
		}
	case p.DeadlineIn > 0 && p.Delay >= p.DeadlineIn:
		s.fail(job.Invalid("deadline", "DeadlineIn(%s) is over when In(%s) is due: the job would never run; "+
			"want a longer DeadlineIn or a shorter In", p.DeadlineIn, p.Delay))
	}
}

// only notes an option that makes sense for one job, not for a kind.
func (s *settings) only(name string) { s.enqueue = append(s.enqueue, name) }
