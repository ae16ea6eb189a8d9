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
	floor, whole := s.later.begin()
	batch := &pgx.Batch{}
	batch.Queue(begin)
	s.queueNext(batch, floor, whole, &out.Next)
	batch.Queue(commit)
	if err := s.pipeline(ctx, batch); err != nil || out.Next != 0 || limit < 1 {
		return out, err
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
		s.queueNext(batch, floor, false, &out.Next)
		batch.Queue(commit)
		return s.pipeline(ctx, batch)
	})
	if err == nil && out.Moved > 0 {
		s.tell(&moved)
	}
	return out, err
}

// queueNext adds the question when the next job falls due, of those from the floor on; whole: of all.
func (s *Store) queueNext(batch *pgx.Batch, floor pgtype.Timestamptz, whole bool, next *time.Duration) {
	batch.Queue(s.sql.get("settings"), s.bound, "on", "on")
	batch.Queue(s.sql.get("promote_next"), bucket, floor).QueryRow(func(row pgx.Row) error {
		var us *int64
		var front time.Time
		var took int64
		if err := row.Scan(&us, &front, &took); err != nil {
			return err
		}
		*next = -1
		if us != nil {
			*next = max(0, micros(*us))
		}
		if !whole {
			took = 0
		}
		s.later.looked(front, micros(took))
		return nil
	})
}
