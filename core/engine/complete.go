package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/task-tower/tasktower/core/job"
)

// ErrNotCommitted fails an attempt whose handler returned nil although the
// transaction in which it completed its job was not committed: what it did there
// is not there.
var ErrNotCommitted = errors.New("the transaction in which the handler completed its job was not committed")

// CompleteTx completes the job within a transaction of the handler's, fenced by
// the attempt's lease; see the root package.
func (t Reporter) CompleteTx(ctx context.Context, tx any) error {
	if t.p == nil {
		return job.Invalid("ctx", "belongs to no running attempt; call CompleteTx inside a handler, with its context")
	}
	part, err := t.w.cfg.Store.InTx(tx)
	if err != nil {
		return err
	}
	s := new(decide(outcome{record: t.p.job.record, started: t.p.started, ended: storeTime(t.p.job, time.Now())}))
	if s.Report, err = t.w.reporter.soFar(t.p); err != nil {
		return err
	}
	answer, err := part.Settle(ctx, []*job.Settlement{s})
	if err == nil && len(answer.Unstorable) > 0 {
		s = plain(s)
		answer, err = part.Settle(ctx, []*job.Settlement{s})
	}
	if err != nil {
		return err
	}
	if len(answer.Lost)+len(answer.Unstorable) > 0 {
		return fmt.Errorf("job %s: %w", s.ID, job.ErrLeaseLost)
	}
	if len(answer.Busy) > 0 {
		return fmt.Errorf("job %s: %w: somebody else holds its lease", s.ID, job.ErrUnavailable)
	}
	t.p.completed.Store(s)
	return nil
}

// A job that its handler completed in a transaction is reported as if that had
// not happened: then a transaction that was rolled back, or is open still,
// changes nothing. A store that refuses this is asked whether the job is completed
// under the attempt's lease, by the result of the transaction, which can only be
// accepted if it is stored: whoever has the refused lease has it no more.

// overrule puts the result of the handler's transaction in place of the one that
// the store refused; false if there is none.
func (r *result) overrule() bool {
	if r.slot == nil {
		return false
	}
	s := r.slot.completed.Load()
	if s == nil || s == r.settlement {
		return false
	}
	r.settlement, r.slot = s, nil
	if !errors.Is(r.err, ErrNotCommitted) {
		r.overruled = r.err
	}
	r.err = nil
	return true
}
