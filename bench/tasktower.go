package main

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/task-tower/tasktower"
	"github.com/task-tower/tasktower/adapters/memory"
	"github.com/task-tower/tasktower/adapters/postgres"
	"github.com/task-tower/tasktower/core/event"
	"github.com/task-tower/tasktower/core/retry"
)

// taskTower is the queue of this repository.
type taskTower struct {
	pool     *pgxpool.Pool // nil: in memory
	store    tasktower.Store
	client   *tasktower.Client
	strategy tasktower.Strategy // nil: the default
	done     completions
	close_   func()
}

// completions counts jobs that are stored as completed.
type completions struct{ atomic.Int64 }

// Observe implements tasktower.Observer.
func (c *completions) Observe(e event.Event) {
	if e.Type == event.JobCompleted {
		c.Add(1)
	}
}

func openTaskTower(ctx context.Context, e *env, fresh bool) (queue, error) {
	if fresh {
		if err := e.clean(ctx); err != nil {
			return nil, err
		}
	}
	pool, err := e.pool(ctx)
	if err != nil {
		return nil, err
	}
	store, err := postgres.New(pool, postgres.Config{Schema: schema, CallTimeout: time.Minute})
	if err != nil {
		pool.Close()
		return nil, err
	}
	q := &taskTower{pool: pool, store: store, close_: func() { store.Close(); pool.Close() }}
	if fresh {
		if err := store.Migrate(ctx); err != nil {
			q.close()
			return nil, err
		}
	}
	q.client, err = tasktower.NewClient(store, tasktower.ClientConfig{})
	return q, err
}

// openMemory opens a store that ends with the queue: it is always fresh.
func openMemory(context.Context, *env, bool) (queue, error) {
	store := memory.New(memory.Config{MaxJobs: 1 << 24})
	client, err := tasktower.NewClient(store, tasktower.ClientConfig{})
	return &taskTower{store: store, client: client, close_: func() {}}, err
}

func (q *taskTower) enqueue(ctx context.Context, job Noop) error {
	_, err := q.client.Enqueue(ctx, job)
	return err
}

func (q *taskTower) enqueueMany(ctx context.Context, jobs []Noop) error {
	_, err := q.client.EnqueueMany(ctx, tasktower.Each(jobs))
	return err
}

func (q *taskTower) enqueueTo(ctx context.Context, jobs []Noop, name string) error {
	_, err := q.client.EnqueueMany(ctx, tasktower.Each(jobs, tasktower.Queue(name)))
	return err
}

func (q *taskTower) begin(ctx context.Context) (pgx.Tx, error) { return q.pool.Begin(ctx) }

func (q *taskTower) enqueueTx(ctx context.Context, tx pgx.Tx, job Noop) error {
	_, err := q.client.InTx(tx).Enqueue(ctx, job)
	return err
}

func (q *taskTower) schedule(ctx context.Context, jobs []Noop) error {
	items := make([]tasktower.Item, len(jobs))
	for i, job := range jobs {
		items[i] = tasktower.Item{Args: job, Options: []tasktower.Option{tasktower.At(time.Unix(0, job.Sent))}}
	}
	_, err := q.client.EnqueueMany(ctx, items)
	return err
}

func (q *taskTower) work(ctx context.Context, w work) error {
	worker, err := tasktower.NewWorker(q.store, tasktower.WorkerConfig{
		Concurrency: w.slots,
		Strategy:    q.strategy,
		Observer:    &q.done,
		Handlers: []tasktower.Registration{
			tasktower.HandleFunc(func(_ context.Context, j *tasktower.Job[Noop]) error { return w.run(j.Args) },
				tasktower.Retry(retry.Fixed(retryWait))),
		},
	})
	if err != nil {
		return err
	}
	return worker.Run(ctx)
}

func (q *taskTower) completed(context.Context) (int, error) { return int(q.done.Load()), nil }

func (q *taskTower) stored(ctx context.Context) (n int, err error) {
	if q.pool == nil {
		return q.completed(ctx)
	}
	// From the history, not the view of jobs: a connection keeps the plan it made
	// while the tables were empty.
	err = q.pool.QueryRow(ctx, "SELECT count(*) FROM "+schema+".history WHERE final AND state = 5").Scan(&n)
	return n, err
}

func (q *taskTower) close() { q.close_() }
