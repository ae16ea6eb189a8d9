package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log"
	"time"

	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"
	"golang.org/x/sync/errgroup"
)

// asynqQueue is github.com/hibiken/asynq. Completed tasks are kept for a day, as
// the other peers do.
type asynqQueue struct {
	redis  asynq.RedisClientOpt
	raw    *redis.Client
	client *asynq.Client
	before int // completed tasks when it was opened
}

func openAsynq(ctx context.Context, e *env, fresh bool) (queue, error) {
	if e.redis == "" {
		return nil, errNoRedis
	}
	q := &asynqQueue{redis: asynq.RedisClientOpt{Network: "unix", Addr: e.redis, PoolSize: connections}}
	q.raw = redis.NewClient(&redis.Options{Network: "unix", Addr: e.redis})
	q.client = asynq.NewClient(q.redis)
	if fresh {
		if err := q.raw.FlushAll(ctx).Err(); err != nil {
			q.close()
			return nil, err
		}
	}
	var err error
	q.before, err = q.count(ctx)
	return q, err
}

func (q *asynqQueue) enqueue(ctx context.Context, job Noop) error {
	return q.send(ctx, job, asynq.Retention(24*time.Hour))
}

func (q *asynqQueue) send(ctx context.Context, job Noop, opts ...asynq.Option) error {
	payload, err := json.Marshal(job)
	if err != nil {
		return err
	}
	_, err = q.client.EnqueueContext(ctx, asynq.NewTask(job.Kind(), payload), opts...)
	return err
}

// enqueueMany sends one by one, from several goroutines: asynq has no batches.
func (q *asynqQueue) enqueueMany(ctx context.Context, jobs []Noop) error {
	return q.sendAll(ctx, jobs, q.enqueue)
}

func (q *asynqQueue) schedule(ctx context.Context, jobs []Noop) error {
	return q.sendAll(ctx, jobs, func(ctx context.Context, job Noop) error {
		return q.send(ctx, job, asynq.Retention(24*time.Hour), asynq.ProcessAt(time.Unix(0, job.Sent)))
	})
}

func (q *asynqQueue) sendAll(ctx context.Context, jobs []Noop, send func(context.Context, Noop) error) error {
	const callers = 16
	group, ctx := errgroup.WithContext(ctx)
	for first := range callers {
		group.Go(func() error {
			for i := first; i < len(jobs); i += callers {
				if err := send(ctx, jobs[i]); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return group.Wait()
}

func (q *asynqQueue) work(ctx context.Context, w work) error {
	server := asynq.NewServer(q.redis, asynq.Config{
		Concurrency:    w.slots,
		Logger:         silent{log.New(io.Discard, "", 0)},
		RetryDelayFunc: func(int, error, *asynq.Task) time.Duration { return retryWait },
	})
	err := server.Start(asynq.HandlerFunc(func(_ context.Context, t *asynq.Task) error {
		var job Noop
		if err := json.Unmarshal(t.Payload(), &job); err != nil {
			return err
		}
		return w.run(job)
	}))
	if err != nil {
		return err
	}
	<-ctx.Done()
	server.Shutdown()
	return nil
}

// silent is a logger that asynq takes.
type silent struct{ *log.Logger }

func (l silent) Debug(...any) {}
func (l silent) Info(...any)  {}
func (l silent) Warn(...any)  {}
func (l silent) Error(...any) {}

func (q *asynqQueue) completed(ctx context.Context) (int, error) {
	n, err := q.count(ctx)
	return n - q.before, err
}

// count is how many tasks were ever completed. Failed attempts count as
// processed, too.
func (q *asynqQueue) count(ctx context.Context) (int, error) {
	var n [2]int
	for i, key := range []string{"asynq:{default}:processed", "asynq:{default}:failed"} {
		var err error
		if n[i], err = q.raw.Get(ctx, key).Int(); err != nil && !errors.Is(err, redis.Nil) {
			return 0, err
		}
	}
	return n[0] - n[1], nil
}

func (q *asynqQueue) stored(ctx context.Context) (int, error) {
	n, err := q.raw.ZCard(ctx, "asynq:{default}:completed").Result()
	return int(n), err
}

func (q *asynqQueue) close() {
	q.client.Close()
	q.raw.Close()
}
