package main

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

var enqueueCallers = []int{1, 16, 64}

const batchEnqueue = "enqueue in batches of 1,000: jobs/s"

func singleEnqueue(callers int) string {
	return fmt.Sprintf("enqueue one by one, %d goroutines: jobs/s", callers)
}

// enqueue measures single enqueues by several numbers of goroutines, the same in
// transactions of the caller, and batches.
func enqueue(ctx context.Context, c *cell) error {
	q, err := c.open(ctx, true)
	if err != nil {
		return err
	}
	defer q.close()
	for _, callers := range enqueueCallers {
		if err := c.env.settle(ctx); err != nil {
			return err
		}
		rate, err := hammer(ctx, callers, c.size.Enqueue, q.enqueue)
		if err != nil {
			return err
		}
		c.add(singleEnqueue(callers), rate)
	}
	if q, ok := q.(inTx); ok {
		rate, err := hammer(ctx, 16, c.size.Enqueue, func(ctx context.Context, job Noop) error {
			tx, err := q.begin(ctx)
			if err != nil {
				return err
			}
			defer tx.Rollback(context.WithoutCancel(ctx))
			if err := q.enqueueTx(ctx, tx, job); err != nil {
				return err
			}
			return tx.Commit(ctx)
		})
		if err != nil {
			return err
		}
		c.add("enqueue in a caller's transaction, 16 goroutines: jobs/s", rate)
	}
	if err := c.env.settle(ctx); err != nil {
		return err
	}
	began := time.Now()
	if err := c.fill(ctx, q, c.size.Batches*batchSize); err != nil {
		return err
	}
	c.add(batchEnqueue, float64(c.size.Batches*batchSize)/time.Since(began).Seconds())
	return nil
}

// hammer calls enqueue from several goroutines for d and returns the rate.
func hammer(ctx context.Context, callers int, d time.Duration, enqueue func(context.Context, Noop) error) (float64, error) {
	var done atomic.Int64
	group, ctx := errgroup.WithContext(ctx)
	began := time.Now()
	for range callers {
		group.Go(func() error {
			for i := 0; time.Since(began) < d; i++ {
				if err := enqueue(ctx, noop(i)); err != nil {
					return err
				}
				done.Add(1)
			}
			return nil
		})
	}
	err := group.Wait()
	return float64(done.Load()) / time.Since(began).Seconds(), err
}
