package main

import (
	"context"
	"encoding/json"
	"sync/atomic"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/task-tower/tasktower/adapters/system"
)

// rawTable is the least that a queue in PostgreSQL can be: rows with a primary
// key. They come by COPY and go by DELETE … FOR UPDATE SKIP LOCKED in batches of
// 1,000, without history, retries or leases.
type rawTable struct {
	pool *pgxpool.Pool
	ids  *system.IDs
	done atomic.Int64
}

func openFloor(ctx context.Context, e *env, fresh bool) (queue, error) {
	if fresh {
		if err := e.clean(ctx); err != nil {
			return nil, err
		}
		if err := e.exec(ctx, "CREATE SCHEMA "+schema, "CREATE TABLE "+schema+".raw (id uuid PRIMARY KEY, payload text NOT NULL)"); err != nil {
			return nil, err
		}
	}
	pool, err := e.pool(ctx)
	return &rawTable{pool: pool, ids: &system.IDs{}}, err
}

func (q *rawTable) row(job Noop) ([]any, error) {
	payload, err := json.Marshal(job)
	return []any{[16]byte(q.ids.NewID()), string(payload)}, err
}

func (q *rawTable) enqueue(ctx context.Context, job Noop) error {
	row, err := q.row(job)
	if err != nil {
		return err
	}
	_, err = q.pool.Exec(ctx, "INSERT INTO "+schema+".raw (id, payload) VALUES ($1, $2)", row...)
	return err
}

func (q *rawTable) enqueueMany(ctx context.Context, jobs []Noop) error {
	rows := pgx.CopyFromSlice(len(jobs), func(i int) ([]any, error) { return q.row(jobs[i]) })
	_, err := q.pool.CopyFrom(ctx, pgx.Identifier{schema, "raw"}, []string{"id", "payload"}, rows)
	return err
}

func (q *rawTable) work(ctx context.Context, w work) error {
	for ctx.Err() == nil {
		rows, err := q.pool.Query(context.WithoutCancel(ctx), "DELETE FROM "+schema+".raw WHERE ctid = ANY (ARRAY("+
			"SELECT ctid FROM "+schema+".raw ORDER BY id LIMIT 1000 FOR UPDATE SKIP LOCKED)) RETURNING payload")
		if err != nil {
			return err
		}
		payloads, err := pgx.CollectRows(rows, pgx.RowTo[[]byte])
		if err != nil {
			return err
		}
		for _, payload := range payloads {
			var job Noop
			if err := json.Unmarshal(payload, &job); err != nil {
				return err
			}
			if err := w.run(job); err != nil {
				return err
			}
		}
		q.done.Add(int64(len(payloads)))
	}
	return nil
}

func (q *rawTable) completed(context.Context) (int, error)  { return int(q.done.Load()), nil }
func (q *rawTable) stored(ctx context.Context) (int, error) { return q.completed(ctx) } // nothing is kept
func (q *rawTable) close()                                  { q.pool.Close() }

// bell is the least that tells another process of a row: INSERT and NOTIFY in one
// round trip there, LISTEN here. It keeps no jobs.
type bell struct{ *rawTable }

func openNotify(ctx context.Context, e *env, fresh bool) (queue, error) {
	q, err := openFloor(ctx, e, fresh)
	if err != nil {
		return nil, err
	}
	return &bell{q.(*rawTable)}, nil
}

func (q *bell) enqueue(ctx context.Context, job Noop) error {
	row, err := q.row(job)
	if err != nil {
		return err
	}
	batch := &pgx.Batch{}
	batch.Queue("INSERT INTO "+schema+".raw (id, payload) VALUES ($1, $2)", row...)
	batch.Queue("SELECT pg_notify('"+schema+"', $1)", row[1])
	return q.pool.SendBatch(ctx, batch).Close()
}

func (q *bell) work(ctx context.Context, w work) error {
	pooled, err := q.pool.Acquire(ctx)
	if err != nil {
		return err
	}
	conn := pooled.Hijack()
	defer conn.Close(context.WithoutCancel(ctx))
	if _, err := conn.Exec(ctx, "LISTEN "+schema); err != nil {
		return err
	}
	for {
		heard, err := conn.WaitForNotification(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		var job Noop
		if err := json.Unmarshal([]byte(heard.Payload), &job); err != nil {
			return err
		}
		if err := w.run(job); err != nil {
			return err
		}
		q.done.Add(1)
	}
}
