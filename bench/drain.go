package main

import (
	"context"
	"fmt"
	"sync"
)

func drainName(jobs, slots int) string {
	return fmt.Sprintf("drain %s jobs, %s slots", grouped(jobs), grouped(slots))
}

func drainRate(jobs, slots int) string { return drainName(jobs, slots) + ": jobs/s" }

// drain measures how fast one worker runs no-op jobs that wait already, until
// the last result is durable. With costs it also reports what a job costs from
// its enqueue to its end.
func drain(jobs, slots int, costs bool) func(ctx context.Context, c *cell) error {
	return func(ctx context.Context, c *cell) error {
		enqueued, err := c.env.cost(ctx, func() error {
			q, err := c.open(ctx, true)
			if err != nil {
				return err
			}
			defer q.close()
			return c.fill(ctx, q, jobs)
		})
		if err != nil {
			return err
		}
		if err := c.env.settle(ctx); err != nil {
			return err
		}
		var done int
		worked, err := c.env.cost(ctx, func() error {
			q, err := c.open(ctx, false)
			if err != nil {
				return err
			}
			defer q.close()
			n, took, err := c.drain(ctx, q, jobs, work{slots: slots})
			done = n
			c.add(drainRate(jobs, slots), float64(n)/took.Seconds())
			return err
		})
		if err != nil || !costs {
			return err
		}
		enqueued, worked = enqueued.perJob(jobs), worked.perJob(done)
		name := drainName(jobs, slots)
		enqueued.plus(worked).report(c, name+", enqueue + work")
		return nil
	}
}

const failingRate = "drain with 10 % failing once: jobs/s"

// failing measures a drain of which every tenth job fails at first and runs again.
func failing(ctx context.Context, c *cell) error {
	q, err := c.filled(ctx, c.size.Some)
	if err != nil {
		return err
	}
	defer q.close()
	var failed sync.Map
	rate, err := c.rate(ctx, q, c.size.Some, work{slots: c.peer.slots, handle: func(job Noop) error {
		if job.Seq%10 != 0 {
			return nil
		}
		if _, again := failed.LoadOrStore(job.Seq, true); again {
			return nil
		}
		return fmt.Errorf("job %d fails at first", job.Seq)
	}})
	c.add(failingRate, rate)
	return err
}

const memoryRate = "drain in memory: jobs/s"

// drainMemory measures the store for tests and small programs.
func drainMemory(ctx context.Context, c *cell) error {
	q, err := c.filled(ctx, c.size.Memory)
	if err != nil {
		return err
	}
	defer q.close()
	rate, err := c.rate(ctx, q, c.size.Memory, work{slots: c.peer.slots})
	c.add(memoryRate, rate)
	return err
}
