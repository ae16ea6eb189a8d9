package postgres

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"github.com/task-tower/tasktower/core/job"
)

// errMoved says that a job was not where the same transaction saw it.
var errMoved = errors.New("the job is not where its state says")

// remove takes a waiting job out of where it waits.
func (s *Store) remove(ctx context.Context, tx pgx.Tx, rec *job.Record) error {
	if !rec.State.Waiting() {
		return nil
	}
	sql, args := s.removal(rec)
	return removed(tx.QueryRow(ctx, sql, args...))
}

// removed reads the answer to a removal.
func removed(row pgx.Row) error {
	jobs := 0
	if err := row.Scan(&jobs); err != nil {
		return err
	}
	if jobs != 1 {
		return errMoved
	}
	return nil
}

// removal is the statement that takes a waiting job out by the key of its row.
func (s *Store) removal(rec *job.Record) (string, []any) {
	if rec.State == job.Enqueued {
		return s.sql.get("remove_ready"), []any{bucket, rec.Queue, rec.Priority, rec.RunAt, uuid(rec.ID), rec.Kind}
	}
	return s.sql.get("remove_later"), []any{bucket, rec.RunAt, uuid(rec.ID)}
}
