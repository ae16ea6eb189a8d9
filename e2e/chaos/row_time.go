package main

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
)

// killAtTicks kills workers as their recurring jobs become due.
func killAtTicks(ctx context.Context, w *world) error {
	o := w.orders()
	o.Recurring = pick(w, 5, 17)
	workers, err := w.startMany(ctx, 5, o)
	if err != nil {
		return err
	}
	for range pick(w, 6, 60) {
		sleep(ctx, time.Until(time.Now().Truncate(time.Second).Add(time.Second))+time.Duration(w.rng.IntN(30))*time.Millisecond)
		i := w.rng.IntN(len(workers))
		if err := w.kill(workers[i]); err != nil {
			return err
		}
		if workers[i], err = w.spawn(o); err != nil {
			return err
		}
	}
	sleep(ctx, 2*time.Second)
	if _, err := w.pool.Exec(ctx, "UPDATE tasktower.recurring SET paused_at = now(), version = nextval('tasktower.recurring_version')"); err != nil {
		return err
	}
	if err := w.settled(ctx, time.Minute); err != nil {
		return err
	}
	var ticks, missing, doubled, keys int
	err = w.pool.QueryRow(ctx, `WITH tick AS (
			SELECT payload->>'seq' AS key, run_at, count(*) AS jobs FROM tasktower.job GROUP BY 1, 2
		), span AS (
			SELECT key, count(*) AS ticks, sum(jobs) AS jobs, extract(epoch FROM max(run_at) - min(run_at))::int + 1 AS due FROM tick GROUP BY 1
		)
		SELECT count(*), sum(ticks), sum(due - ticks), sum(jobs - ticks) FROM span`).Scan(&keys, &ticks, &missing, &doubled)
	if err != nil {
		return err
	}
	w.jobs = ticks
	w.note("%d ticks of %d recurring jobs, %d missing, %d doubled; %d workers killed", ticks, keys, missing, doubled, len(w.faults))
	w.require(keys == o.Recurring && missing == 0 && doubled == 0, "%d ticks are missing, %d doubled", missing, doubled)
	return w.recoversWithin(w.profile.takeover())
}

// holdSnapshot keeps a transaction open that sees an old moment, so that nothing
// deleted since can be removed, while jobs come and go at a steady rate.
func holdSnapshot(ctx context.Context, w *world) error {
	o := w.orders()
	o.Concurrency = 50
	if _, err := w.startMany(ctx, 2, o); err != nil {
		return err
	}
	began := time.Now()
	feed, stop := context.WithCancel(ctx)
	defer stop()
	fed := make(chan error, 1)
	go func() { fed <- w.feed(feed, 2000) }()
	warm, before, during, after := time.Second, pick(w, 3*time.Second, time.Minute), pick(w, 5*time.Second, 10*time.Minute), pick(w, 2*time.Second, time.Minute)
	sleep(ctx, warm+before)
	conn, err := pgx.Connect(ctx, w.dsn)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	held := time.Now()
	if _, err := conn.Exec(ctx, "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT txid_current(), count(*) FROM tasktower.job"); err != nil {
		return err
	}
	sleep(ctx, during)
	if _, err := conn.Exec(ctx, "COMMIT"); err != nil {
		return err
	}
	released := time.Now()
	sleep(ctx, after)
	stop()
	if err := <-fed; err != nil {
		return err
	}
	if err := w.settled(ctx, time.Minute); err != nil {
		return err
	}
	tale, err := readChronicle(w.dir)
	if err != nil {
		return err
	}
	window := during / 5 // its end is the worst of it
	usual := quantile(tale.claimTimes(began.Add(warm), held), 0.99)
	old := quantile(tale.claimTimes(released.Add(-window), released), 0.99)
	healed := quantile(tale.claimTimes(released.Add(after/2), released.Add(after)), 0.99)
	w.note("%.0f jobs/s; claim p99 %s before, %s at the end of the snapshot, %s after it",
		tale.rate(held, released), short(usual), short(old), short(healed))
	w.require(old <= 10*usual, "claim p99 rose from %s to %s", usual, old)
	w.require(healed <= 2*usual+20*time.Millisecond, "claim p99 was %s before the snapshot and %s after it", usual, healed)
	return nil
}

// feed enqueues so many jobs a second until ctx ends.
func (w *world) feed(ctx context.Context, perSecond int) error {
	const each = 50 * time.Millisecond
	tick := time.NewTicker(each)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
		if err := w.enqueue(context.WithoutCancel(ctx), perSecond*int(each/time.Millisecond)/1000, lasting(0)); err != nil {
			return err
		}
	}
}
