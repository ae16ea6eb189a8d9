package tasktower

import (
	"github.com/task-tower/tasktower/core/engine"
	"github.com/task-tower/tasktower/core/event"
	"github.com/task-tower/tasktower/core/explain"
	"github.com/task-tower/tasktower/core/intercept"
	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/core/retry"
	"github.com/task-tower/tasktower/core/schedule"
	"github.com/task-tower/tasktower/ports"
)

// Words that users share with core. What they mean is said where they are defined.
type (
	ID         = job.ID
	State      = job.State
	DeadReason = job.DeadReason
	Record     = job.Record
	Entry      = job.Entry
	Failure    = job.Failure
	Report     = job.Report
	Params     = job.Params
	Filter     = job.Filter
	Page       = job.Page
	Cursor     = job.Cursor

	Explanation = explain.Explanation
	Reason      = explain.Reason
	ReasonCode  = explain.Code

	InvalidError    = job.InvalidError
	TransitionError = job.TransitionError
	NotFoundError   = job.NotFoundError
	DuplicateError  = job.DuplicateError
	ParamTypeError  = job.ParamTypeError
	Retention       = job.Retention
	PanicError      = engine.PanicError

	RetryPolicy = retry.Policy
	Strategy    = ports.Strategy
	Store       = ports.Store
	Count       = ports.Count
	QueueInfo   = ports.Queue
	WorkerInfo  = ports.Worker
	WorkerState = ports.WorkerState

	// RecurringInfo is a recurring job as it is stored.
	RecurringInfo = ports.Recurring
	// Misfire says what becomes of instants that were missed.
	Misfire = schedule.Misfire
	// Overlap says what becomes of instants that find the job before them busy.
	Overlap = schedule.Overlap

	// Observer hears of everything that happens, and must be quick. LogTo is one
	// for log/slog; FanOut makes one of many; package core/event has the events.
	Observer = ports.Observer
	// Event is one thing that happened.
	Event = event.Event

	// InterceptContext is what an interceptor gets.
	InterceptContext = intercept.Context
	// ErrorDetails says how the last attempt failed.
	ErrorDetails = intercept.ErrorDetails
	// Before acts before the handler; see PreProcessing.
	Before = intercept.Before
	// After acts after the fact; see OnSuccess, OnFailure and OnDeath.
	After = intercept.After
	// Contextualizer fills context parameters at enqueue.
	Contextualizer = intercept.Contextualizer
	// AroundEnqueue is middleware around each enqueue.
	AroundEnqueue = intercept.AroundEnqueue
	// EnqueueNext is what AroundEnqueue wraps.
	EnqueueNext = intercept.EnqueueNext
	// Spec is a job before it is stored, as AroundEnqueue sees it.
	Spec = job.Spec
	// AroundWork is middleware around each run of a handler.
	AroundWork = intercept.AroundWork
	// WorkNext is what AroundWork wraps.
	WorkNext = intercept.WorkNext
)

// The states of a job.
const (
	Scheduled  = job.Scheduled
	Enqueued   = job.Enqueued
	Processing = job.Processing
	Retrying   = job.Retrying
	Completed  = job.Completed
	Cancelled  = job.Cancelled
	Dead       = job.Dead
)

// The states of a worker. That it is paused is told apart: WorkerInfo.Paused.
const (
	WorkerLive     = ports.WorkerLive
	WorkerDraining = ports.WorkerDraining
	WorkerStale    = ports.WorkerStale
	WorkerLost     = ports.WorkerLost
	WorkerStopped  = ports.WorkerStopped
)

// Why a job is dead.
const (
	DeadRetries  = job.DeadRetries
	DeadDeadline = job.DeadDeadline
	DeadPoison   = job.DeadPoison
	DeadRejected = job.DeadRejected
)

// What becomes of instants that passed while no worker ran, within the last 24 hours.
const (
	MisfireOnce = schedule.MisfireOnce // the latest of them enqueues a job; the default
	MisfireSkip = schedule.MisfireSkip // none of them, but for the latest while it is at most a minute late
	MisfireAll  = schedule.MisfireAll  // each of them, at most the 100 latest; needs OverlapAllow
)

// What becomes of an instant that finds the job of the one before it waiting for
// its first run, or running. A job that waits for a retry does not count.
const (
	OverlapSkip      = schedule.OverlapSkip      // it enqueues nothing; the default
	OverlapAllow     = schedule.OverlapAllow     // it enqueues its job all the same
	OverlapBufferOne = schedule.OverlapBufferOne // it enqueues its job afterwards; others meanwhile enqueue nothing
)

// KeepForever as a field of a Retention keeps jobs until somebody deletes them.
const KeepForever = job.KeepForever

// The kinds of errors, for errors.Is.
var (
	ErrInvalid     = job.ErrInvalid
	ErrNotFound    = job.ErrNotFound
	ErrConflict    = job.ErrConflict
	ErrLeaseLost   = job.ErrLeaseLost
	ErrDuplicate   = job.ErrDuplicate
	ErrUnavailable = job.ErrUnavailable
	ErrClosed      = job.ErrClosed
)

// ErrNotCommitted fails an attempt whose handler returned nil although the
// transaction that it gave to CompleteTx was not committed.
var ErrNotCommitted = engine.ErrNotCommitted

// Why a handler's context ended, for context.Cause.
var (
	ErrCancelled = engine.ErrCancelled
	ErrTimeout   = engine.ErrTimeout
	ErrDeadline  = engine.ErrDeadline
	ErrShutdown  = engine.ErrShutdown
)

// ParseID reads an id's 36-character form.
func ParseID(s string) (ID, error) { return job.ParseID(s) }

// MaxSnooze is the longest time for Snooze and RetryIn.
const MaxSnooze = engine.MaxSnooze
