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
	tag, err := tx.Exec(ctx, sql, args...)
	if err == nil && tag.RowsAffected() != 1 {
		return errMoved
	}
	return err
}

// removal is the statement that takes a waiting job out by the key of its row.
func (s *Store) removal(rec *job.Record) (string, []any) {
	if rec.State == job.Enqueued {
		return s.sql.get("remove_ready"), []any{bucket, rec.Queue, rec.Priority, rec.RunAt, uuid(rec.ID)}
	}
	return s.sql.get("remove_later"), []any{bucket, rec.RunAt, uuid(rec.ID)}
}
