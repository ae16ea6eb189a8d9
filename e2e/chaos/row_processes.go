package main

import (
	"context"
	"slices"
	"time"

	"github.com/task-tower/tasktower"
)

// slack is what a busy machine may add to a bound.
const slack = time.Second

// killInTurn kills a worker every two seconds and starts another in its place.
func killInTurn(ctx context.Context, w *world) error {
	workers, err := w.startMany(ctx, 4, w.orders())
	if err != nil {
		return err
	}
	if err := w.enqueue(ctx, pick(w, 3000, 10_000), lasting(100)); err != nil {
		return err
	}
	for range pick(w, 4, 12) {
		sleep(ctx, 2*time.Second)
		i := w.rng.IntN(len(workers))
		if err := w.kill(workers[i]); err != nil {
			return err
		}
		if workers[i], err = w.start(ctx, w.orders()); err != nil {
			return err
		}
	}
	if err := w.settled(ctx, 3*time.Minute); err != nil {
		return err
	}
	return w.recoversWithin(w.profile.takeover())
}

// killOne kills a worker once.
func killOne(ctx context.Context, w *world) error {
	workers, err := w.startMany(ctx, 4, w.orders())
	if err != nil {
		return err
	}
	// A worker rescues only after a full lease in good health.
	sleep(ctx, w.profile.Lease)
	if err := w.enqueue(ctx, pick(w, 3000, 10_000), lasting(20)); err != nil {
		return err
	}
	sleep(ctx, time.Second)
	victim := workers[w.rng.IntN(len(workers))]
	if err := w.kill(victim); err != nil {
		return err
	}
	if err := w.settled(ctx, 2*time.Minute); err != nil {
		return err
	}
	return w.recoversWithin(w.profile.takeover())
}

// killAll kills every worker and starts as many again.
func killAll(ctx context.Context, w *world) error {
	workers, err := w.startMany(ctx, 4, w.orders())
	if err != nil {
		return err
	}
	if err := w.enqueue(ctx, pick(w, 2000, 10_000), lasting(20)); err != nil {
		return err
	}
	sleep(ctx, time.Second)
	if err := w.kill(workers...); err != nil {
		return err
	}
	killed := time.Now()
	if _, err := w.startMany(ctx, 4, w.orders()); err != nil {
		return err
	}
	startup := time.Since(killed)
	if err := w.settled(ctx, 3*time.Minute); err != nil {
		return err
	}
	return w.recoversWithin(w.profile.takeover() + startup)
}

// freezeOne stops a worker in its tracks for two leases.
func freezeOne(ctx context.Context, w *world) error {
	w.overlapping = true // nothing can end the run of a process that is stopped
	workers, err := w.startMany(ctx, 3, w.orders())
	if err != nil {
		return err
	}
	sleep(ctx, w.profile.Lease)
	// One long job, so that the frozen process holds a run that must be ended.
	if err := w.enqueue(ctx, 1, lasting((w.profile.Lease / 2).Milliseconds())); err != nil {
		return err
	}
	sleep(ctx, 300*time.Millisecond)
	if err := w.enqueue(ctx, pick(w, 3000, 6000), lasting(50)); err != nil {
		return err
	}
	sleep(ctx, 300*time.Millisecond)
	victim, err := w.holder(workers)
	if err != nil {
		return err
	}
	if err := victim.freeze(); err != nil {
		return err
	}
	sleep(ctx, 100*time.Millisecond) // until it has stopped
	w.fault(false, victim)
	sleep(ctx, 2*w.profile.Lease)
	if err := victim.thaw(); err != nil {
		return err
	}
	awake := time.Now()
	if err := w.settled(ctx, 3*time.Minute); err != nil {
		return err
	}
	sleep(ctx, 2*w.profile.Heartbeat) // for the zombie's last results
	tale, err := readChronicle(w.dir)
	if err != nil {
		return err
	}
	var last time.Duration
	for _, s := range tale.jobs {
		for _, r := range s.runs {
			if r.pid == victim.pid() && r.from.Before(w.faults[0].at) && r.to.After(awake) {
				last = max(last, r.to.Sub(awake))
			}
		}
	}
	w.note("%d results of the zombie refused, its last context ended %d ms after SIGCONT", tale.lost, last.Milliseconds())
	w.require(last <= slack, "a context of the zombie ended only %s after SIGCONT", last)
	// Jobs that a crash caught run one at a time, so some wait for the long one.
	return w.recoversWithin(w.profile.takeover() + w.profile.Lease/2)
}

// holder is the process that runs the oldest run without an end.
func (w *world) holder(workers []*process) (*process, error) {
	tale, err := readChronicle(w.dir)
	if err != nil {
		return nil, err
	}
	found, oldest := workers[0], time.Now()
	for _, s := range tale.jobs {
		for _, r := range s.runs {
			if r.to.IsZero() && r.from.Before(oldest) {
				i := slices.IndexFunc(workers, func(p *process) bool { return p.pid() == r.pid })
				found, oldest = workers[i], r.from
			}
		}
	}
	return found, nil
}

// stopGently asks a worker to stop and gives its jobs enough time.
func stopGently(ctx context.Context, w *world) error {
	const lasts = 400
	o := w.orders()
	o.Grace = 10 * time.Second
	took, err := w.stopOne(ctx, o, lasts)
	w.recovery = took
	w.note("exit after %d ms", took.Milliseconds())
	w.require(took <= lasts*time.Millisecond+slack, "the worker took %s to stop", took)
	return err
}

// stopHastily asks a worker to stop and gives its jobs less time than they need.
func stopHastily(ctx context.Context, w *world) error {
	o := w.orders()
	o.Grace = 200 * time.Millisecond
	took, err := w.stopOne(ctx, o, 2000)
	if err != nil {
		return err
	}
	w.recovery = took
	w.require(took <= o.Grace+slack, "the worker took %s to stop", took)
	var burnt int
	err = w.pool.QueryRow(ctx, "SELECT count(*) FROM tasktower.jobs WHERE attempt <> 1 OR failures > 0").Scan(&burnt)
	w.note("exit after %d ms, retries burnt %d", took.Milliseconds(), burnt)
	w.require(burnt == 0, "%d jobs lost an attempt to the stop", burnt)
	return err
}

func (w *world) stopOne(ctx context.Context, o orders, ms int64) (time.Duration, error) {
	workers, err := w.startMany(ctx, 2, o)
	if err != nil {
		return 0, err
	}
	if err := w.enqueue(ctx, 100, lasting(ms), tasktower.MaxRetries(3)); err != nil {
		return 0, err
	}
	sleep(ctx, 500*time.Millisecond)
	w.fault(false, workers[0])
	took, err := workers[0].terminate(ctx)
	if err != nil {
		return took, err
	}
	return took, w.settled(ctx, time.Minute)
}

// recoversWithin measures how long jobs waited that the faults caught.
func (w *world) recoversWithin(bound time.Duration) error {
	tale, err := readChronicle(w.dir)
	if err != nil {
		return err
	}
	w.recovery = tale.recovery(w.faults)
	w.note("%d in flight at the faults", tale.inFlight(w.faults))
	w.require(w.recovery <= bound+slack, "recovery took %s, the bound is %s", w.recovery, bound)
	return nil
}
