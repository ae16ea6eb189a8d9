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
	var seen laterLook
	batch := &pgx.Batch{}
	batch.Queue(begin)
	s.queueNext(batch, floor, &seen)
	batch.Queue(commit)
	if err := s.pipeline(ctx, batch); err != nil {
		if whole {
			s.later.failed()
		}
		return out, err
	}
	if !whole {
		seen.took = 0
	}
	s.later.looked(seen.front, seen.took)
	if out.Next = seen.next; out.Next != 0 || limit < 1 {
		return out, nil
	}

	floor, _ = s.later.begin() // the lock is held below, so what was passed is not passed again
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
		s.queueNext(batch, floor, &seen)
		batch.Queue(commit)
		return s.pipeline(ctx, batch)
	})
	if err == nil {
		s.later.looked(seen.front, 0)
		out.Next = seen.next
	}
	if err == nil && out.Moved > 0 {
		s.tell(&moved)
	}
	return out, err
}

// laterLook is the answer to a look at later.
type laterLook struct {
	next  time.Duration // until the next job falls due, as in ports.Promotion
	front time.Time     // nothing is due before it
	took  time.Duration // the server
}

// queueNext adds the question when the next job falls due, of those from the floor on.
func (s *Store) queueNext(batch *pgx.Batch, floor pgtype.Timestamptz, seen *laterLook) {
	batch.Queue(s.sql.get("settings"), s.bound, "on", "on")
	batch.Queue(s.sql.get("promote_next"), bucket, floor).QueryRow(func(row pgx.Row) error {
		var us *int64
		var took int64
		if err := row.Scan(&us, &seen.front, &took); err != nil {
			return err
		}
		seen.next, seen.took = -1, micros(took)
		if us != nil {
			seen.next = max(0, micros(*us))
		}
		return nil
	})
}
