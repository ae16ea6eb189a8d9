package main

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// cell is one run of a workload on one peer.
type cell struct {
	*result
	env  *env
	peer peer
	size size
}

// open connects the peer, to empty tables if fresh.
func (c *cell) open(ctx context.Context, fresh bool) (queue, error) {
	return c.peer.open(ctx, c.env, fresh)
}

// fill enqueues n jobs.
func (c *cell) fill(ctx context.Context, q queue, n int) error {
	for first := 0; first < n; first += batchSize {
		if err := q.enqueueMany(ctx, noops(first, min(batchSize, n-first))); err != nil {
			return fmt.Errorf("fill: %w", err)
		}
	}
	return nil
}

// filled is a queue with n jobs that wait, on connections of its own.
func (c *cell) filled(ctx context.Context, n int) (queue, error) {
	q, err := c.open(ctx, true)
	if err != nil {
		return nil, err
	}
	if err := c.fill(ctx, q, n); err != nil {
		q.close()
		return nil, err
	}
	if c.peer.name != inMemory {
		q.close()
		if q, err = c.open(ctx, false); err != nil {
			return nil, err
		}
	}
	return q, c.env.settle(ctx)
}

// drain works until n jobs are durably completed, or the limit is over, and
// returns how many there were and how long it took.
func (c *cell) drain(ctx context.Context, q queue, n int, w work) (done int, took time.Duration, err error) {
	run, stop := context.WithCancel(ctx)
	defer stop()
	ended := make(chan error, 1)
	began := time.Now()
	go func() { ended <- q.work(run, w) }()
	done, err = await(ctx, func() (int, error) { return q.completed(ctx) }, n, c.size.DrainLimit, ended)
	took = time.Since(began)
	stop()
	if err != nil {
		return done, took, err
	}
	if err := <-ended; err != nil {
		return done, took, err
	}
	stored, err := q.stored(ctx)
	if err == nil && stored < done {
		err = fmt.Errorf("%d jobs were told to be completed, but %d are stored so", done, stored)
	}
	return done, took, err
}

// rate is what drain did in a second.
func (c *cell) rate(ctx context.Context, q queue, n int, w work) (float64, error) {
	done, took, err := c.drain(ctx, q, n, w)
	return float64(done) / took.Seconds(), err
}

// await returns what completed says once that is n, or the limit is over. A
// worker that ended is an error.
func await(ctx context.Context, completed func() (int, error), n int, limit time.Duration, ended <-chan error) (int, error) {
	over := time.After(limit)
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for {
		done, err := completed()
		if err != nil || done >= n {
			return done, err
		}
		select {
		case <-tick.C:
		case <-over:
			return completed()
		case err := <-ended:
			return done, errors.Join(errors.New("the worker ended"), err)
		case <-ctx.Done():
			return done, context.Cause(ctx)
		}
	}
}
