package main

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/task-tower/tasktower"
	"github.com/task-tower/tasktower/adapters/postgres"
)

// deafListener lets the connection on which a worker listens stand still, so that
// nobody is told that it is dead.
func deafListener(ctx context.Context, w *world) error {
	p, err := w.through(weather{})
	if err != nil {
		return err
	}
	o := w.orders()
	o.ListenDSN = w.via(p)
	if _, err := w.start(ctx, o); err != nil {
		return err
	}
	sleep(ctx, 500*time.Millisecond)
	stop := w.drip(ctx, w.client, 50*time.Millisecond)
	sleep(ctx, time.Second)
	const bound = 10 * time.Second // a ping and its deadline
	var before, during []time.Duration
	for range pick(w, 1, 5) {
		from := time.Now()
		sleep(ctx, time.Second)
		at := time.Now()
		p.deafen()
		for len(p.dialled(at)) == 0 && time.Since(at) < 2*bound {
			sleep(ctx, 20*time.Millisecond)
		}
		deaf := time.Since(at)
		w.recovery = max(w.recovery, deaf)
		tale, err := readChronicle(w.dir)
		if err != nil {
			return err
		}
		before = append(before, tale.waits(from, at)...)
		during = append(during, tale.waits(at, at.Add(deaf))...)
		sleep(ctx, 500*time.Millisecond)
	}
	if _, err := stop(); err != nil {
		return err
	}
	if err := w.settled(ctx, time.Minute); err != nil {
		return err
	}
	w.note("median and longest wait for a start %s and %s before, %s and %s while deaf",
		short(quantile(before, 0.5)), short(quantile(before, 1)), short(quantile(during, 0.5)), short(quantile(during, 1)))
	w.require(w.recovery <= bound+slack, "the listener was deaf for %s", w.recovery)
	w.require(quantile(during, 1) <= w.profile.Poll+slack, "a job waited %s while the listener was deaf", quantile(during, 1))
	return nil
}

// cutOffOne cuts one of three workers off for two leases. What is on its way in
// both directions arrives afterwards, when others have run its jobs.
func cutOffOne(ctx context.Context, w *world) error {
	p, err := w.through(weather{})
	if err != nil {
		return err
	}
	o := w.orders()
	o.DSN = w.via(p)
	victim, err := w.start(ctx, o)
	if err != nil {
		return err
	}
	// Long jobs, while it is alone, so that it holds runs that must be ended.
	long := (3 * w.profile.Lease).Milliseconds()
	if err := w.enqueue(ctx, 3, func(i int) Work { return Work{Seq: i, MS: long, Do: doOnce} }); err != nil {
		return err
	}
	sleep(ctx, 500*time.Millisecond)
	if _, err := w.startMany(ctx, 2, w.orders()); err != nil {
		return err
	}
	sleep(ctx, w.profile.Lease) // a worker rescues only after a full lease in good health
	if err := w.enqueue(ctx, pick(w, 2000, 6000), lasting(50)); err != nil {
		return err
	}
	sleep(ctx, time.Second)
	p.cut()
	w.fault(false, victim)
	began := time.Now()
	sleep(ctx, 2*w.profile.Lease)
	w.fault(false, victim) // it started what it held already
	p.mend()
	if err := w.settled(ctx, 5*time.Minute); err != nil {
		return err
	}
	sleep(ctx, 2*w.profile.Heartbeat) // for the last late results
	tale, err := readChronicle(w.dir)
	if err != nil {
		return err
	}
	var last time.Duration
	for _, e := range tale.cuts {
		w.require(e.pid == victim.pid(), "a context of the healthy process %d ended", e.pid)
		last = max(last, e.at.Sub(began))
	}
	w.note("%d of its contexts ended, the last after %.1f s; %d of its results refused", len(tale.cuts), last.Seconds(), tale.lost)
	w.require(last < w.profile.Lease, "a context ended only after %s", last)
	w.require(len(tale.cuts) >= 3, "the worker that was cut off held no long runs")
	return w.recoversWithin(w.profile.takeover())
}

