package main

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

const (
	latencySlots = 100
	warmUp       = 20 // jobs
	patience     = 30 * time.Second
)

func latencyFigure(rate int, p string) string {
	return fmt.Sprintf("latency at %s jobs/s: %s, ms", grouped(rate), p)
}

func latenessFigure(p string) string { return "lateness of 500 scheduled jobs/s: " + p + ", ms" }

var quantiles = map[string]float64{"p50": 50, "p99": 99, "p99.9": 99.9}

// latency measures from the call of enqueue in this process to the start of the
// handler in another one, with 100 slots and settings as they are.
func latency(rate int) func(ctx context.Context, c *cell) error {
	return func(ctx context.Context, c *cell) error {
		n := max(int(c.size.Latency.Seconds()*float64(rate)), 1)
		return c.timed(ctx, n, func(p string) string { return latencyFigure(rate, p) }, func(q queue) error {
			took, err := pace(ctx, n, rate, func(ctx context.Context, i int) error {
				job := noop(i)
				job.Sent = time.Now().UnixNano()
				return q.enqueue(ctx, job)
			})
			c.add(fmt.Sprintf("latency at %s jobs/s: really enqueued, jobs/s", grouped(rate)), float64(n)/took.Seconds())
			return err
		})
	}
}

// lateness measures from a scheduled job's due time to the start of its handler
// in another process. The jobs are enqueued before the first is due.
func lateness(ctx context.Context, c *cell) error {
	const rate = 500
	n := max(int(c.size.Latency.Seconds()*rate), 1)
	return c.timed(ctx, n, latenessFigure, func(q queue) error {
		s, ok := q.(scheduler)
		if !ok {
			return errors.New("this peer cannot schedule")
		}
		lead := min(10*time.Second, 2*time.Second+time.Duration(n)*time.Second/2000) // of 2,000 jobs/s enqueued at least
		jobs := noops(0, n)
		first := time.Now().Add(lead)
		for i := range jobs {
			jobs[i].Sent = first.Add(time.Duration(i) * time.Second / rate).UnixNano()
		}
		for len(jobs) > 0 {
			some := min(batchSize, len(jobs))
			if err := s.schedule(ctx, jobs[:some]); err != nil {
				return err
			}
			jobs = jobs[some:]
		}
		if late := time.Since(first); late > 0 {
			return fmt.Errorf("scheduling took %v longer than until the first was due", late)
		}
		return nil
	})
}

// timed starts a worker process, lets send enqueue n jobs, and reports how long
// after Sent they started.
func (c *cell) timed(ctx context.Context, n int, figure func(p string) string, send func(queue) error) error {
	q, err := c.open(ctx, true)
	if err != nil {
		return err
	}
	defer q.close()
	if err := c.env.settle(ctx); err != nil {
		return err
	}
	child, err := c.spawn(ctx, latencySlots, true)
	if err != nil {
		return err
	}
	defer child.kill()
	if err := child.begin(); err != nil {
		return err
	}
	for i := range warmUp {
		time.Sleep(20 * time.Millisecond)
		if err := q.enqueue(ctx, noop(i)); err != nil {
			return err
		}
	}
	// A notification that nobody heard yet is lost: only jobs are waited for.
	if c.peer.name != notify {
		if done, err := await(ctx, child.completed, warmUp, patience, child.ended); err != nil || done < warmUp {
			return errors.Join(fmt.Errorf("only %d of %d jobs of the warm-up ran", done, warmUp), err)
		}
	}
	before, err := child.completed()
	if err != nil {
		return err
	}
	if err := send(q); err != nil {
		return err
	}
	limit := c.size.Latency + patience
	done, err := await(ctx, child.completed, before+n, limit, child.ended)
	if err != nil {
		return err
	}
	said, err := child.stop()
	if err != nil {
		return err
	}
	if done < before+n {
		return fmt.Errorf("only %d of %d jobs ran within %v", done-before, n, limit)
	}
	if len(said.Samples) == 0 {
		return errors.New("no job was timed")
	}
	for _, p := range []string{"p50", "p99", "p99.9"} {
		c.add(figure(p), percentile(said.Samples, quantiles[p])/1e6)
	}
	return nil
}

// pace calls f n times, at the rate, whether or not the calls before have
// returned; 64 at once at most. It returns how long it took.
func pace(ctx context.Context, n, rate int, f func(ctx context.Context, i int) error) (time.Duration, error) {
	var next atomic.Int64
	group, ctx := errgroup.WithContext(ctx)
	began := time.Now()
	for range min(n, 64) {
		group.Go(func() error {
			for {
				i := int(next.Add(1)) - 1
				if i >= n {
					return nil
				}
				time.Sleep(time.Until(began.Add(time.Duration(i) * time.Second / time.Duration(rate))))
				if err := ctx.Err(); err != nil {
					return err
				}
				if err := f(ctx, i); err != nil {
					return err
				}
			}
		})
	}
	err := group.Wait()
	return max(time.Since(began), time.Duration(n)*time.Second/time.Duration(rate)), err
}
