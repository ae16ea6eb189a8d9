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

// Words that users share with core.
type (
	// ID is a job's id, a UUIDv7: made by the client, and ascending in time.
	ID = job.ID
	// Record is a job as the store knows it: its kind, queue, tags, state, attempts
	// and times. Payload is the JSON of its args; a handler's Job has them decoded.
	Record = job.Record
	// State is where a job is in its life; the constants below are all of them.
	State = job.State
	// DeadReason says why a job is dead.
	DeadReason = job.DeadReason
	// Entry is one transition in a job's history; see Client.History.
	Entry = job.Entry
	// Failure is one failed attempt, with its error; see Client.Failures.
	Failure = job.Failure
	// Report is what an attempt told by Progress, Log and SetOutput; see Client.Reports.
	Report = job.Report
	// Params are context parameters: named JSON values stored with a job. Contextualizers
	// set them, Param and ContextParam read them.
	Params = job.Params
	// Filter selects jobs for Client.List; its zero value selects all.
	Filter = job.Filter
	// Page is a part of a list, and where the next one begins.
	Page = job.Page
	// Cursor is a place in a list: Page.Next, for Filter.After.
	Cursor = job.Cursor
	// Retention is how long jobs are kept after their end, by state; see Retain.
	Retention = job.Retention

	// Explanation says why a job is where it is; see Client.Explain.
	Explanation = explain.Explanation
	// Reason is one of an Explanation's: a code, a sentence, and the data in it.
	Reason = explain.Reason
	// ReasonCode names a reason, for programs.
	ReasonCode = explain.Code

	// InvalidError names the field that breaks a rule, and the rule. It matches ErrInvalid.
	InvalidError = job.InvalidError
	// TransitionError refuses a move between states. It matches ErrConflict.
	TransitionError = job.TransitionError
	// NotFoundError names what is missing. It matches ErrNotFound.
	NotFoundError = job.NotFoundError
	// DuplicateError names the job that holds a unique key. It matches ErrDuplicate.
	DuplicateError = job.DuplicateError
	// ParamTypeError says that a context parameter is of another type. It matches ErrInvalid.
	ParamTypeError = job.ParamTypeError
	// UnreadableError says which part of a stored job cannot be read; see Record.Unreadable.
	UnreadableError = job.UnreadableError
	// PanicError is a handler's panic, with its stack: the attempt has failed.
	PanicError = engine.PanicError

	// RetryPolicy says how long a failed job waits for its next run. Package
	// core/retry has them: Progressive, the default, Exponential, Fixed, Steps,
	// None, and Func for one of your own. Retry takes one.
	RetryPolicy = retry.Policy
	// Strategy decides which job a free slot takes next. Package strategies has
	// them, and strategies/strategytest proves one of your own.
	Strategy = ports.Strategy
	// Store keeps the jobs: postgres.New or memory.New of package adapters make one.
	Store = ports.Store
	// Count is how many jobs of a queue are in a state; see Client.Counts.
	Count = ports.Count
	// QueueInfo is a queue, and whether it is paused; see Client.Queues.
	QueueInfo = ports.Queue
	// WorkerInfo is a worker as the store knows it; see Client.Workers.
	WorkerInfo = ports.Worker
	// WorkerState says how a worker is; the constants below are all of them.
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