// slowNetwork lets workers work over a slow line.
func slowNetwork(ctx context.Context, w *world) error {
	p, err := w.through(weather{delay: 200 * time.Millisecond, jitter: 50 * time.Millisecond, bytesPerS: 64 << 10})
	if err != nil {
		return err
	}
	o := w.orders()
	o.DSN = w.via(p)
	if _, err := w.startMany(ctx, 2, o); err != nil {
		return err
	}
	began := time.Now()
	if err := w.enqueue(ctx, 1000, lasting(50)); err != nil {
		return err
	}
	if err := w.enqueue(ctx, 4, lasting((2 * w.profile.Lease).Milliseconds())); err != nil {
		return err
	}
	if err := w.settled(ctx, 5*time.Minute); err != nil {
		return err
	}
	tale, err := readChronicle(w.dir)
	if err != nil {
		return err
	}
	w.note("%.0f jobs/s", tale.rate(began, tale.starts[len(tale.starts)-1]))
	w.require(len(tale.cuts) == 0 && tale.lost == 0, "%d contexts ended, %d results refused", len(tale.cuts), tale.lost)
	var workers int
	err = w.pool.QueryRow(ctx, "SELECT count(*) FROM tasktower.worker").Scan(&workers)
	w.require(workers == 2, "2 workers became %d: a lease was lost", workers)
	return err
}

// resetConnections resets every connection of workers and of a producer.
func resetConnections(ctx context.Context, w *world) error {
	p, err := w.through(weather{})
	if err != nil {
		return err
	}
	o := w.orders()
	o.DSN = w.via(p)
	if _, err := w.startMany(ctx, 3, o); err != nil {
		return err
	}
	client, err := w.clientVia(ctx, p)
	if err != nil {
		return err
	}
	stop := w.drip(ctx, client, time.Millisecond)
	resets := 0
	from := time.Now()
	until := from.Add(pick(w, 6*time.Second, time.Minute))
	for time.Now().Before(until) && sleep(ctx, 500*time.Millisecond) {
		w.fault(false)
		resets += p.reset()
	}
	unsure, err := stop()
	if err != nil {
		return err
	}
	if err := w.settled(ctx, time.Minute); err != nil {
		return err
	}
	tale, err := readChronicle(w.dir)
	if err != nil {
		return err
	}
	w.recovery = tale.stall(from, until)
	var doubled int
	err = w.pool.QueryRow(ctx, "SELECT count(*) - count(DISTINCT payload::text) FROM tasktower.job").Scan(&doubled)
	w.note("%d connections reset; %d enqueues without an answer", resets, unsure)
	w.require(doubled == 0, "%d rows are doubled", doubled)
	return err
}

// clientVia is a producer's client whose connections go through a proxy.
func (w *world) clientVia(ctx context.Context, p *proxy) (*tasktower.Client, error) {
	pool, err := pgxpool.New(ctx, w.via(p))
	if err != nil {
		return nil, err
	}
	store, err := postgres.New(pool, postgres.Config{})
	if err != nil {
		return nil, err
	}
	w.cleanups = append(w.cleanups, func() { store.Close(); pool.Close() })
	return tasktower.NewClient(store, tasktower.ClientConfig{})
}

// drip enqueues single jobs, one after the other, until it is stopped; stop says
// how many enqueues were not acknowledged.
func (w *world) drip(ctx context.Context, client *tasktower.Client, every time.Duration) (stop func() (int, error)) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	var unsure int
	var failed error
	go func() {
		defer close(done)
		for i := 0; failed == nil && sleep(ctx, every); i++ {
			rec, err := client.Enqueue(context.WithoutCancel(ctx), Work{Seq: i})
			switch {
			case err == nil:
				w.book.write(acked, rec, "")
			case errors.Is(err, tasktower.ErrUnavailable):
				unsure++
			default:
				failed = err
			}
		}
	}()
	return func() (int, error) { cancel(); <-done; return unsure, failed }
}
