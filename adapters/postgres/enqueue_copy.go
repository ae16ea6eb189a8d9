package postgres

import (
	"bytes"
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/ports"
)

// enqueueByCopy stores many specs without unique keys in a transaction of its own,
// in few round trips. That their JSON is JSON the server finds out; only if it does
// not like something it is looked for here.
func (s *Store) enqueueByCopy(ctx context.Context, specs []*job.Spec) (ports.Enqueued, error) {
	bounded, cancel, err := s.call(ctx)
	if err != nil {
		return ports.Enqueued{}, err
	}
	defer cancel()
	var at time.Time
	err = s.retry(bounded, func(ctx context.Context) error {
		return s.pool.AcquireFunc(ctx, func(conn *pgxpool.Conn) (err error) {
			at, err = s.copySpecs(ctx, conn.Conn(), specs)
			if err != nil && conn.Conn().PgConn().TxStatus() != 'I' {
				_, _ = conn.Exec(ctx, "ROLLBACK") // if that fails too, the pool drops the connection
			}
			return err
		})
	})
	switch {
	case err == nil:
		s.tell(dueHints(specs))
		return ports.Enqueued{At: at}, nil
	case isData(err):
		if bad := checkJSON(specs); bad != nil {
			err = bad
		}
	case isTaken(err): // perhaps by an earlier try of the same call
		return s.enqueueAlone(ctx, specs)
	}
	return ports.Enqueued{}, err
}

func (s *Store) copySpecs(ctx context.Context, conn *pgx.Conn, specs []*job.Spec) (at time.Time, err error) {
	var setting string
	batch := &pgx.Batch{}
	batch.Queue(begin)
	batch.Queue(s.sql.get("settings"), s.bound, "on", "on")
	batch.Queue(s.sql.get("enqueue_now"), "on").QueryRow(func(row pgx.Row) error { return row.Scan(&at, &setting) })
	if err := conn.SendBatch(ctx, batch).Close(); err != nil {
		return at, err
	}
	at = at.UTC()
	if _, err := conn.PgConn().CopyFrom(ctx, bytes.NewReader(copyData(specs, at)), s.sql.get("enqueue_copy")); err != nil {
		return at, err
	}
	_, err = conn.Exec(ctx, commit)
	return at, err
}
