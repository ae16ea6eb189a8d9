package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/ports"
)

// Standing implements ports.Inspector.
func (s *Store) Standing(ctx context.Context, id job.ID, limit int) (ports.Standing, error) {
	var out ports.Standing
	err := s.inspect(ctx, "standing", func(ctx context.Context, tx pgx.Tx) error {
		rec, err := s.getOne(ctx, tx, id)
		if err != nil {
			return err
		}
		last, err := s.lastFailures(ctx, tx, []job.ID{id})
		if err != nil {
			return err
		}
		out = ports.Standing{Job: rec, Failure: last[id], Queue: ports.Queue{Name: rec.Queue}}
		var paused *time.Time
		err = tx.QueryRow(ctx, s.sql.get("standing"), bucket, uuid(id), rec.Queue, rec.Priority, rec.RunAt,
			rec.State == job.Enqueued, limit).Scan(&out.Now, &paused, &out.Queue.PausedBy, &out.Queue.Note,
			&out.Ahead, &out.Suspects, &out.CancelRequested)
		out.Now, out.Queue.PausedAt = out.Now.UTC(), utc(paused)
		out.CancelRequested = out.CancelRequested && rec.State == job.Processing
		if err != nil || rec.State != job.Enqueued && rec.State != job.Processing {
			return err
		}
		out.Holdings, err = s.holdings(ctx, tx)
		return err
	})
	return out, err
}

// holdings counts the processing jobs by worker and queue.
func (s *Store) holdings(ctx context.Context, tx pgx.Tx) ([]ports.Holding, error) {
	rows, err := tx.Query(ctx, s.sql.get("holdings"), bucket)
	if err != nil {
		return nil, err
	}
	return pgx.AppendRows([]ports.Holding(nil), rows, pgx.RowToStructByPos[ports.Holding])
}
