package main

import (
	"context"
	"time"

	"github.com/task-tower/tasktower"
)

// poison runs a job that ends its process among fifty neighbours. Whoever is
// ended is started again, as a supervisor would.
func poison(ctx context.Context, w *world) error {
	o := w.orders()
	watch, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- w.supervise(watch, o) }()
	defer func() { stop(); <-ended }()

	if err := w.enqueue(ctx, 25, lasting(50)); err != nil {
		return err
	}
	if err := w.enqueue(ctx, 1, func(int) Work { return Work{Seq: -1, MS: 20, Do: doExit} }); err != nil {
		return err
	}
	if err := w.enqueue(ctx, 25, lasting(50)); err != nil {
		return err
	}
	if err := w.settled(ctx, 2*time.Minute+4*w.profile.takeover()); err != nil {
		return err
	}
	stop()
	if err := <-ended; err != nil {
		return err
	}
	ended <- nil

	var dead, completed, crashes int
	err := w.pool.QueryRow(ctx, `SELECT count(*) FILTER (WHERE state = 'dead' AND dead_reason = 'poison'),
		count(*) FILTER (WHERE state = 'completed'), max(crashes) FROM tasktower.jobs`).Scan(&dead, &completed, &crashes)
	w.note("the killer ran %d times, %d of 50 neighbours completed", crashes, completed)
	w.require(dead == 1 && crashes <= tasktower.DefaultMaxCrashes, "the killer is not dead after %d crashes", crashes)
	w.require(completed == 50, "%d of 50 neighbours completed", completed)
	return err
}

// supervise keeps one worker process running until ctx ends.
func (w *world) supervise(ctx context.Context, o orders) error {
	for {
		p, err := w.spawn(o)
		if err != nil {
			return err
		}
		select {
		case <-p.gone:
			w.fault(true, p)
		case <-ctx.Done():
			return nil
		}
	}
}

// payOnce lets handlers complete their jobs in transactions of their own, and ends
// some of the processes between such a commit and the worker's own report.
func payOnce(ctx context.Context, w *world) error {
	if _, err := w.pool.Exec(ctx, "CREATE TABLE payment (job_id uuid NOT NULL)"); err != nil {
		return err
	}
	watch, stop := context.WithCancel(ctx)
	supervisors := make(chan error, 2)
	for range 2 {
		go func() { supervisors <- w.supervise(watch, w.orders()) }()
	}
	jobs, sunk := pick(w, 100, 500), 0
	err := w.enqueue(ctx, jobs, func(i int) Work {
		if i%20 == 10 {
			sunk++
			return Work{Seq: i, MS: 20, Do: doSink}
		}
		return Work{Seq: i, MS: 20, Do: doPay}
	})
	if err == nil {
		err = w.settled(ctx, 3*time.Minute+time.Duration(sunk)*w.profile.takeover())
	}
	stop()
	for range 2 {
		if ended := <-supervisors; err == nil {
			err = ended
		}
	}
	if err != nil {
		return err
	}
	var payments, paid int
	err = w.pool.QueryRow(ctx, "SELECT count(*), count(DISTINCT job_id) FROM payment").Scan(&payments, &paid)
	w.note("%d processes ended after a commit; %d payments for %d jobs", sunk, payments, jobs)
	w.require(payments == jobs && paid == jobs, "%d payments for %d of %d jobs", payments, paid, jobs)
	return err
}

// unstorable lets one job of a hundred fail with a text that no PostgreSQL can store.
func unstorable(ctx context.Context, w *world) error {
	o := w.orders()
	o.Concurrency = 100
	if _, err := w.start(ctx, o); err != nil {
		return err
	}
	for range pick(w, 3, 20) {
		odd := w.rng.IntN(100)
		job := func(i int) Work {
			if i == odd {
				return Work{Seq: i, MS: 100, Do: doFail}
			}
			return Work{Seq: i, MS: 100}
		}
		if err := w.enqueue(ctx, 100, job, tasktower.MaxRetries(0)); err != nil {
			return err
		}
		if err := w.settled(ctx, time.Minute); err != nil {
			return err
		}
	}
	tale, err := readChronicle(w.dir)
	if err != nil {
		return err
	}
	for _, s := range tale.jobs {
		for _, r := range s.runs {
			if !r.stored.IsZero() {
				w.recovery = max(w.recovery, r.stored.Sub(r.to))
			}
		}
	}
	w.require(w.recovery < time.Second, "a result was stored only %s after its run", w.recovery)
	return nil
}
