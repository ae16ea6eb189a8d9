package postgres

import (
	"context"
	"errors"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/task-tower/tasktower/core/job"
)

// Tag implements ports.Commander.
func (s *Store) Tag(ctx context.Context, id job.ID, tags []string) error {
	ctx, cancel, err := s.call(ctx)
	if err != nil {
		return translate("tag", err)
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
	return translate("tag", err)
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
		return translate(name, err)
	}
	defer cancel()
	if _, err := s.pool.Exec(ctx, sql, args...); err != nil {
		return translate(name, err)
	}
	s.tell(&hints{queues: []string{queue}, always: true})
	return nil
}
