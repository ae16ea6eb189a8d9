package intercept

import (
	"context"
	"encoding/json"
	"time"

	"github.com/task-tower/tasktower/core/job"
)

// Stage is a moment of a job's life at which interceptors act.
type Stage string

// The stages. Interceptors of a stage run in order, global ones first.
const (
	// PreProcessing is before the handler; an error fails the attempt.
	PreProcessing Stage = "pre_processing"
	// Success is after completed is stored.
	Success Stage = "success"
	// Failure is after a failed attempt is stored, the last one included.
	Failure Stage = "failure"
	// Death is after dead is stored; at least once, also across crashes.
	Death Stage = "death"
)

// Context is what an interceptor gets. It is read-only and belongs to the call.
type Context struct {
	Stage Stage
	Job   *job.Record
	// Error is set at Failure, and at Death if an attempt failed.
	Error *ErrorDetails
}

// ErrorDetails says how the last attempt failed.
type ErrorDetails struct {
	Type    string
	Message string
	Details string // the stack of a panic; may be empty
	At      time.Time
}

// Param is the raw JSON of a context parameter.
func (c *Context) Param(name string) (json.RawMessage, bool) {
	raw, ok := c.Job.Params[name]
	return raw, ok
}

// Before acts before the handler and may enrich its context; a nil context
// stands for the one given. An error, or a panic, fails the attempt.
type Before func(ctx context.Context, ic *Context) (context.Context, error)

// After acts after the fact: its error or panic is an event, nothing more.
type After func(ctx context.Context, ic *Context) error

// Stages are the interceptors of one kind, or the global ones.
type Stages struct {
	Before  []Before
	Success []After
	Failure []After
	Death   []After
}

// Then is s followed by next.
func (s Stages) Then(next Stages) Stages {
	return Stages{
		Before:  join(s.Before, next.Before),
		Success: join(s.Success, next.Success),
		Failure: join(s.Failure, next.Failure),
		Death:   join(s.Death, next.Death),
	}
}

func join[T any](a, b []T) []T {
	if len(a)+len(b) == 0 {
		return nil
	}
	return append(append(make([]T, 0, len(a)+len(b)), a...), b...)
}
