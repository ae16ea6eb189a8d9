package ports

import (
	"context"
	"fmt"
	"time"

	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/core/queue"
)

// Store is everything an adapter keeps and does for core.
type Store interface {
	Enqueuer
	Transactor
	Claimer
	Settler
	Reporter
	Promoter
	Registrar
	Deaths
	Rescuer
	Recurrer
	Pruner
	Commander
	Inspector
	Notifier
}

// Enqueuer stores new jobs.
type Enqueuer interface {
	// Enqueue stores all specs or none. A spec that is due at the store's now
	// becomes enqueued, a later one scheduled. A spec whose unique key is held
	// is not stored and reported in Held; that is no error.
	//
	// A spec whose ID is already stored is an ErrConflict, unless it is equal to
	// what the same call stored in an earlier try: after an ErrUnavailable a
	// caller may repeat the call and the jobs exist once. Nothing is an empty result.
	Enqueue(ctx context.Context, specs []*job.Spec) (Enqueued, error)
}

// Enqueued says how an enqueue went.
type Enqueued struct {
	// At is the store's time that dated the jobs: their CreatedAt.
	At time.Time
	// Held maps the places of specs that were not stored to the job that holds
	// their unique key. An earlier spec of the same call may be the holder.
	Held map[int]job.ID
}

// Transactor works inside a transaction of the caller.
type Transactor interface {
	// InTx returns the part of the store that works inside tx: what it stores
	// exists if and only if tx commits. The caller keeps tx, and uses it from
	// one goroutine at a time. A tx the adapter does not know, or nil, is ErrInvalid.
	InTx(tx any) (Tx, error)
}

// Tx is the part of a store that works inside a caller's transaction.
type Tx interface {
	Enqueuer
	Settler
}

// Claimer hands due jobs to workers.
type Claimer interface {
	// Claim moves up to req.Limit enqueued jobs to processing under req.Lease and
	// returns them in run order, following req.Plan as package queue defines it.
	// It counts the attempt: a returned record has Attempt one higher than before.
	//
	// A job goes to one caller, however many call at once. Jobs in paused queues
	// and of kinds outside req.Kinds stay where they are. Nothing due is an empty
	// slice, and so is what a paused or draining worker takes. A worker that is not
	// registered, or no longer live, gets ErrLeaseLost, and so does a claim under a
	// lease that was recalled. When Claim returns, the claim is committed.
	Claim(ctx context.Context, req ClaimRequest) ([]*job.Record, error)
	// Recall answers for a claim whose answer was lost, before the worker makes
	// another: it returns what the claim took and still holds, in run order, as if
	// it took it now. A claim that has not arrived by then takes nothing, however
	// late it comes, nor does any under a lower lease of the worker; what one of those
	// took before can still be recalled. Recall may be repeated. A worker that is
	// not registered, or no longer live, gets ErrLeaseLost.
	Recall(ctx context.Context, lease job.Lease) ([]*job.Record, error)
}

// ClaimRequest says what a worker can take.
type ClaimRequest struct {
	Lease  job.Lease  // new, and higher than the worker's before
	Plan   queue.Plan // checked
	Kinds  []string   // what the worker has handlers for; empty takes nothing
	Queues []string   // what the worker serves; nil: every queue
	Limit  int        // at least 1

	// NoSuspects leaves jobs where they are that were in flight at a crash, that
	// is, have Crashes.
	NoSuspects bool
}

// Settler stores results of attempts.
type Settler interface {
	// Settle stores the results, each fenced by its lease, all in one
	// transaction. What was refused is named in the answer and changed nothing;
	// the others are stored. A result that was stored before under the same
	// lease is accepted again without effect, so a call may be repeated. It waits
	// for nobody's transaction; within one, Tx.Settle may.
	Settle(ctx context.Context, results []*job.Settlement) (Settled, error)
}

// Settled names the results, by place, that a store refused.
type Settled struct {
	// Lost: the lease is gone, or does not hold the job; ErrLeaseLost.
	Lost []int
	// Cancelled: the job would run again or be dead, but somebody has asked to
	// cancel it; core answers with a cancellation.
	Cancelled []int
	// Unstorable: the result's texts cannot be stored as they are; core answers
	// with plainer ones.
	Unstorable []int
	// Busy: somebody else holds the lease, or the job's unique key, in a
	// transaction that may take a while; core tries again a little later.
	Busy []int
}

