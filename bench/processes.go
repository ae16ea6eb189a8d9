package main

import (
	"context"
	"errors"
	"fmt"
	"time"
)

func processesRate(n int) string { return fmt.Sprintf("drain by %d processes: jobs/s", n) }

const processMemory = "drain by processes: peak memory of each, MB"

// processes measures several worker processes that drain the same jobs.
func processes(ctx context.Context, c *cell) error {
	q, err := c.filled(ctx, c.size.Many)
	if err != nil {
		return err
	}
	defer q.close()
	var all []*child
	defer func() {
		for _, k := range all {
			k.kill()
		}
	}()
	for range c.size.Processes {
		k, err := c.spawn(ctx, c.peer.slots, false)
		if err != nil {
			return err
		}
		all = append(all, k)
	}
	before, err := q.stored(ctx)
	if err != nil {
		return err
	}
	completed := func() (sum int, err error) {
		for _, k := range all {
			n, _ := k.completed()
			sum += n
			select {
			case err := <-k.ended:
				k.ended <- err
				return 0, errors.Join(errors.New("a worker process ended"), err)
			default:
			}
		}
		return sum, nil
	}
	began := time.Now()
	for _, k := range all {
		if err := k.begin(); err != nil {
			return err
		}
	}
	done, err := await(ctx, completed, c.size.Many, c.size.DrainLimit, nil)
	took := time.Since(began)
	if err != nil {
		return err
	}
	c.add(processesRate(c.size.Processes), float64(done)/took.Seconds())
	peak := 0
	for _, k := range all {
		said, err := k.stop()
		if err != nil {
			return err
		}
		peak = max(peak, said.Peak)
	}
	c.add(processMemory, float64(peak)/(1<<20))
	stored, err := q.stored(ctx)
	if err == nil && stored-before < done {
		err = fmt.Errorf("%d jobs were told to be completed, but %d are stored so", done, stored-before)
	}
	return err
}
