package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"sync/atomic"
	"time"
)

// waiting is how many jobs steady work keeps in front of the workers, and feeders how many
// goroutines see to that: one alone stands still while its commit reaches the disk.
const (
	waiting = 20_000
	feeders = 4
)

func steadyRate(what string) string { return what + ": jobs/s" }
func lastFirst(what string) string  { return what + ": last ÷ first part" }
func deadGrowth(what string) string { return what + ": most dead rows, second ÷ first half" }

const (
	steadyWork    = "steady enqueue and work"
	steadyHeld    = "steady under a held snapshot"
	steadyDump    = "steady while pg_dump runs"
	sustainedWork = "sustained enqueue and work"
)

// steady enqueues and works in one process at the same time: from four goroutines, batches
// as long as fewer than 20,000 jobs wait.
func steady(what string, d func(size) time.Duration, beside func(context.Context, *cell) (func() error, error)) func(ctx context.Context, c *cell) error {
	return func(ctx context.Context, c *cell) error {
		q, err := c.open(ctx, true)
		if err != nil {
			return err
		}
		defer q.close()
		if err := c.env.settle(ctx); err != nil {
			return err
		}
		end := func() error { return nil }
		if beside != nil {
			if end, err = beside(ctx, c); err != nil {
				return err
			}
		}
		err = c.flow(ctx, q, d(c.size))
		if err := errors.Join(err, end()); err != nil {
			return err
		}
		c.report(what)
		stored, err := q.stored(ctx)
		if last := c.Points[len(c.Points)-1].Done; err == nil && stored < last {
			err = fmt.Errorf("%d jobs were told to be completed, but %d are stored so", last, stored)
		}
		return err
	}
}

// flow enqueues and works for d and takes 60 points, but at most one a second.
func (c *cell) flow(ctx context.Context, q queue, d time.Duration) error {
	run, stop := context.WithTimeout(ctx, d)
	defer stop()
	ended := make(chan error, 1+feeders)
	go func() { ended <- q.work(run, work{slots: c.peer.slots}) }()
	var sent atomic.Int64
	for range feeders {
		go func() { ended <- feed(run, q, &sent) }()
	}

	began := time.Now()
	every := d / 60
	if every < time.Second {
		every = min(time.Second, d/10)
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	look := func() error {
		p, err := c.env.look(ctx, q)
		p.Seconds = time.Since(began).Seconds()
		c.Points = append(c.Points, p)
		return err
	}
	if err := look(); err != nil {
		return err
	}
	for {
		select {
		case <-tick.C:
			if err := look(); err != nil {
				return err
			}
		case err := <-ended:
			if run.Err() == nil {
				return errors.Join(errors.New("enqueue or work ended early"), err)
			}
			for range feeders {
				err = errors.Join(err, <-ended)
			}
			return errors.Join(err, ctx.Err())
		}
	}
}

// feed keeps jobs waiting until ctx ends, together with those that share the count of sent ones.
func feed(ctx context.Context, q queue, sent *atomic.Int64) error {
	for ctx.Err() == nil {
		first := int(sent.Add(batchSize)) - batchSize
		done, err := q.completed(ctx)
		if err == nil && first-done < waiting {
			err = q.enqueueMany(ctx, noops(first, batchSize))
		} else {
			sent.Add(-batchSize)
			time.Sleep(5 * time.Millisecond) // to ask costs some peers a round trip
		}
		if err != nil && ctx.Err() == nil {
			return err
		}
	}
	return nil
}

// look is the state at this moment.
func (e *env) look(ctx context.Context, q queue) (p point, err error) {
	if p.Done, err = q.completed(ctx); err != nil {
		return p, err
	}
	err = e.admin.QueryRow(ctx, "SELECT coalesce(sum(pg_table_size(relid)), 0)::float8, "+
		"coalesce(sum(pg_indexes_size(relid)), 0)::float8, coalesce(sum(n_dead_tup), 0)::float8 "+
		"FROM pg_stat_user_tables WHERE schemaname = $1", schema).Scan(&p.TableBytes, &p.IndexBytes, &p.Dead)
	return p, err
}

// report makes figures of the points.
func (c *cell) report(what string) {
	first, last := c.Points[0], c.Points[len(c.Points)-1]
	c.add(steadyRate(what), rateBetween(first, last))
	c.add(lastFirst(what), drift(c.Points))
	if c.peer.redis {
		return
	}
	const mb = 1 << 20
	c.add(what+": tables at the end, MB", last.TableBytes/mb)
	c.add(what+": indexes at the end, MB", last.IndexBytes/mb)
	half := len(c.Points) / 2
	c.add(deadGrowth(what), mostDead(c.Points[half:])/max(mostDead(c.Points[:half]), 1))
	c.add(what+": most dead rows", mostDead(c.Points))
}

func rateBetween(a, b point) float64 { return float64(b.Done-a.Done) / (b.Seconds - a.Seconds) }

// drift is the rate of the last minute, or fifth if that is shorter, over that of
// the first.
func drift(points []point) float64 {
	first, last := points[0], points[len(points)-1]
	part := min(60, (last.Seconds-first.Seconds)/5)
	begun, rest := first, last
	for _, p := range points {
		if begun == first && p.Seconds-first.Seconds >= part {
			begun = p
		}
		if rest == last && last.Seconds-p.Seconds <= part {
			rest = p
		}
	}
	if begun == first || rest == last {
		return 0
	}
	return rateBetween(rest, last) / rateBetween(first, begun)
}

func mostDead(points []point) float64 {
	return slices.MaxFunc(points, func(a, b point) int { return int(a.Dead - b.Dead) }).Dead
}

// besideSnapshot holds a snapshot.
func besideSnapshot(ctx context.Context, c *cell) (func() error, error) {
	release, err := c.env.hold(ctx)
	if err != nil {
		return nil, err
	}
	return func() error { release(); return nil }, nil
}

// besideDump runs pg_dump over and over.
func besideDump(ctx context.Context, c *cell) (func() error, error) {
	path, err := findDump()
	if err != nil {
		return nil, err
	}
	run, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() {
		dumps := 0
		for {
			out, err := exec.CommandContext(run, path, "--dbname", c.env.url, "--schema", schema, "--file", "/dev/null").CombinedOutput()
			if run.Err() != nil {
				c.add("pg_dump: complete dumps meanwhile", float64(dumps))
				ended <- nil
				return
			}
			if err != nil {
				ended <- fmt.Errorf("pg_dump: %w: %s", err, out)
				return
			}
			dumps++
		}
	}()
	return func() error { stop(); return <-ended }, nil
}

// findDump is Debian's newest pg_dump, or the one in PATH.
func findDump() (string, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/pg_dump")
	if err != nil || len(found) == 0 {
		return exec.LookPath("pg_dump")
	}
	slices.SortFunc(found, func(a, b string) int { return len(a) - len(b) }) // 9.6 before 15; of two digits the glob's order is right
	return found[len(found)-1], nil
}
