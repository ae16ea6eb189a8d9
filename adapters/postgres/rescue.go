package postgres

import (
	"cmp"
	"context"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/task-tower/tasktower/core/job"
)

// Lost implements ports.Rescuer. What is held and the facts of it are of one
// moment: between two, another rescuer may settle a job and a living worker claim
// it, and its lease would then pass for a lost one.
func (s *Store) Lost(ctx context.Context, limit int, busy ...job.Lease) ([]*job.Record, error) {
	ctx, cancel, err := s.call(ctx)
	if err != nil {
		return nil, translate("lost", err)
	}
	defer cancel()
	if err := s.giveUp(ctx); err != nil {
		return nil, translate("lost", err)
	}
	var out []*job.Record
	err = s.look(ctx, func(ctx context.Context, tx pgx.Tx) error {
		rows, err := tx.Query(ctx, s.sql.get("lost"), bucket, max(limit, 0), leaseIDs(busy))
		if err != nil {
			return err
		}
		ids, err := collectIDs(rows)
		if err != nil || len(ids) == 0 {
			return err
		}
		out, err = s.get(ctx, tx, ids)
		return err
	})
	slices.SortFunc(out, func(a, b *job.Record) int {
		return cmp.Or(cmp.Compare(a.Lease, b.Lease), a.ID.Compare(b.ID))
	})
	return out, translate("lost", err)
}

func leaseIDs(leases []job.Lease) []int64 {
	out := make([]int64, len(leases))
	for i, l := range leases {
		out[i] = int64(l)
	}
	return out
}

// giveUp ends the lives of workers that did not renew them. It waits for claims
// under way, which have seen their workers alive, so that none of them commits
// after it.
func (s *Store) giveUp(ctx context.Context) error {
	return s.inBucket(ctx, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, s.sql.get("worker_give_up"))
		return err
	}, anyway)
}

// Expire implements ports.Rescuer. A job that is processing when its deadline
// passes, or whose unique key somebody has locked, is looked at again while it lives.
func (s *Store) Expire(ctx context.Context, limit int) (int, error) {
	ctx, cancel, err := s.call(ctx)
	if err != nil {
		return 0, translate("expire", err)
	}
	defer cancel()
	moved := 0
	err = s.inBucket(ctx, func(ctx context.Context, tx pgx.Tx) error {
		moved = 0
		for moved < limit {
			passed, died, err := s.expire(ctx, tx, limit-moved)
			if err != nil {
				return err
			}
			moved += died
			if passed < limit-moved+died {
				return nil
			}
		}
		return nil
	}, anyway)
	if err != nil {
		moved = 0
	}
	return moved, translate("expire", err)
}

// expire takes up to limit passed deadlines and ends the jobs that still wait.
func (s *Store) expire(ctx context.Context, tx pgx.Tx, limit int) (passed, died int, err error) {
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
	batch.Queue(s.sql.get("deaths_add"), bucket, uuid(rec.ID))
	if rec.UniqueKey != "" {
		batch.Queue(s.sql.get("unique_free"), bucket, rec.UniqueKey, uuid(rec.ID))
	}
}
