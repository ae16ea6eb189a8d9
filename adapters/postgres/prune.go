package postgres

import (
	"bytes"
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/ports"
)

// Old jobs are found by their ids, which sort by time, so that what is done all
// day needs no index for it. The table prune says when to look at which range of
// ids: at first there is one range, of all ids. A visit walks a range from its
// beginning, up to ids that are old enough; for what it leaves there it asks for
// another visit when the first of it may go. So a job is read about twice in its
// life, however long it stays, and of workers that prune at once each has a range
// of its own.
const (
	// pruneLag is the part of the shortest retention by which visits may be late,
	// so that jobs that were made one after another go together.
	pruneLag = 24
	// pruneAgain is how soon a range is visited again at the earliest,
	// pruneFront that of ids that are yet to come at the latest.
	pruneAgain = time.Second
	pruneFront = time.Minute
	// pruneAnew is when all jobs are looked at anew: a job can be stored under an id
	// that had been passed, by a transaction that was open for longer than jobs are kept.
	pruneAnew = 7 * 24 * time.Hour

	pruneWorkers = 1000 // records of workers forgotten at once
)

var lastID = job.ID(bytes.Repeat([]byte{0xff}, len(job.ID{})))

// pruneRange are the jobs behind one id, up to another.
type pruneRange struct {
	after, upto job.ID
	since, now  time.Time
}

// Prune implements ports.Pruner.
func (s *Store) Prune(ctx context.Context, limit int) (ports.Pruned, error) {
	ctx, cancel, err := s.call(ctx)
	if err != nil {
		return ports.Pruned{}, translate("prune", err)
	}
	defer cancel()
	var out ports.Pruned
	err = s.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		out = ports.Pruned{}
		kept, err := s.retentions(ctx, tx)
		if err != nil {
			return err
		}
		var r pruneRange
		err = tx.QueryRow(ctx, s.sql.get("prune_take"), bucket).Scan((*[16]byte)(&r.after), (*[16]byte)(&r.upto), &r.since, &r.now)
		switch {
		case err == pgx.ErrNoRows:
			_, err = tx.Exec(ctx, s.sql.get("prune_workers"), bucket, kept.longest().Microseconds(), pruneWorkers)
			return err
		case err != nil:
			return err
		}
		out.More = true
		if r.upto == lastID && r.now.Sub(r.since) > pruneAnew {
			_, err = tx.Exec(ctx, s.sql.get("prune_restart"), bucket)
			return err
		}
		out.Jobs, err = s.pruneRange(ctx, tx, r, kept, limit)
		return err
	})
	if err != nil {
		return ports.Pruned{}, translate("prune", err)
	}
	return out, nil
}

// pruneRange visits the first jobs of a range and says when to visit what is left.
func (s *Store) pruneRange(ctx context.Context, tx pgx.Tx, r pruneRange, kept retentions, limit int) (int, error) {
	shortest := kept.shortest()
	lag := max(shortest/pruneLag, pruneAgain)
	front, end := r.upto == lastID, r.upto
	if front {
		end = lastIDAt(r.now.Add(-shortest - shortest/pruneLag))
	}
	v := visit{last: r.after}
	if shortest >= 0 {
		var err error
		if v, err = s.visit(ctx, tx, r.after, end, limit, r.now, kept.of); err != nil {
			return 0, err
		}
	}

	batch := &pgx.Batch{}
	batch.Queue(s.sql.get("prune_remove"), bucket, uuid(r.after))
	seen, due := v.last, r.now
	if !v.full {
		due = r.now.Add(min(lag, pruneFront))
		if !front {
			seen = r.upto
		}
	}
	if v.left {
		batch.Queue(s.sql.get("prune_add"), bucket, uuid(r.after), uuid(seen), later(v.due, r.now.Add(lag)), r.since)
	}
	if seen != r.upto {
		batch.Queue(s.sql.get("prune_add"), bucket, uuid(seen), uuid(r.upto), due, r.since)
	}
	return v.pruned, tx.SendBatch(ctx, batch).Close()
}

