package job

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// The kinds of errors. Typed errors of this package match one of them with errors.Is.
var (
	// ErrInvalid: the input breaks a rule; nothing was stored.
	ErrInvalid = errors.New("invalid")
	// ErrNotFound: no such job, queue or parameter.
	ErrNotFound = errors.New("not found")
	// ErrConflict: the job's state does not allow the move.
	ErrConflict = errors.New("conflict")
	// ErrLeaseLost: the lease under which a result is reported is gone; the result changed nothing.
	ErrLeaseLost = errors.New("lease lost")
	// ErrDuplicate: a live job holds the unique key.
	ErrDuplicate = errors.New("duplicate")
	// ErrUnavailable: the store cannot be reached now; a later try may succeed.
	ErrUnavailable = errors.New("unavailable")
	// ErrClosed: the client, worker or store was stopped.
	ErrClosed = errors.New("closed")
)

// InvalidError names the field that breaks a rule and the rule. It matches ErrInvalid.
type InvalidError struct {
	Field string // of a job: "queue", "tags[2]", "jobs[17].payload"; of a Go Config: "MaxCrashes"; or a variable
	Rule  string // the limit, the size found and the fix, never the secret
}

// Invalid makes an *InvalidError. Durations among args are spelled for people.
func Invalid(field, rule string, args ...any) *InvalidError {
	args = slices.Clone(args)
	for i, a := range args {
		if d, ok := a.(time.Duration); ok {
			args[i] = span(d)
		}
	}
	return &InvalidError{Field: field, Rule: fmt.Sprintf(rule, args...)}
}

func (e *InvalidError) Error() string { return "invalid " + e.Field + ": " + e.Rule }

// Is makes the error match ErrInvalid.
func (e *InvalidError) Is(target error) bool { return target == ErrInvalid }

// TransitionError refuses a move that the transition table does not hold. It
// matches ErrConflict.
type TransitionError struct {
	ID   ID
	From State
	To   State
}

func (e *TransitionError) Error() string {
	if e.From == e.To {
		return fmt.Sprintf("job %s: is %s already", e.ID, e.From)
	}
	return fmt.Sprintf("job %s: cannot move from %s to %s", e.ID, e.From, e.To)
}

// Is makes the error match ErrConflict.
func (e *TransitionError) Is(target error) bool { return target == ErrConflict }

// NotFoundError names what is missing. It matches ErrNotFound.
type NotFoundError struct {
	What string // "job", "queue", "parameter"
	Name string
}

func (e *NotFoundError) Error() string { return e.What + " " + e.Name + ": not found" }

// Is makes the error match ErrNotFound.
func (e *NotFoundError) Is(target error) bool { return target == ErrNotFound }

// DuplicateError names the job that holds the unique key. It matches ErrDuplicate.
type DuplicateError struct {
	Key    string
	Holder ID
}

func (e *DuplicateError) Error() string {
	return fmt.Sprintf("unique key %q is held by job %s", e.Key, e.Holder)
}

// Is makes the error match ErrDuplicate.
func (e *DuplicateError) Is(target error) bool { return target == ErrDuplicate }

// UnreadableError says that a part of a stored job cannot be read, as plain SQL may
// store one. The job is dead, reason rejected, when it comes to run.
type UnreadableError struct {
	Part string // "parameters"
	Err  error
}

func (e *UnreadableError) Error() string { return fmt.Sprintf("read its %s: %v", e.Part, e.Err) }

// Unwrap gives the decoder's error.
func (e *UnreadableError) Unwrap() error { return e.Err }
