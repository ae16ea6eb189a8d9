package memory

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/ports"
)

// Tx is a transaction of the caller: what is enqueued and settled in it exists
// once Commit returns nil. Until then nobody sees it, but its job ids and unique
// keys are taken. It may be used from one goroutine at a time.
type Tx struct {
	store   *Store
	mu      sync.Mutex
	done    bool
	rows    []*row
	results []*job.Settlement
}

// Begin starts a transaction. It must be ended by Commit or Rollback.
func (s *Store) Begin() *Tx { return &Tx{store: s} }

// InTx implements ports.Transactor; tx is a *Tx of this store.
func (s *Store) InTx(tx any) (ports.Tx, error) {
	t, ok := tx.(*Tx)
	if !ok || t == nil {
		return nil, fmt.Errorf("memory: in tx: %w", job.Invalid("tx", "is a %T; want the *memory.Tx of Begin", tx))
	}
	if t.store != s {
		return nil, fmt.Errorf("memory: in tx: %w", job.Invalid("tx", "belongs to another store"))
	}
	return inTx{t}, nil
}

// Commit makes everything in the transaction exist, or nothing: ErrLeaseLost if
// a lease under which it settles is gone by now, ErrConflict if somebody asked to
// cancel a job that it would let run again. A second end is ErrInvalid.
func (t *Tx) Commit() error {
	return t.end("commit", func(now time.Time, hint *hints) error {
		var refused ports.Settled
		rows := make([]*row, len(t.results))
		for i, res := range t.results {
			rows[i] = t.store.verdict(&refused, i, res)
		}
		if err := refusal(t.results, refused); err != nil {
			t.store.revoke(t.rows)
			return err
		}
		t.store.publish(t.rows, now, hint)
		for i, r := range rows {
			if r != nil { // nil: somebody stored the same result on the way
				t.store.apply(r, t.results[i], now, hint)
			}
		}
		return nil
	})
}

// refusal says why results that were accepted cannot be stored any more.
func refusal(results []*job.Settlement, refused ports.Settled) error {
	switch {
	case len(refused.Lost) > 0:
		return fmt.Errorf("job %s: %w", results[refused.Lost[0]].ID, job.ErrLeaseLost)
	case len(refused.Cancelled) > 0:
		return fmt.Errorf("job %s: %w: somebody asked to cancel it", results[refused.Cancelled[0]].ID, job.ErrConflict)
	}
	return nil
}

// Rollback forgets everything in the transaction. A second end is ErrInvalid.
func (t *Tx) Rollback() error {
	return t.end("rollback", func(time.Time, *hints) error {
		t.store.revoke(t.rows)
		return nil
	})
}

func (t *Tx) end(name string, call func(now time.Time, hint *hints) error) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.done {
		return fmt.Errorf("memory: %s: %w", name, errEnded())
	}
	err := t.store.do(context.Background(), name, call)
	t.done, t.rows, t.results = true, nil, nil
	return err
}

func errEnded() error { return job.Invalid("tx", "was committed or rolled back before") }

// inTx is the part of the store that works inside a transaction.
type inTx struct{ t *Tx }

// Enqueue implements ports.Enqueuer. The jobs are dated now, not at the commit.
func (x inTx) Enqueue(ctx context.Context, specs []*job.Spec) (ports.Enqueued, error) {
	var out ports.Enqueued
	err := x.do(ctx, "enqueue in tx", func(now time.Time) error {
		admitted, err := x.t.store.admit(specs, now, x.t)
		if err != nil {
			return err
		}
		x.t.rows = append(x.t.rows, admitted.rows...)
		out = admitted.Enqueued
		return nil
	})
	return out, err
}

// Settle implements ports.Settler.
func (x inTx) Settle(ctx context.Context, results []*job.Settlement) (ports.Settled, error) {
	var out ports.Settled
	err := x.do(ctx, "settle in tx", func(time.Time) error {
		if err := checkMoves(results); err != nil {
			return err
		}
		for i, res := range results {
			if x.t.store.verdict(&out, i, res) != nil && !x.t.settles(res) {
				c := *res
				x.t.results = append(x.t.results, &c)
			}
		}
		return nil
	})
	return out, err
}

// settles tells whether the transaction holds a result of this attempt already.
func (t *Tx) settles(res *job.Settlement) bool {
	for _, other := range t.results {
		if other.ID == res.ID && other.Seq == res.Seq && other.Lease == res.Lease {
			return true
		}
	}
	return false
}

func (x inTx) do(ctx context.Context, name string, call func(now time.Time) error) error {
	x.t.mu.Lock()
	defer x.t.mu.Unlock()
	if x.t.done {
		return fmt.Errorf("memory: %s: %w", name, errEnded())
	}
	return x.t.store.do(ctx, name, func(now time.Time, _ *hints) error { return call(now) })
}
