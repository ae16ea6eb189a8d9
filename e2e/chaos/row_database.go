package main

import (
	"context"
	"errors"
	"time"

	"github.com/task-tower/tasktower"
)

// crashDurably stops the server as soon as jobs have started, whose workers wait for the
// disk. Without that it would undo their claims, which nothing had written yet.
func crashDurably(ctx context.Context, w *world) error {
	if err := w.site.set(ctx, "wal_writer_delay", "10s"); err != nil {
		return err
	}
	err := w.crashAtStarts(ctx, pick(w, 3, 10))
	return errors.Join(err, w.site.set(ctx, "wal_writer_delay", "200ms"))
}

func (w *world) crashAtStarts(ctx context.Context, rounds int) error {
	const workers, many = 4, 40
	o := w.orders()
	o.Durable, o.Concurrency = true, many/workers
	if _, err := w.startMany(ctx, workers, o); err != nil {
		return err
	}
	for range rounds {
		began := time.Now()
		if err := w.enqueue(ctx, many, lasting(800)); err != nil {
			return err
		}
		for started := 0; started < many; {
			if !sleep(ctx, time.Millisecond) {
				return context.Cause(ctx)
			}
			if tale, err := readChronicle(w.dir); err == nil { // or a line is being written
				started = tale.startsBetween(began, time.Now())
			}
		}
		_, up, err := w.outage(ctx, time.Second)
		if err != nil {
			return err
		}
		if err := w.settled(ctx, time.Minute); err != nil {
			return err
		}
		w.recovery = max(w.recovery, time.Since(up))
	}
	w.note("%d crashes just after %d starts each", rounds, many)
	w.require(w.recovery <= 5*time.Second+slack, "all were done %s after the server was back", w.recovery)
	return nil
}

// crashDatabase stops the server at once, for five seconds.
func crashDatabase(ctx context.Context, w *world) error {
	if _, err := w.startMany(ctx, 4, w.orders()); err != nil {
		return err
	}
	const lasts = 50
	if err := w.enqueue(ctx, pick(w, 8000, 20_000), lasting(lasts)); err != nil {
		return err
	}
	began := time.Now()
	sleep(ctx, pick(w, 3*time.Second, 5*time.Second))
	down, up, err := w.outage(ctx, pick(w, 2*time.Second, 5*time.Second))
	if err != nil {
		return err
	}
	if err := w.settled(ctx, 3*time.Minute); err != nil {
		return err
	}
	tale, err := readChronicle(w.dir)
	if err != nil {
		return err
	}
	before := tale.rate(began.Add(time.Second), down)
	w.recovery = tale.backTo(before*9/10, up)
	w.note("%.0f starts/s before", before)
	w.require(w.recovery > 0 && w.recovery <= 5*time.Second+slack, "90 %% of the rate came back after %s", w.recovery)
	w.note("%d results refused, of claims that the crash undid", tale.lost)
	return nil
}

// longOutage keeps the server down for three leases while long jobs run.
func longOutage(ctx context.Context, w *world) error {
	if _, err := w.startMany(ctx, 3, w.orders()); err != nil {
		return err
	}
	sleep(ctx, time.Second)
	if err := w.enqueue(ctx, 12, lasting((w.profile.Lease * 4).Milliseconds())); err != nil {
		return err
	}
	if err := w.enqueue(ctx, 200, lasting(50)); err != nil {
		return err
	}
	sleep(ctx, 2*time.Second)

	var refusal time.Duration
	var answer error
	if err := w.site.server.Crash(); err != nil {
		return err
	}
	w.fault(false)
	down := time.Now()
	_, answer = w.client.Enqueue(ctx, Work{})
	refusal = time.Since(down)
	sleep(ctx, 3*w.profile.Lease-time.Since(down))
	if err := w.site.server.Restart(ctx); err != nil {
		return err
	}
	up := time.Now()
	w.require(errors.Is(answer, tasktower.ErrUnavailable), "an enqueue during the outage returned %v", answer)
	w.require(refusal <= 5*time.Second+slack, "an enqueue during the outage took %s", refusal)
	if err := w.settled(ctx, 5*time.Minute); err != nil {
		return err
	}
	tale, err := readChronicle(w.dir)
	if err != nil {
		return err
	}
	var late time.Duration
	for _, e := range tale.cuts {
		late = max(late, e.at.Sub(down))
	}
	w.note("enqueue refused after %d ms; %d contexts ended, the last %.1f s into the outage", refusal.Milliseconds(), len(tale.cuts), late.Seconds())
	w.require(late < w.profile.Lease, "a context ended only %s into the outage", late)
	w.recovery = tale.nextStart(up)
	return nil
}

// outage crashes the server and starts it again.
func (w *world) outage(ctx context.Context, d time.Duration) (down, up time.Time, err error) {
	down = time.Now()
	if err := w.site.server.Crash(); err != nil {
		return down, up, err
	}
	sleep(ctx, d)
	err = w.site.server.Restart(ctx)
	w.fault(false) // a run may begin meanwhile of a claim that the crash undid
	return down, time.Now(), err
}

// terminateBackends ends sessions at random, ten a second.
func terminateBackends(ctx context.Context, w *world) error {
	if _, err := w.startMany(ctx, 4, w.orders()); err != nil {
		return err
	}
	n := pick(w, 60, 300)
	if err := w.enqueue(ctx, n*60, lasting(50)); err != nil {
		return err
	}
	began := time.Now()
	for range n {
		err := w.site.exec(ctx, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
			WHERE datname = $1 ORDER BY md5(pid::text || $2::bigint) LIMIT 1`, w.database, w.rng.Int64())
		if err != nil {
			return err
		}
		sleep(ctx, 100*time.Millisecond)
	}
	until := time.Now()
	if err := w.settled(ctx, 3*time.Minute); err != nil {
		return err
	}
	tale, err := readChronicle(w.dir)
	if err != nil {
		return err
	}
	w.recovery = tale.stall(began, until)
	w.note("%d sessions ended", n)
	w.require(w.recovery <= 2*time.Second, "no job started for %s", w.recovery)
	return nil
}
