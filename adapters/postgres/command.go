package postgres

import (
	"context"
	"errors"
	"slices"
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
		if _, err := s.end1(ctx, tx, rec, job.Cancelled, job.CauseCancel, note); err != nil {
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
		if err := s.retake(ctx, tx, rec); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, s.sql.get("reopen"), bucket, uuid(id)); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, s.sql.get("deaths_finish"), bucket, uuids([]job.ID{id})); err != nil {
			return err
		}
		due, err := s.end1(ctx, tx, rec, job.Enqueued, job.CauseRequeue, note)
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

// command runs f on a job that nobody else moves meanwhile: the lock of the
// bucket keeps claims and promotions away, the lock of its lease settlements.
func (s *Store) command(ctx context.Context, name string, id job.ID, f func(ctx context.Context, tx pgx.Tx, rec *job.Record) error) error {
	ctx, cancel, err := s.call(ctx)
	if err != nil {
		return translate(ctx, name, err)
	}
	defer cancel()
	err = s.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if err := s.lockBucket(ctx, tx); err != nil {
			return err
		}
		rec, err := s.getOne(ctx, tx, id)
		if err != nil {
			return err
		}
		if rec.State == job.Processing {
			if _, err := tx.Exec(ctx, s.sql.get("lease_lock"), bucket, int64(rec.Lease)); err != nil {
				return err
			}
			if rec, err = s.getOne(ctx, tx, id); err != nil {
				return err
			}
		}
		return f(ctx, tx, rec)
	})
	return translate(ctx, name, err)
}

// end1 ends the stay of one job by command and returns when it is due again.
func (s *Store) end1(ctx context.Context, tx pgx.Tx, rec *job.Record, to job.State, cause job.Cause, note string) (time.Time, error) {
	if err := s.remove(ctx, tx, rec); err != nil {
		return time.Time{}, err
	}
	again := to == job.Enqueued
	failures, crashes := small(rec.Failures), small(rec.Crashes)
	if again {
		failures, crashes = 0, 0
	}
	var due *time.Time
	err := tx.QueryRow(ctx, s.sql.get("end_stay"), bucket, uuid(rec.ID), rec.Seq, code(states, to), code(causes, cause),
		small(rec.Attempt), failures, crashes, to.Final(), note, again).Scan(&due)
	return utc(due), err
}

// errMoved says that a job was not where the same transaction saw it.
var errMoved = errors.New("the job is not where its state says")

// remove takes a waiting job out of where it waits.
func (s *Store) remove(ctx context.Context, tx pgx.Tx, rec *job.Record) error {
	sql, args := "", []any(nil)
	switch rec.State {
	case job.Enqueued:
		sql, args = s.sql.get("remove_ready"), []any{bucket, rec.Queue, rec.Priority, rec.RunAt, uuid(rec.ID)}
	case job.Scheduled, job.Retrying:
		sql, args = s.sql.get("remove_later"), []any{bucket, rec.RunAt, uuid(rec.ID)}
	default:
		return nil
	}
	tag, err := tx.Exec(ctx, sql, args...)
	if err == nil && tag.RowsAffected() != 1 {
		return errMoved
	}
	return err
}

// Tag implements ports.Commander.
func (s *Store) Tag(ctx context.Context, id job.ID, tags []string) error {
	ctx, cancel, err := s.call(ctx)
	if err != nil {
		return translate(ctx, "tag", err)
	}
	defer cancel()
	err = s.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		var had []string
		err := tx.QueryRow(ctx, s.sql.get("tags_lock"), bucket, uuid(id)).Scan(&had)
		if errors.Is(err, pgx.ErrNoRows) {
			return &job.NotFoundError{What: "job", Name: id.String()}
		}
		if err != nil {
			return err
		}
		all := slices.Concat(had, tags)
		slices.Sort(all)
		all = slices.Compact(all)
		if len(all) > job.MaxTags {
			return job.Invalid("tags", "would be %d; at most %d", len(all), job.MaxTags)
		}
		if len(all) == len(had) {
			return nil
		}
		_, err = tx.Exec(ctx, s.sql.get("tags_set"), bucket, uuid(id), all)
		return err
	})
	return translate(ctx, "tag", err)
}

// PauseQueue implements ports.Commander.
func (s *Store) PauseQueue(ctx context.Context, queue, by, note string) error {
	return s.queueCommand(ctx, "pause queue", queue, s.sql.get("queue_pause"), queue, by, note)
}

// ResumeQueue implements ports.Commander.
func (s *Store) ResumeQueue(ctx context.Context, queue string) error {
	return s.queueCommand(ctx, "resume queue", queue, s.sql.get("queue_resume"), queue)
}

func (s *Store) queueCommand(ctx context.Context, name, queue, sql string, args ...any) error {
	ctx, cancel, err := s.call(ctx)
	if err != nil {
		return translate(ctx, name, err)
	}
	defer cancel()
	if _, err := s.pool.Exec(ctx, sql, args...); err != nil {
		return translate(ctx, name, err)
	}
	s.tell(&hints{queues: []string{queue}, always: true})
	return nil
}
