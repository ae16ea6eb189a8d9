package main

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	riverqueue "github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
)

// riverQueue is github.com/riverqueue/river. It keeps completed jobs for a day,
// as Task Tower does.
type riverQueue struct {
	pool   *pgxpool.Pool
	config riverqueue.Config
	client *riverqueue.Client[pgx.Tx] // inserts only
	done   atomic.Int64
}

// openRiverTuned has the settings of River's own "river bench".
func openRiverTuned(ctx context.Context, e *env, fresh bool) (queue, error) {
	return openRiver(ctx, e, fresh, riverqueue.Config{FetchCooldown: 2 * time.Millisecond, FetchPollInterval: 20 * time.Millisecond})
}

func openRiverDefaults(ctx context.Context, e *env, fresh bool) (queue, error) {
	return openRiver(ctx, e, fresh, riverqueue.Config{})
}

func openRiver(ctx context.Context, e *env, fresh bool, config riverqueue.Config) (queue, error) {
	if fresh {
		if err := e.clean(ctx); err != nil {
			return nil, err
		}
	}
	pool, err := e.pool(ctx)
	if err != nil {
		return nil, err
	}
	config.Schema = schema
	config.Logger = slog.New(slog.DiscardHandler)
	q := &riverQueue{pool: pool, config: config}
	if fresh {
		if err := q.migrate(ctx); err != nil {
			pool.Close()
			return nil, err
		}
	}
	q.client, err = riverqueue.NewClient(riverpgxv5.New(pool), &config)
	return q, err
}

func (q *riverQueue) migrate(ctx context.Context) error {
	if _, err := q.pool.Exec(ctx, "CREATE SCHEMA "+schema); err != nil {
		return err
	}
	m, err := rivermigrate.New(riverpgxv5.New(q.pool), &rivermigrate.Config{Schema: schema, Logger: q.config.Logger})
	if err != nil {
		return err
	}
	_, err = m.Migrate(ctx, rivermigrate.DirectionUp, nil)
	return err
}

func (q *riverQueue) enqueue(ctx context.Context, job Noop) error {
	_, err := q.client.Insert(ctx, job, nil)
	return err
}

func (q *riverQueue) enqueueMany(ctx context.Context, jobs []Noop) error {
	params := make([]riverqueue.InsertManyParams, len(jobs))
	for i, job := range jobs {
		params[i].Args = job
	}
	_, err := q.client.InsertManyFast(ctx, params)
	return err
}

func (q *riverQueue) begin(ctx context.Context) (pgx.Tx, error) { return q.pool.Begin(ctx) }

func (q *riverQueue) enqueueTx(ctx context.Context, tx pgx.Tx, job Noop) error {
	_, err := q.client.InsertTx(ctx, tx, job, nil)
	return err
}

func (q *riverQueue) schedule(ctx context.Context, jobs []Noop) error {
	params := make([]riverqueue.InsertManyParams, len(jobs))
	for i, job := range jobs {
		params[i] = riverqueue.InsertManyParams{
			Args: job, InsertOpts: &riverqueue.InsertOpts{ScheduledAt: time.Unix(0, job.Sent)},
		}
	}
	_, err := q.client.InsertManyFast(ctx, params)
	return err
}

// riverWorker is River's kind of handler.
type riverWorker struct {
	riverqueue.WorkerDefaults[Noop]
	run func(Noop) error
}

func (w *riverWorker) Work(_ context.Context, j *riverqueue.Job[Noop]) error { return w.run(j.Args) }

func (w *riverWorker) NextRetry(*riverqueue.Job[Noop]) time.Time { return time.Now().Add(retryWait) }

func (q *riverQueue) work(ctx context.Context, w work) error {
	workers := riverqueue.NewWorkers()
	riverqueue.AddWorker(workers, &riverWorker{run: w.run})
	config := q.config
	config.Workers = workers
	config.Queues = map[string]riverqueue.QueueConfig{riverqueue.QueueDefault: {MaxWorkers: w.slots}}
	client, err := riverqueue.NewClient(riverpgxv5.New(q.pool), &config)
	if err != nil {
		return err
	}
	// River tells of completions once they are stored, and drops what does not fit.
	events, cancel := client.SubscribeConfig(&riverqueue.SubscribeConfig{
		Kinds: []riverqueue.EventKind{riverqueue.EventKindJobCompleted}, ChanSize: 100_000,
	})
	counted := make(chan struct{})
	go func() {
		defer close(counted)
		for range events {
			q.done.Add(1)
		}
	}()
	if err := client.Start(context.WithoutCancel(ctx)); err != nil {
		cancel()
		return err
	}
	<-ctx.Done()
	stop, end := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer end()
	err = client.Stop(stop)
	cancel()
	<-counted
	return err
}

func (q *riverQueue) completed(context.Context) (int, error) { return int(q.done.Load()), nil }

func (q *riverQueue) stored(ctx context.Context) (n int, err error) {
	err = q.pool.QueryRow(ctx, "SELECT count(*) FROM "+schema+".river_job WHERE state = 'completed'").Scan(&n)
	return n, err
}

func (q *riverQueue) close() { q.pool.Close() }
