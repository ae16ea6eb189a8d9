package tasktower

import (
	"context"
	"log/slog"

	"github.com/task-tower/tasktower/core/job"
)

// RunContext is what a handler, middleware or interceptor can learn about the
// job it acts for; FromContext finds it.
type RunContext struct {
	record *Record
	logger *slog.Logger
}

type runKey struct{}

// FromContext gives the run to which ctx belongs, or nil outside of runs. The
// methods of a nil *RunContext answer zero values.
func FromContext(ctx context.Context) *RunContext {
	run, _ := ctx.Value(runKey{}).(*RunContext)
	return run
}

// ID is the job's id.
func (c *RunContext) ID() ID { return c.job().ID }

// Kind is the job's kind.
func (c *RunContext) Kind() string { return c.job().Kind }

// Queue is the job's queue.
func (c *RunContext) Queue() string { return c.job().Queue }

// Attempt is 1 during the first run.
func (c *RunContext) Attempt() int { return c.job().Attempt }

// Tags are the job's tags when it was claimed.
func (c *RunContext) Tags() []string { return c.job().Tags }

// Params are the job's context parameters; see Param.
func (c *RunContext) Params() Params { return c.job().Params }

// Logger writes with the job's id, kind, queue and attempt attached.
func (c *RunContext) Logger() *slog.Logger {
	if c == nil || c.logger == nil {
		return slog.New(slog.DiscardHandler)
	}
	r := c.record
	return c.logger.With("job", r.ID.String(), "kind", r.Kind, "queue", r.Queue, "attempt", r.Attempt)
}

func (c *RunContext) job() *Record {
	if c == nil {
		return &Record{}
	}
	return c.record
}

// Param decodes a context parameter of an interceptor's job. A missing one is
// ErrNotFound; one of another type is a *ParamTypeError, which is ErrInvalid.
func Param[T any](ic *InterceptContext, name string) (T, error) {
	return job.Param[T](ic.Job.Params, name)
}

// ContextParam is Param for handlers: of the job to which ctx belongs.
func ContextParam[T any](ctx context.Context, name string) (T, error) {
	return job.Param[T](FromContext(ctx).Params(), name)
}

// withRun makes FromContext work below ctx.
func withRun(logger *slog.Logger) func(context.Context, *Record) context.Context {
	return func(ctx context.Context, r *Record) context.Context {
		return context.WithValue(ctx, runKey{}, &RunContext{record: r, logger: logger})
	}
}
