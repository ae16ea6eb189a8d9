package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/task-tower/tasktower/core/job"
)

// Cancel implements ports.Commander.
func (s *Store) Cancel(ctx context.Context, id job.ID, note string) (job.State, error) {
	var state job.State
	hints := &hints{}
	err := s.command(ctx, "cancel", id, func(ctx context.Context, tx pgx.Tx, rec *job.Record) error {
		if rec.State == job.Processing {
			state = job.Processing
			hints.orders = true
			_, err := tx.Exec(ctx, s.sql.get("cancel_request"), bucket, uuid(id), note)
			return err
		}
		state = job.Cancelled
		if !job.CanMove(rec.State, job.Cancelled, job.CauseCancel) {
			return &job.TransitionError{ID: id, From: rec.State, To: job.Cancelled}
		}
		if _, err := s.endWait(ctx, tx, rec, job.Cancelled, job.CauseCancel, note); err != nil {
			return err
		}
		if rec.UniqueKey == "" {
			return nil
		}
		_, err := tx.Exec(ctx, s.sql.get("unique_free"), bucket, rec.UniqueKey, uuid(id))
		return err
	})
	if err != nil {
		return "", err
	}
	s.tell(hints)
	return state, nil
}

// Requeue implements ports.Commander.
func (s *Store) Requeue(ctx context.Context, id job.ID, note string) error {
	hints := &hints{}
	err := s.command(ctx, "requeue", id, func(ctx context.Context, tx pgx.Tx, rec *job.Record) error {
		if !job.CanMove(rec.State, job.Enqueued, job.CauseRequeue) {
			return &job.TransitionError{ID: id, From: rec.State, To: job.Enqueued}
		}
		if err := s.lockFinal(ctx, tx, rec); err != nil {
			return err
		}
		if err := s.retake(ctx, tx, rec); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, s.sql.get("reopen"), bucket, uuid(id)); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, s.sql.get("deaths_forget"), bucket, uuid(id)); err != nil {
			return err
		}
		if !rec.Deadline.IsZero() { // it may have been looked at while the job was final
			if _, err := tx.Exec(ctx, s.sql.get("deadline_add"), bucket, uuids([]job.ID{id})); err != nil {
				return err
			}
		}
		due, err := s.endWait(ctx, tx, rec, job.Enqueued, job.CauseRequeue, note)
		if err != nil {
			return err
		}
		hints.claimable(rec.Queue)
		_, err = tx.Exec(ctx, s.sql.get("insert_ready"), bucket, rec.Queue, rec.Kind, rec.Seq+1, due, uuid(id), rec.Priority, small(rec.Attempt))
		return err
	})
	if err == nil {
		s.tell(hints)
	}
	return err
}

// retake takes the unique key of a job that is to run again.
func (s *Store) retake(ctx context.Context, tx pgx.Tx, rec *job.Record) error {
	if rec.UniqueKey == "" {
		return nil
	}
	door := pgxDoor{tx}
	won, err := s.takeKeys(ctx, door, []keyRow{{Key: rec.UniqueKey, ID: rec.ID, For: rec.UniqueFor.Microseconds()}})
	if err != nil || won[rec.UniqueKey] {
		return err
	}
	holders, err := s.holders(ctx, door, []string{rec.UniqueKey})
	if err != nil {
		return err
	}
	return &job.DuplicateError{Key: rec.UniqueKey, Holder: holders[rec.UniqueKey]}
}

// Delete implements ports.Commander.
func (s *Store) Delete(ctx context.Context, id job.ID) error {
	return s.command(ctx, "delete", id, func(ctx context.Context, tx pgx.Tx, rec *job.Record) error {
		if rec.State == job.Processing {
			return &job.TransitionError{ID: id, From: job.Processing, To: "deleted"}
		}
		if err := s.lockFinal(ctx, tx, rec); err != nil {
			return err
		}
		if err := s.remove(ctx, tx, rec); err != nil {
			return err
		}
		var key *string
		if rec.UniqueKey != "" {
			key = &rec.UniqueKey
		}
		_, err := tx.Exec(ctx, s.sql.get("delete"), bucket, uuid(id), key)
		return err
	})
}

// lockFinal keeps a final job from being pruned, or finds that it was.
func (s *Store) lockFinal(ctx context.Context, tx pgx.Tx, rec *job.Record) error {
	if !rec.State.Final() {
		return nil
	}
	tag, err := tx.Exec(ctx, s.sql.get("job_lock"), bucket, uuid(rec.ID))
	if err != nil {
		return err
	}
	if tag.RowsAffected() == 0 {
		return &job.NotFoundError{What: "job", Name: rec.ID.String()}
	}
	// It may end sooner anew than it would have been looked at.
	_, err = tx.Exec(ctx, s.sql.get("prune_sooner"), bucket, uuid(rec.ID))
	return err
}

// command runs f on a job that nobody else moves meanwhile: the lock of the
// bucket keeps claims and promotions away, the lock of its lease settlements. It may
// have to wait for a user's transaction, and then lets others pass.
func (s *Store) command(ctx context.Context, name string, id job.ID, f func(ctx context.Context, tx pgx.Tx, rec *job.Record) error) error {
	ctx, cancel, err := s.call(ctx)
	if err != nil {
		return translate(name, err)
	}
	defer cancel()
	var seen *job.Record
	err = s.inBucket(ctx, func(ctx context.Context, tx pgx.Tx) error {
		rec, err := s.getOne(ctx, tx, id)
		if err != nil {
			return err
		}
		seen = rec
		if rec.State == job.Processing {
			if _, err := tx.Exec(ctx, s.sql.get("lease_lock"), bucket, int64(rec.Lease)); err != nil {
				return err
			}
			if rec, err = s.getOne(ctx, tx, id); err != nil {
				return err
			}
		}
		return f(ctx, tx, rec)
	}, func(ctx context.Context) error { return s.isFree(ctx, seen) })
	return translate(name, err)
}

// isFree tells whether nobody holds the lease or the unique key of a job, which may be
// nil, nor, once it has left it, a former lease; a busy error if somebody does.
func (s *Store) isFree(ctx context.Context, rec *job.Record) error {
	if rec == nil {
		return nil
	}
	var former any
	if rec.State != job.Processing {
		former = uuid(rec.ID)
	}
	_, err := s.pool.Exec(ctx, s.sql.get("job_free"), bucket, int64(rec.Lease), rec.UniqueKey, former)
	return err
}

// endWait ends the stay of a waiting or final job by command and returns when it is
// due again.
func (s *Store) endWait(ctx context.Context, tx pgx.Tx, rec *job.Record, to job.State, cause job.Cause, note string) (time.Time, error) {
	if err := s.remove(ctx, tx, rec); err != nil {
		return time.Time{}, err
	}
	var due *time.Time
	err := tx.QueryRow(ctx, s.sql.get("end_stay"), endStay(rec, to, cause, "", note)...).Scan(&due)
	return utc(due), err
}

// endStay are the parameters of end_stay.sql.
func endStay(rec *job.Record, to job.State, cause job.Cause, reason job.DeadReason, note string) []any {
	again := to == job.Enqueued
	failures, crashes := small(rec.Failures), small(rec.Crashes)
	if again {
		failures, crashes = 0, 0
	}
	var dead *int16
	if to == job.Dead {
		c := code(reasons, reason)
		dead = &c
	}
	return []any{bucket, uuid(rec.ID), rec.Seq, code(states, to), code(causes, cause), small(rec.Attempt), failures, crashes,
		to.Final(), note, again, dead}
}
