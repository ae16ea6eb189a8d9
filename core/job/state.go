package job

import "slices"

// State says where a job is in its life.
type State string

// The seven states.
const (
	Scheduled  State = "scheduled"  // runs at a future time
	Enqueued   State = "enqueued"   // due, waiting for a worker
	Processing State = "processing" // claimed under a lease
	Retrying   State = "retrying"   // failed, waiting for its backoff
	Completed  State = "completed"  // the handler returned nil
	Cancelled  State = "cancelled"  // somebody, or the handler itself, gave it up
	Dead       State = "dead"       // failed for good
)

// States lists every state in the order of a job's life.
func States() []State {
	return []State{Scheduled, Enqueued, Processing, Retrying, Completed, Cancelled, Dead}
}

// ParseState reads a state's name; the error matches ErrInvalid.
func ParseState(s string) (State, error) {
	if !slices.Contains(States(), State(s)) {
		return "", Invalid("state", "unknown state %q", Clip(s, 40))
	}
	return State(s), nil
}

// Final tells whether the job has ended: nothing but a requeue or a delete moves it.
func (s State) Final() bool { return s == Completed || s == Cancelled || s == Dead }

// Waiting tells whether the job waits for its time or for a worker.
func (s State) Waiting() bool { return s == Scheduled || s == Enqueued || s == Retrying }

// DeadReason says why a job is dead.
type DeadReason string

// The reasons of death.
const (
	DeadRetries  DeadReason = "retries"  // every retry failed
	DeadDeadline DeadReason = "deadline" // its deadline passed
	DeadPoison   DeadReason = "poison"   // it crashed too many workers
	DeadRejected DeadReason = "rejected" // the handler discarded it, or its args cannot be read
)

// Cause says what moves a job from one state to the next.
type Cause string

// The causes of moves.
const (
	CauseDue      Cause = "due"      // its time came
	CauseClaim    Cause = "claim"    // a worker took it
	CauseSuccess  Cause = "success"  // the handler returned nil
	CauseFailure  Cause = "failure"  // the attempt failed
	CauseSnooze   Cause = "snooze"   // the handler asked to run later
	CauseRelease  Cause = "release"  // the worker gave it back at shutdown
	CauseRescue   Cause = "rescue"   // the worker's lease expired
	CauseCancel   Cause = "cancel"   // a client or the handler cancelled it
	CauseDeadline Cause = "deadline" // its deadline passed
	CauseRequeue  Cause = "requeue"  // a client asked for another run
)

// Move is one legal transition.
type Move struct {
	From  State
	To    State
	Cause Cause
}

// Moves is the transition table: every move that is not in it is ErrConflict.
func Moves() []Move { return slices.Clone(moves[:]) }

var moves = [...]Move{
	{Scheduled, Enqueued, CauseDue},
	{Retrying, Enqueued, CauseDue},
	{Enqueued, Processing, CauseClaim},

	{Processing, Completed, CauseSuccess},
	{Processing, Retrying, CauseFailure},
	{Processing, Dead, CauseFailure},
	{Processing, Dead, CauseDeadline},
	{Processing, Scheduled, CauseSnooze},
	{Processing, Enqueued, CauseRelease},
	{Processing, Enqueued, CauseRescue},
	{Processing, Dead, CauseRescue},
	{Processing, Cancelled, CauseCancel},

	{Scheduled, Cancelled, CauseCancel},
	{Enqueued, Cancelled, CauseCancel},
	{Retrying, Cancelled, CauseCancel},

	{Scheduled, Dead, CauseDeadline},
	{Enqueued, Dead, CauseDeadline},
	{Retrying, Dead, CauseDeadline},

	{Scheduled, Enqueued, CauseRequeue},
	{Retrying, Enqueued, CauseRequeue},
	{Completed, Enqueued, CauseRequeue},
	{Cancelled, Enqueued, CauseRequeue},
	{Dead, Enqueued, CauseRequeue},
}

// CanMove tells whether the table holds the move from one state by a cause to another.
func CanMove(from, to State, cause Cause) bool {
	return slices.Contains(moves[:], Move{from, to, cause})
}