// Reporter keeps what handlers tell of attempts while these run. What a handler
// has told last comes with the attempt's Settlement and is stored with it.
type Reporter interface {
	// Report stores the updates, each fenced by its lease: one whose lease is gone,
	// or does not hold the job, changes nothing. Of a job the newest job.MaxReports
	// are kept. The update of a Settlement that Settle stores is stored with it,
	// that of a lost one is not. A text that no store can keep is ErrInvalid. Updates
	// whose lease somebody else holds are a *BusyError; the others are stored.
	Report(ctx context.Context, updates []*job.ReportUpdate) error
}

// BusyError says that a part of a call has to be made again, a little later. It
// matches job.ErrUnavailable.
type BusyError struct{ Places []int }

func (e *BusyError) Error() string {
	return fmt.Sprintf("%d of the call are held by somebody else", len(e.Places))
}

// Is makes the error match job.ErrUnavailable.
func (e *BusyError) Is(target error) bool { return target == job.ErrUnavailable }

// Promoter makes waiting jobs due.
type Promoter interface {
	// Promote moves up to limit scheduled and retrying jobs whose time has come
	// to enqueued, oldest first. Many may call it at once.
	Promote(ctx context.Context, limit int) (Promotion, error)
}

// Promotion says what a call of Promote did.
type Promotion struct {
	Moved int
	// Next is how long until the next job falls due, by the store's clock; 0 if
	// one is due already, negative if none is waiting.
	Next time.Duration
}

// Deaths keeps who has yet to run the Death interceptors of which job, so that
// they run at least once even if a worker crashes before them. Those of a job that
// no worker handles wait until the job's retention is over; a look costs nothing
// for them.
type Deaths interface {
	// TakeDeaths assigns to the worker up to limit dead jobs of the kinds whose
	// interceptors nobody live is about to run, and returns them. Those that the worker
	// has already are returned again, unless it names their jobs as in hand: it may
	// never have learned of them.
	TakeDeaths(ctx context.Context, worker int64, kinds []string, inHand []job.ID, limit int) ([]Death, error)
	// FinishDeaths forgets that the interceptors of these deaths have yet to run: the
	// worker, which has stored or taken them, has run them. A death that somebody
	// else has taken since stays, and so does another death of the same job.
	FinishDeaths(ctx context.Context, worker int64, deaths []DeathID) error
}

// DeathID names one death of a job that may die again: by the dead record's Seq.
type DeathID struct {
	Job job.ID
	Seq int
}

// Death is a job whose Death interceptors have yet to run.
type Death struct {
	Job     *job.Record
	Failure *job.Failure // the last one; nil if no attempt failed
}

// Notifier carries hints that something may be claimable. Hints may be lost or
// doubled; polling is what correctness rests on.
type Notifier interface {
	// Listen passes hints on until ctx ends, and then returns nil. It reconnects by
	// itself; after each connect it calls to.Wake once with the zero Hint, since
	// hints may have been missed. The functions must not block; calls of them do
	// not overlap, and there is none after Listen has returned. A store
	// without a channel for hints still passes on those of its own process.
	Listen(ctx context.Context, to Listener) error
	// Doze says that a worker found nothing and is about to wait for hints for
	// the given time from this call on, whatever others have said; stores may keep
	// quiet while nobody dozes. After Doze the caller must look once more before it
	// waits.
	Doze(ctx context.Context, d time.Duration) error
}

// Listener is who listens.
type Listener struct {
	// Wake is called for each hint.
	Wake func(Hint)
	// Deaf is called with nil once it is sure that hints arrive, with the reason when
	// they no longer do, or never did, and so on with each change; nil: nobody asks.
	// What other processes hint at meanwhile is found by polling.
	Deaf func(why error)
}

// Hint says what may have changed; the zero Hint says anything may have.
type Hint struct {
	Queue  string // something may be claimable in this queue, or its pause changed
	Later  bool   // something was scheduled: the next due time may be sooner
	Orders bool   // a cancel request or an order to a worker waits

	Recurring bool // a recurring job was added, changed or resumed
}
