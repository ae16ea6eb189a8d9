package main

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/task-tower/tasktower"
)

// enqueue measures single enqueues by 1 and 16 goroutines and batches of 1,000,
// beside a raw COPY of the same payloads.
func enqueue(ctx context.Context, b *bench, e *env) error {
	for _, callers := range []int{1, 16, 64} {
		rate, err := enqueueSingly(ctx, e, callers, 2*time.Second)
		if err != nil {
			return err
		}
		b.add(fmt.Sprintf("enqueue one by one, %d goroutines, jobs/s", callers), rate)
	}

	const batches, size = 50, 1000
	before, err := e.cost(ctx)
	if err != nil {
		return err
	}
	began := time.Now()
	bytes, err := e.wal(ctx, func() error { return enqueueBatches(ctx, e, batches, size) })
	if err != nil {
		return err
	}
	b.add("enqueue in batches of 1,000, jobs/s", batches*size/time.Since(began).Seconds())
	b.add("enqueue in batches of 1,000, WAL bytes/job", bytes/(batches*size))
	after, err := e.cost(ctx)
	if err != nil {
		return err
	}
	after.minus(before).perJob(b, "enqueue in batches of 1,000", batches*size)
	rate, err := rawCopy(ctx, e, batches, size)
	b.add("floor: raw COPY of the payloads, rows/s", rate)
	return err
}

func enqueueSingly(ctx context.Context, e *env, callers int, d time.Duration) (float64, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var done atomic.Int64
	var all sync.WaitGroup
	began := time.Now()
	for range callers {
		all.Go(func() {
			for i := 0; time.Since(began) < d; i++ {
				if _, err := e.client.Enqueue(ctx, noop(i)); err != nil {
					cancel(err)
					return
				}
				done.Add(1)
			}
		})
	}
	all.Wait()
	return float64(done.Load()) / time.Since(began).Seconds(), context.Cause(ctx)
}

func enqueueBatches(ctx context.Context, e *env, batches, size int) error {
	items := make([]tasktower.Item, size)
	for n := range batches {
		for i := range items {
			items[i] = tasktower.Item{Args: noop(n*size + i)}
		}
		if _, err := e.client.EnqueueMany(ctx, items); err != nil {
			return err
		}
	}
	return nil
}

func rawCopy(ctx context.Context, e *env, batches, size int) (float64, error) {
	table := pgx.Identifier{schema, "raw"}
	if _, err := e.pool.Exec(ctx, "CREATE TABLE "+table.Sanitize()+" (id uuid PRIMARY KEY, payload text NOT NULL)"); err != nil {
		return 0, err
	}
	ids := idMaker()
	began := time.Now()
	for range batches {
		rows := make([][]any, size)
		for i := range rows {
			rows[i] = []any{[16]byte(ids.NewID()), `{"seq":1,"fill":"` + noop(i).Fill + `"}`}
		}
		if _, err := e.pool.CopyFrom(ctx, table, []string{"id", "payload"}, pgx.CopyFromRows(rows)); err != nil {
			return 0, err
		}
	}
	return float64(batches*size) / time.Since(began).Seconds(), nil
}

// drain measures how fast one worker runs no-op jobs that wait already, until
// the last result is durable.
func drain(ctx context.Context, b *bench, e *env) error {
	if err := enqueueBatches(ctx, e, b.cfg.jobs/1000, 1000); err != nil {
		return err
	}
	if err := e.checkpoint(ctx); err != nil {
		return err
	}
	jobs := b.cfg.jobs / 1000 * 1000
	left := newCountdown(jobs)
	w, err := tasktower.NewWorker(e.store, tasktower.WorkerConfig{
		Concurrency: b.cfg.slots,
		Observer:    left,
		Handlers: []tasktower.Registration{
			tasktower.HandleFunc(func(context.Context, *tasktower.Job[Noop]) error { return nil }),
		},
	})
	if err != nil {
		return err
	}
	before, err := e.cost(ctx)
	if err != nil {
		return err
	}
	var took time.Duration
	bytes, err := e.wal(ctx, func() error {
		run, stop := context.WithCancel(ctx)
		ended := make(chan error, 1)
		began := time.Now()
		go func() { ended <- w.Run(run) }()
		select {
		case <-left.done:
		case <-ctx.Done():
		}
		took = time.Since(began)
		stop()
		return <-ended
	})
	if err != nil {
		return err
	}
	b.add(fmt.Sprintf("drain %d no-op jobs, %d slots, jobs/s", jobs, b.cfg.slots), float64(jobs)/took.Seconds())
	b.add("drain, WAL bytes/job", bytes/float64(jobs))
	after, err := e.cost(ctx)
	if err != nil {
		return err
	}
	after.minus(before).perJob(b, "drain", jobs)
	return nil
}
