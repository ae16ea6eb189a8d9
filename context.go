package tasktower

import (
	"context"
	"log/slog"
	"runtime"
	"time"

	"github.com/task-tower/tasktower/core/engine"
	"github.com/task-tower/tasktower/core/job"
)

// RunContext is what a handler, middleware or interceptor can learn about the
// job it acts for, and where it tells of its work; FromContext finds it. What is
// told once the attempt's result is decided, as in OnSuccess interceptors, is lost.
type RunContext struct {
	record *Record
	logger *slog.Logger
	to     engine.Reporter
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

// Progress tells how far the handler is: done of total, where 0 means that nobody
// knows, and what it is at, up to 1 KiB. Call it as often as you like: the latest
// is stored about once a second, and with the attempt's result.
func (c *RunContext) Progress(done, total int, note string) {
	if c != nil {
		c.to.Progress(done, total, note)
	}
}

// Log writes a line to Logger and keeps it with the job: the message and, as in
// package log/slog, keys and values. Every level is kept. An attempt keeps its
// first 1,000 lines, 256 KiB in all, and counts the rest; a line is cut at 4 KiB.
func (c *RunContext) Log(level slog.Level, msg string, args ...any) {
	if c == nil {
		return
	}
	var caller [1]uintptr
	runtime.Callers(2, caller[:])
	line := slog.NewRecord(time.Now(), level, msg, caller[0])
	line.Add(args...)
	c.to.Line(level, lineText(line))
	if h := c.Logger().Handler(); h.Enabled(context.Background(), level) {
		_ = h.Handle(context.Background(), line) // as slog itself does
	}
}

// SetOutput leaves the JSON of v, up to 256 KiB, as the attempt's output; it is
// stored with the attempt's result, of several the last. A v that JSON cannot
// carry fails an attempt that would otherwise succeed, as an *OutputError.
func (c *RunContext) SetOutput(v any) {
	if c == nil {
		return
	}
	text, err := marshalOutput(v)
	c.to.Output(text, err)
}

func (c *RunContext) reporter() engine.Reporter {
	if c == nil {
		return engine.Reporter{}
	}
	return c.to
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

// ContextParam is Param for handlers: of the job to which ctx belongs. A ctx that
// belongs to none is ErrInvalid.
func ContextParam[T any](ctx context.Context, name string) (T, error) {
	run := FromContext(ctx)
	if run == nil {
		var none T
		return none, job.Invalid("ctx", "belongs to no job; pass the handler's context")
	}
	return job.Param[T](run.Params(), name)
}

// within is a context and the run to which it belongs.
type within struct {
	context.Context
	run RunContext
}

// Value is the context's, but for what FromContext looks for.
func (c *within) Value(key any) any {
	if key == (runKey{}) {
		return &c.run
	}
	return c.Context.Value(key)
}

// withRun makes FromContext work below ctx. The record is that of handlers and
// interceptors alone; it gets the number of retries that counts.
func withRun(logger *slog.Logger, retries map[string]int) func(context.Context, *Record, engine.Reporter) context.Context {
	return func(ctx context.Context, r *Record, to engine.Reporter) context.Context {
		if n, known := retries[r.Kind]; known && r.MaxRetries == kindsRetries {
			r.MaxRetries = n
		}
		return &within{ctx, RunContext{record: r, logger: logger, to: to}}
	}
}
