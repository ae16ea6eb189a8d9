package postgres

import (
	"context"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/task-tower/tasktower/core/job"
)

// Claims wait while deadlines are looked at, so that is done in small
// transactions: of expireFirst deadlines at first, then of fewer if one held the
// lock of the bucket for longer than expireHold, and of more if it was quick.
const (
	expireFirst = 100
	minExpire   = 10
	maxExpire   = 1000
	expireHold  = 50 * time.Millisecond
)

// Expire implements ports.Rescuer. A job that is processing when its deadline
// passes, or whose unique key somebody has locked, is looked at again while it lives.
// What it did before its time was up, or before it failed, is done.
func (s *Store) Expire(ctx context.Context, limit int) (int, error) {
	ctx, cancel, err := s.call(ctx)
	if err != nil {
		return 0, translate("expire", err)
	}
	defer cancel()
	if passed, err := s.wanted(ctx, "deadline_passed", bucket); err != nil || !passed {
		return 0, translate("expire", err)
	}
	moved, batch := 0, expireFirst
	for moved < limit {
		n := min(batch, limit-moved)
		e, err := s.expire(ctx, n)
		moved += e.died
		if err != nil && moved == 0 {
			return 0, translate("expire", err)
		}
		if err != nil || e.passed < n {
			break
		}
		batch = nextExpire(batch, e.took)
	}
	return moved, nil
}

// nextExpire is how many deadlines to look at after so many took so long.
func nextExpire(batch int, took time.Duration) int {
	switch {
	case took > expireHold:
		return max(batch/2, minExpire)
	case took < expireHold/4:
		return min(2*batch, maxExpire)
	}
	return batch
}

// expired says what one transaction did.
type expired struct {
	passed, died int
	took         time.Duration // with the lock of the bucket
}

// expire takes up to limit passed deadlines and ends the jobs that still wait.
func (s *Store) expire(ctx context.Context, limit int) (e expired, err error) {
	err = s.inBucket(ctx, func(ctx context.Context, tx pgx.Tx) error {
		begun := time.Now()
		passed, died, err := s.expireIn(ctx, tx, limit)
		e = expired{passed, died, time.Since(begun)}
		return err
	}, anyway)
	if err != nil {
		return expired{}, err
	}
	return e, nil
}

func (s *Store) expireIn(ctx context.Context, tx pgx.Tx, limit int) (passed, died int, err error) {
	rows, err := tx.Query(ctx, s.sql.get("deadline_take"), bucket, limit)
	if err != nil {
		return 0, 0, err
	}
	ids, err := collectIDs(rows)
	if err != nil || len(ids) == 0 {
		return 0, 0, err
	}
	records, err := s.get(ctx, tx, ids)
	if err != nil {
		return 0, 0, err
	}

	held, err := s.lockKeys(ctx, tx, records)
	if err != nil {
		return 0, 0, err
	}
	batch := &pgx.Batch{}
	var busy []job.ID
	for _, rec := range records {
		switch {
		case rec.State == job.Processing, rec.State.Waiting() && slices.Contains(held, rec.ID):
			busy = append(busy, rec.ID)
		case rec.State.Waiting():
			s.queueDeath(batch, rec)
			died++
		}
	}
	if len(busy) > 0 {
		batch.Queue(s.sql.get("deadline_add"), bucket, uuids(busy))
	}
	if batch.Len() == 0 {
		return len(ids), died, nil
	}
	return len(ids), died, tx.SendBatch(ctx, batch).Close()
}

// lockKeys locks the unique keys of jobs and names those whose key somebody else has locked.
func (s *Store) lockKeys(ctx context.Context, tx pgx.Tx, records []*job.Record) ([]job.ID, error) {
	var ids []job.ID
	var keys []string
	for _, rec := range records {
		if rec.UniqueKey != "" && rec.State.Waiting() {
			ids, keys = append(ids, rec.ID), append(keys, rec.UniqueKey)
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	rows, err := tx.Query(ctx, s.sql.get("unique_busy"), bucket, uuids(ids), keys)
	if err != nil {
		return nil, err
	}
	return collectIDs(rows)
}

// queueDeath adds the statements by which a waiting job dies of its deadline.
func (s *Store) queueDeath(batch *pgx.Batch, rec *job.Record) {
	sql, args := s.removal(rec)
	batch.Queue(sql, args...).QueryRow(removed)
	batch.Queue(s.sql.get("end_stay"), endStay(rec, job.Dead, job.CauseDeadline, job.DeadDeadline, "")...)
	batch.Queue(s.sql.get("deaths_add"), bucket, uuid(rec.ID), rec.Kind)
	if rec.UniqueKey != "" {
		batch.Queue(s.sql.get("unique_free"), bucket, rec.UniqueKey, uuid(rec.ID))
	}
}
