package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/task-tower/tasktower/ports"
)

// Promote implements ports.Promoter. While nothing is due it takes no lock.
func (s *Store) Promote(ctx context.Context, limit int) (ports.Promotion, error) {
	ctx, cancel, err := s.call(ctx)
	if err != nil {
		return ports.Promotion{}, translate("promote", err)
	}
	defer cancel()
	out, err := s.promote(ctx, limit)
	return out, translate("promote", err)
}

func (s *Store) promote(ctx context.Context, limit int) (ports.Promotion, error) {
	var out ports.Promotion
	var now time.Time
	floor, whole := s.later.begin()
	batch := &pgx.Batch{}
	batch.Queue(begin)
	s.queueNext(batch, floor, &out.Next, &now)
	batch.Queue(commit)
	began := time.Now()
	if err := s.pipeline(ctx, batch); err != nil {
		return out, err
	}
	var took time.Duration
	if whole {
		took = time.Since(began)
	}
	if out.Next != 0 {
		s.later.looked(now, took)
	}
	if out.Next != 0 || limit < 1 {
		return out, nil
	}

	var moved hints
	err := s.retry(ctx, func(ctx context.Context) error {
		out, moved = ports.Promotion{}, hints{}
		batch := &pgx.Batch{}
		batch.Queue(begin)
		batch.Queue(s.sql.get("settings"), s.bound, "on", "on")
		batch.Queue(s.sql.get("lock_bucket"), s.class, bucket, bucketPatience)
		batch.Queue(s.sql.get("promote"), bucket, limit, floor).Query(func(rows pgx.Rows) error {
			var name string
			var jobs int
			_, err := pgx.ForEachRow(rows, []any{&name, &jobs}, func() error {
				out.Moved += jobs
				moved.claimable(name)
				return nil
			})
			return err
		})
		s.queueNext(batch, floor, &out.Next, &now)
		batch.Queue(commit)
		return s.pipeline(ctx, batch)
	})
	if err == nil && out.Next != 0 {
		s.later.looked(now, took)
	}
	if err == nil && out.Moved > 0 {
		s.tell(&moved)
	}
	return out, err
}

// queueNext adds the question when the next job falls due, and what time it is.
func (s *Store) queueNext(batch *pgx.Batch, floor pgtype.Timestamptz, next *time.Duration, now *time.Time) {
	batch.Queue(s.sql.get("settings"), s.bound, "on", "on")
	batch.Queue(s.sql.get("promote_next"), bucket, floor).QueryRow(func(row pgx.Row) error {
		var us *int64
		if err := row.Scan(&us, now); err != nil {
			return err
		}
		switch {
		case us == nil:
			*next = -1
		default:
			*next = max(0, micros(*us))
		}
		return nil
	})
}