// PruneOlder implements ports.Pruner.
func (s *Store) PruneOlder(ctx context.Context, req ports.PruneRequest) (ports.Pruned, error) {
	ctx, cancel, err := s.call(ctx)
	if err != nil {
		return ports.Pruned{}, translate("prune older", err)
	}
	defer cancel()
	out := ports.Pruned{Last: req.After}
	if req.Retention.Shortest() < 0 {
		return out, nil
	}
	err = s.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		var now time.Time
		if err := tx.QueryRow(ctx, s.sql.get("prune_now")).Scan(&now); err != nil {
			return err
		}
		v, err := s.visit(ctx, tx, req.After, lastIDAt(now.Add(-req.Retention.Shortest())), req.Limit, now,
			func(string) job.Retention { return req.Retention })
		out = ports.Pruned{Jobs: v.pruned, More: v.full, Last: v.last}
		return err
	})
	if err != nil {
		return ports.Pruned{}, translate("prune older", err)
	}
	return out, nil
}

// visit is what happened to the jobs that were looked at.
type visit struct {
	pruned int
	last   job.ID    // the last of them
	full   bool      // there may be more behind it
	left   bool      // some of them stay
	due    time.Time // when the first of those may go
}

// visit forgets those of the first jobs behind an id, up to another, whose
// retention is over.
func (s *Store) visit(ctx context.Context, tx pgx.Tx, after, upto job.ID, limit int, now time.Time, kept func(kind string) job.Retention) (visit, error) {
	v := visit{last: after, due: now.Add(job.MaxRetention)}
	rows, err := tx.Query(ctx, s.sql.get("prune_visit"), bucket, uuid(after), uuid(upto), limit)
	if err != nil {
		return v, err
	}
	stays := func(until time.Time) {
		v.left = true
		if until.Before(v.due) {
			v.due = until
		}
	}
	old := map[job.ID]int32{}
	var ids []job.ID
	var id job.ID
	var kind string
	var seq *int32
	var state *int16
	var ended, held *time.Time
	seen := 0
	_, err = pgx.ForEachRow(rows, []any{(*[16]byte)(&id), &kind, &seq, &state, &ended, &held}, func() error {
		seen++
		v.last = id
		keep := kept(kind)
		if state == nil { // it can end now at the earliest
			if d := keep.Shortest(); d >= 0 {
				stays(now.Add(d))
			}
			v.left = true
			return nil
		}
		at, ok := keep.Expiry(value(states, *state), *ended)
		if held != nil {
			at = later(at, *held)
		}
		switch {
		case !ok:
			v.left = true
		case now.Before(at):
			stays(at)
		default:
			old[id], ids = *seq, append(ids, id)
		}
		return nil
	})
	if err != nil {
		return v, err
	}
	v.full = seen == limit
	if len(ids) == 0 {
		return v, nil
	}
	v.pruned, err = s.forget(ctx, tx, ids, old)
	if v.pruned < len(ids) {
		stays(now)
	}
	return v, err
}

// forget deletes jobs with all that belongs to them, but for those that
// somebody works on; seqs are those of their final rows.
func (s *Store) forget(ctx context.Context, tx pgx.Tx, ids []job.ID, seqs map[job.ID]int32) (int, error) {
	rows, err := tx.Query(ctx, s.sql.get("prune_lock"), bucket, uuids(ids))
	if err != nil {
		return 0, err
	}
	locked, err := collectIDs(rows)
	if err != nil || len(locked) == 0 {
		return 0, err
	}
	final := make([]int32, len(locked))
	for i, id := range locked {
		final[i] = seqs[id]
	}
	rows, err = tx.Query(ctx, s.sql.get("prune_delete"), bucket, uuids(locked), final)
	if err != nil {
		return 0, err
	}
	gone, err := collectIDs(rows)
	return len(gone), err
}

// lastIDAt is the greatest id of the millisecond of t.
func lastIDAt(t time.Time) job.ID {
	id := lastID
	ms := max(0, t.UnixMilli())
	for i := range 6 {
		id[i] = byte(ms >> (40 - 8*i))
	}
	return id
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
