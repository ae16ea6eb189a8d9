package engine

import (
	"errors"
	"strings"
	"time"

	"github.com/task-tower/tasktower/core/job"
)

// lapseError is an error of a handler whose time was up, and says whose limit that
// was: what the handler makes of it is often what any client of a network says.
type lapseError struct {
	err   error
	whose string
}

func (e *lapseError) Error() string { return message(e.err) + " (" + e.whose + ")" }

// Unwrap gives the handler's error.
func (e *lapseError) Unwrap() error { return e.err }

// lapsed is the error of an attempt as it is stored and as events carry it. timeout is
// what the attempt had.
func lapsed(err, cause error, timeout time.Duration) error {
	if err == nil || cause == nil || strings.Contains(message(err), cause.Error()) {
		return err // which says it itself, then
	}
	switch {
	case errors.Is(cause, ErrTimeout):
		return &lapseError{err, "the job's timeout of " + job.Short(timeout) + " ran out"}
	case errors.Is(cause, ErrDeadline):
		return &lapseError{err, "the job's deadline passed"}
	}
	return err
}
