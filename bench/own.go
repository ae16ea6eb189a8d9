package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/task-tower/tasktower/ports"
	"github.com/task-tower/tasktower/strategies"
)

const (
	emptyRate   = "drain of empty tables: jobs/s" // backlogs and history are compared with it
	historyRate = "drain after a long history: jobs/s"
	freeRate    = "drain, no snapshot held: jobs/s"
	heldRate    = "drain under a held snapshot: jobs/s"
)

func backlogRate(n int) string { return fmt.Sprintf("drain ahead of %s more: jobs/s", grouped(n)) }

// backlog measures the same number of completions with nothing else, in front of
// backlogs, and after a history.
func backlog(ctx context.Context, c *cell) error {
	for _, behind := range append(ints{0}, c.size.Backlogs...) {
		q, err := c.filled(ctx, c.size.Some+behind)
		if err != nil {
			return err
		}
		rate, err := c.rate(ctx, q, c.size.Some, work{slots: c.peer.slots})
		q.close()
		if err != nil {
			return err
		}
		if behind == 0 {
			c.add(emptyRate, rate)
		} else {
			c.add(backlogRate(behind), rate)
		}
	}
	q, err := c.filled(ctx, c.size.Many)
	if err != nil {
		return err
	}
	patient := *c
	patient.size.DrainLimit = 30 * time.Minute
	_, _, err = patient.drain(ctx, q, c.size.Many, work{slots: c.peer.slots})
	q.close()
	if err != nil {
		return err
	}
	if q, err = c.open(ctx, false); err != nil {
		return err
	}
	defer q.close()
	if err := c.fill(ctx, q, c.size.Some); err != nil {
		return err
	}
	if err := c.env.settle(ctx); err != nil {
		return err
	}
	rate, err := c.rate(ctx, q, c.size.Some, work{slots: c.peer.slots})
	c.add(historyRate, rate)
	return err
}

// held measures a drain with and without somebody's open snapshot, taken before
// the jobs were enqueued.
func held(ctx context.Context, c *cell) error {
	for _, held := range []bool{false, true} {
		name, release := freeRate, func() {}
		if held {
			name = heldRate
			var err error
			if release, err = c.env.hold(ctx); err != nil {
				return err
			}
		}
		rate, err := func() (float64, error) {
			defer release()
			q, err := c.filled(ctx, c.size.Some)
			if err != nil {
				return 0, err
			}
			defer q.close()
			return c.rate(ctx, q, c.size.Some, work{slots: c.peer.slots})
		}()
		if err != nil {
			return err
		}
		c.add(name, rate)
	}
	return nil
}

// hold takes a snapshot and keeps it until release is called.
func (e *env) hold(ctx context.Context) (release func(), err error) {
	conn, err := e.admin.Acquire(ctx)
	if err != nil {
		return nil, err
	}
	for _, sql := range []string{"BEGIN ISOLATION LEVEL REPEATABLE READ", "SELECT count(*) FROM pg_class"} {
		if _, err := conn.Exec(ctx, sql); err != nil {
			conn.Hijack().Close(ctx)
			return nil, err
		}
	}
	return func() { conn.Hijack().Close(context.WithoutCancel(ctx)) }, nil
}

// fiveQueues in the order of their names and priorities.
var fiveQueues = []string{"a", "b", "c", "d", "e"}

var fiveStrategies = func() []ports.Strategy {
	weights := map[string]int{"a": 5, "b": 4, "c": 3, "d": 2, "e": 1}
	return []ports.Strategy{
		strategies.FIFO(), strategies.AlphaNumeric(), strategies.Index(weights),
		strategies.Strict(weights), strategies.Weighted(weights),
	}
}()

func strategyRate(s ports.Strategy) string {
	return fmt.Sprintf("drain five queues, %s: jobs/s", strings.ToLower(s.Name()))
}

// fiveQueuesDrain measures the drain of five queues under each strategy.
func fiveQueuesDrain(ctx context.Context, c *cell) error {
	for _, strategy := range fiveStrategies {
		q, err := c.open(ctx, true)
		if err != nil {
			return err
		}
		rate, err := func() (float64, error) {
			defer q.close()
			t := q.(*taskTower)
			for batch := range max(c.size.Some/batchSize, 1) {
				if err := t.enqueueTo(ctx, noops(batch*batchSize, batchSize), fiveQueues[batch%5]); err != nil {
					return 0, err
				}
			}
			if err := c.env.settle(ctx); err != nil {
				return 0, err
			}
			t.strategy = strategy
			return c.rate(ctx, q, max(c.size.Some/batchSize, 1)*batchSize, work{slots: c.peer.slots})
		}()
		if err != nil {
			return err
		}
		c.add(strategyRate(strategy), rate)
	}
	return nil
}
