package engine

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/task-tower/tasktower/core/job"
)

// PanicError is a panic of a handler or interceptor, turned into an error.
type PanicError struct {
	Value any
	Stack string
}

func (e *PanicError) Error() string { return "panic: " + text(e.Value) }

// Unwrap gives the panic's value if it is an error.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

// ErrGoexit is the failure of a handler that ended its goroutine with runtime.Goexit.
var ErrGoexit = errors.New("handler called runtime.Goexit")

// protect calls f and turns a panic into a *PanicError.
func protect(f func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &PanicError{Value: v, Stack: string(debug.Stack())}
		}
	}()
	return f()
}

// text is a value as text, even if printing it panics.
func text(v any) (s string) {
	defer func() {
		if recover() != nil {
			s = fmt.Sprintf("%T", v)
		}
	}()
	return fmt.Sprint(v)
}

// message is an error's text, even if Error panics.
func message(err error) (s string) {
	defer func() {
		if recover() != nil {
			s = fmt.Sprintf("%T, whose Error method panics", err)
		}
	}()
	return err.Error()
}

// failureOf keeps an error as a store can keep it.
func failureOf(err error) *job.Failure {
	var p *PanicError
	if errors.As(err, &p) {
		return job.NewFailure("panic", message(err), p.Stack)
	}
	root := err
	if late, ok := err.(*lapseError); ok {
		root = late.err
	}
	for {
		var v *Verdict
		if !errors.As(root, &v) || v.err == nil {
			break
		}
		root = v.err
	}
	return job.NewFailure(fmt.Sprintf("%T", root), message(err), "")
}

// errDeaf is the failure of an interceptor that goes on after its context ended.
var errDeaf = errors.New("interceptor was abandoned, it ignored its context")

// contained is protect for code that must neither end the goroutine nor hold it
// for ever: a runtime.Goexit within f becomes ErrGoexit, and an f that goes on
// for longer than grace after ctx ended is left alone.
func contained(ctx context.Context, grace time.Duration, f func() error) error {
	done := make(chan error, 1)
	go func() {
		err := ErrGoexit
		defer func() { done <- err }()
		err = protect(f)
	}()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	timer := time.NewTimer(grace)
	defer timer.Stop()
	select {
	case err := <-done:
		return err
	case <-timer.C:
		return errDeaf
	}
}
