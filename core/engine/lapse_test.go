package engine_test

import (
	"context"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/core/engine"
	"github.com/task-tower/tasktower/core/job"
)

// spiteful is an error that nobody can compare or print.
type spiteful struct{}

func (spiteful) Error() string   { panic("no") }
func (spiteful) Is(error) bool   { panic("no") }
func (s spiteful) Unwrap() error { return nil }

// A handler that gives its context's error back says what any client does whose
// request took too long. The failure says whose time was up.
func TestFailure_TellsThatTheJobsOwnTimeWasUp(t *testing.T) {
	t.Parallel()
	timeout := func(s *job.Spec) { s.Timeout = 90 * time.Second }
	deadline := within(time.Minute)
	ctxErr := func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
	for name, c := range map[string]struct {
		limit   func(*job.Spec)
		result  func(ctx context.Context) error
		message string
		kind    string
		is      error
	}{
		"the job's timeout": {timeout, ctxErr,
			"context deadline exceeded (the job's timeout of 1m30s ran out)", "context.deadlineExceededError", context.DeadlineExceeded},
		"the job's deadline": {deadline, ctxErr,
			"context deadline exceeded (the job's deadline passed)", "context.deadlineExceededError", context.DeadlineExceeded},
		"a client's timeout": {timeout, func(context.Context) error { return context.DeadlineExceeded },
			"context deadline exceeded", "context.deadlineExceededError", context.DeadlineExceeded},
		"an error after the timeout": {timeout, func(ctx context.Context) error { <-ctx.Done(); return net.ErrClosed },
			"use of closed network connection (the job's timeout of 1m30s ran out)", "poll.errNetClosing", net.ErrClosed},
		"the cause itself": {timeout, func(ctx context.Context) error { <-ctx.Done(); return context.Cause(ctx) },
			"job ran into its timeout", "*errors.errorString", engine.ErrTimeout},
		"a verdict": {timeout, func(ctx context.Context) error { return engine.RetryIn(time.Hour, ctxErr(ctx)) },
			"context deadline exceeded (the job's timeout of 1m30s ran out)", "context.deadlineExceededError", context.DeadlineExceeded},
		"an error that panics": {timeout, func(ctx context.Context) error { <-ctx.Done(); return spiteful{} },
			"engine_test.spiteful, whose Error method panics (the job's timeout of 1m30s ran out)", "engine_test.spiteful", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				cfg := w.config(func(ctx context.Context, _ *job.Record) error { return c.result(ctx) })
				id := w.enqueue(1, c.limit)[0]
				w.start(cfg)
				time.Sleep(90 * time.Second)
				synctest.Wait()
				failures, err := w.store.Failures(t.Context(), id)
				require.NoError(t, err)
				require.NotEmpty(t, failures)
				require.Equal(t, c.message, failures[0].Message)
				require.Equal(t, c.kind, failures[0].Type)
				w.heard.mu.Lock()
				defer w.heard.mu.Unlock()
				var told error
				for _, e := range w.heard.all {
					if e.Job != nil && e.Err != nil {
						told = e.Err
					}
				}
				if c.is != nil {
					require.ErrorIs(t, told, c.is)
					require.Equal(t, c.message, told.Error())
				} else {
					require.ErrorAs(t, told, new(spiteful))
				}
			})
		})
	}
}
