package postgres

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/ports"
)

// InTx implements ports.Transactor for pgx.Tx and *sql.Tx. What is enqueued is
// dated by the transaction's start and announced by its commit, if somebody waits
// then and the Store does not only poll. A transaction that is read-only, aborted or
// over is ErrInvalid when it is used.
func (s *Store) InTx(tx any) (ports.Tx, error) {
	switch tx := tx.(type) {
	case pgx.Tx:
		if tx != nil {
			return &inTx{store: s, door: pgxDoor{tx}}, nil
		}
	case *sql.Tx:
		if tx != nil {
			return &inTx{store: s, door: sqlDoor{tx}}, nil
		}
	case nil:
	default:
		return nil, translate("in transaction", job.Invalid("tx", "is a %T; want pgx.Tx or *sql.Tx", tx))
	}
	return nil, translate("in transaction", job.Invalid("tx", "is nil; want pgx.Tx or *sql.Tx"))
}

// inTx implements ports.Tx.
type inTx struct {
	store *Store
	door  door
}

// Enqueue implements ports.Enqueuer.
func (t *inTx) Enqueue(ctx context.Context, specs []*job.Spec) (ports.Enqueued, error) {
	if len(specs) == 0 {
		return ports.Enqueued{}, nil
	}
	if err := checkSpecs(specs); err != nil {
		return ports.Enqueued{}, translate("enqueue in transaction", err)
	}
	t.store.queues.expect(specs)
	ctx, cancel, err := t.store.call(ctx)
	if err != nil {
		return ports.Enqueued{}, translate("enqueue in transaction", err)
	}
	defer cancel()
	out, err := t.enqueue(ctx, specs)
	if err != nil {
		return ports.Enqueued{}, translate("enqueue in transaction", unfit(err))
	}
	return out, nil
}

// enqueue leaves the announcement to the commit, of which only the caller knows.
func (t *inTx) enqueue(ctx context.Context, specs []*job.Spec) (ports.Enqueued, error) {
	quiet, payloads := "off", dueHints(specs).payloads()
	if t.store.config.PollOnly {
		quiet, payloads = "on", []string{}
	}
	if len(specs) < copyFrom && due(specs) {
		at, stored, err := t.store.insertDue(ctx, t.door, specs, payloads)
		if err != nil || stored > 0 {
			return ports.Enqueued{At: at}, err
		}
	}
	return t.store.enqueueIn(ctx, t.door, specs, quiet)
}

// Settle implements ports.Settler. It waits for who has locked a lease or a unique
// key, as any statement of the transaction would. Hints at what runs again are left to polling.
func (t *inTx) Settle(ctx context.Context, results []*job.Settlement) (ports.Settled, error) {
	var out ports.Settled
	places, err := storable(results, &out)
	if err != nil {
		return ports.Settled{}, translate("settle in transaction", err)
	}
	if len(places) == 0 {
		return out, nil
	}
	ctx, cancel, err := t.store.call(ctx)
	if err != nil {
		return ports.Settled{}, translate("settle in transaction", err)
	}
	defer cancel()
	if err := t.settle(ctx, results, places, &out); err != nil {
		return ports.Settled{}, translate("settle in transaction", unfit(err))
	}
	return out, nil
}

func (t *inTx) settle(ctx context.Context, results []*job.Settlement, places []int, out *ports.Settled) error {
	s := t.store
	b := settledBatch{results: results, places: places}
	var lease int64
	for _, l := range b.leases() { // one order for all
		if err := each(ctx, t.door, s.sql.get("lease_lock"), []any{bucket, l}, []any{&lease}, func() error { return nil }); err != nil {
			return err
		}
	}
	if keyed := b.keyed(); len(keyed) > 0 {
		if err := each(ctx, t.door, s.sql.get("unique_wait"), []any{bucket, idText(keyed)}, []any{new(string)}, func() error { return nil }); err != nil {
			return err
		}
	}
	if updates := reportsOf(results, places); len(updates) > 0 {
		text, err := reportText(updates)
		if err != nil {
			return err
		}
		if err := t.door.exec(ctx, s.sql.get("report"), bucket, text, job.MaxReports); err != nil {
			return err
		}
	}
	text, err := settleText(results, places)
	if err != nil {
		return err
	}
	var place int
	var verdict, queue string
	err = each(ctx, t.door, s.sql.get("settle"), []any{bucket, text}, []any{&place, &verdict, &queue}, func() error {
		b.verdict(place, verdict, queue)
		return nil
	})
	if err != nil {
		return fmt.Errorf("store %d results: %w", len(places), err)
	}
	b.report(out, &hints{})
	return nil
}
