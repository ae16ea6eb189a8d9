package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/ports"
)

// Get implements ports.Inspector.
func (s *Store) Get(ctx context.Context, id job.ID) (*job.Record, error) {
	var out *job.Record
	err := s.inspect(ctx, "get", func(ctx context.Context, tx pgx.Tx) (err error) {
		out, err = s.getOne(ctx, tx, id)
		return err
	})
	return out, err
}

// History implements ports.Inspector.
func (s *Store) History(ctx context.Context, id job.ID) ([]job.Entry, error) {
	var out []job.Entry
	err := s.inspect(ctx, "history", func(ctx context.Context, tx pgx.Tx) error {
		rec, err := s.getOne(ctx, tx, id)
		if err != nil {
			return err
		}
		rows, err := tx.Query(ctx, s.sql.get("history"), bucket, uuid(id))
		if err != nil {
			return err
		}
		stays, err := pgx.CollectRows(rows, scanStay)
		if err != nil {
			return err
		}
		var created, due time.Time
		err = tx.QueryRow(ctx, s.sql.get("history_first"), bucket, uuid(id)).Scan(&created, &due)
		out = entries(rec, due.UTC(), stays)
		return err
	})
	return out, err
}

// Failures implements ports.Inspector.
func (s *Store) Failures(ctx context.Context, id job.ID) ([]job.Failure, error) {
	var out []job.Failure
	err := s.inspect(ctx, "failures", func(ctx context.Context, tx pgx.Tx) error {
		if _, err := s.getOne(ctx, tx, id); err != nil {
			return err
		}
		rows, err := tx.Query(ctx, s.sql.get("failures"), bucket, uuid(id))
		if err != nil {
			return err
		}
		out, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (job.Failure, error) {
			var f job.Failure
			err := row.Scan(&f.Attempt, &f.At, &f.Worker, &f.Type, &f.Message, &f.Stack)
			f.At = f.At.UTC()
			return f, err
		})
		return err
	})
	return out, err
}

// Waiting implements ports.Inspector.
func (s *Store) Waiting(ctx context.Context) ([]ports.Waiting, error) {
	var out []ports.Waiting
	err := s.inspect(ctx, "waiting", func(ctx context.Context, tx pgx.Tx) error {
		rows, err := tx.Query(ctx, s.sql.get("waiting"), bucket)
		if err != nil {
			return err
		}
		var queue, kind string
		_, err = pgx.ForEachRow(rows, []any{&queue, &kind}, func() error {
			if n := len(out); n == 0 || out[n-1].Queue != queue {
				out = append(out, ports.Waiting{Queue: queue})
			}
			last := &out[len(out)-1]
			last.Kinds = append(last.Kinds, kind)
			return nil
		})
		return err
	})
	return out, err
}

// Queues implements ports.Inspector.
func (s *Store) Queues(ctx context.Context) ([]ports.Queue, error) {
	var out []ports.Queue
	err := s.inspect(ctx, "queues", func(ctx context.Context, tx pgx.Tx) error {
		rows, err := tx.Query(ctx, s.sql.get("queues"))
		if err != nil {
			return err
		}
		out, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (ports.Queue, error) {
			var q ports.Queue
			var paused *time.Time
			err := row.Scan(&q.Name, &paused, &q.PausedBy, &q.Note)
			q.PausedAt = utc(paused)
			return q, err
		})
		return err
	})
	return out, err
}

// countLook is how many times the limit of a count Counts looks at of each final state.
const countLook = 100

// Counts implements ports.Inspector. Of each final state it looks at the newest
// 100 times limit jobs over all queues, so a count of a queue that ended little
// lately may be lower than it is.
func (s *Store) Counts(ctx context.Context, limit int) ([]ports.Count, error) {
	var out []ports.Count
	err := s.inspect(ctx, "counts", func(ctx context.Context, tx pgx.Tx) error {
		rows, err := tx.Query(ctx, s.sql.get("counts"), bucket, int64(limit), int64(limit)*countLook)
		if err != nil {
			return err
		}
		out, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (ports.Count, error) {
			var c ports.Count
			var state int16
			err := row.Scan(&c.Queue, &state, &c.Jobs)
			c.State = value(states, state)
			return c, err
		})
		return err
	})
	return out, err
}

// inspect runs f on one moment of the store.
func (s *Store) inspect(ctx context.Context, name string, f func(ctx context.Context, tx pgx.Tx) error) error {
	ctx, cancel, err := s.call(ctx)
	if err != nil {
		return translate(name, err)
	}
	defer cancel()
	return translate(name, s.look(ctx, f))
}

// get reads jobs with their states, newest id first. Those that do not exist are left out.
func (s *Store) get(ctx context.Context, tx pgx.Tx, ids []job.ID) ([]*job.Record, error) {
	rows, err := tx.Query(ctx, s.sql.get("get"), bucket, uuids(ids))
	if err != nil {
		return nil, err
	}
	return collect(rows, true)
}

func (s *Store) getOne(ctx context.Context, tx pgx.Tx, id job.ID) (*job.Record, error) {
	found, err := s.get(ctx, tx, []job.ID{id})
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, &job.NotFoundError{What: "job", Name: id.String()}
	}
	return found[0], nil
}
