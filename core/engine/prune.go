package engine

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/task-tower/tasktower/core/event"
	"github.com/task-tower/tasktower/core/job"
)

const (
	pruneBatch    = 1000 // jobs looked at in one call
	minPruneBatch = 10
	prunePause    = 10 * time.Millisecond // between calls, at least
)

// pruner lets go of jobs whose retention is over. Every worker does it, at times
// of its own; the store sees to it that they share the work. It is upkeep: it
// pauses after each call for as long as the call took.
type pruner struct {
	w      *Worker
	batch  int
	stored bool // how long jobs are kept is in the store
}

func (p *pruner) run(ctx context.Context) {
	if p.w.cfg.PruneInterval <= 0 {
		return
	}
	var wait backoff
	for ctx.Err() == nil {
		err := p.retain(ctx)
		p.w.health.saw("retain", ctxErr(ctx, err))
		if err == nil {
			break
		}
		wait.sleep(ctx)
	}
	for pause(ctx, jittered(p.w.cfg.PruneInterval)) {
		p.w.health.saw("prune", ctxErr(ctx, p.all(ctx)))
	}
}

// jittered is d give or take a fifth, so that workers started together do not
// prune together for ever.
func jittered(d time.Duration) time.Duration { return d - d/5 + rand.N(2*d/5+1) }

// retain stores how long jobs are kept, once: those of the worker's kinds as it
// is told, those of kinds that no worker ever named as the worker in general.
func (p *pruner) retain(ctx context.Context) error {
	if p.stored {
		return nil
	}
	kinds := map[string]job.Retention{"": p.w.cfg.Retention}
	for _, k := range p.w.kinds {
		kinds[k.Name] = k.Retention.Or(p.w.cfg.Retention)
	}
	call, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	err := p.w.cfg.Store.Retain(call, kinds)
	p.stored = err == nil
	return err
}

// all lets everything go whose time has come.
func (p *pruner) all(ctx context.Context) error {
	total := 0
	defer func() {
		if total > 0 {
			p.w.observe(event.Event{Type: event.JobsPruned, Count: total})
		}
	}()
	for {
		begun := time.Now()
		jobs, more, err := p.once(ctx)
		total += jobs
		if err != nil || !more {
			return err
		}
		if !p.w.slots.inline && !pause(ctx, max(prunePause, time.Since(begun))) {
			return nil
		}
	}
}

// once makes one call. One that takes too long is tried with a smaller batch,
// which grows again with each that succeeds.
func (p *pruner) once(ctx context.Context) (jobs int, more bool, err error) {
	call, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	out, err := p.w.cfg.Store.Prune(call, p.batch)
	if err == nil {
		p.batch = min(2*p.batch, pruneBatch)
		return out.Jobs, out.More, nil
	}
	slow := errors.Is(err, job.ErrUnavailable) || errors.Is(err, context.DeadlineExceeded)
	if !slow || p.batch <= minPruneBatch || ctx.Err() != nil {
		return 0, false, err
	}
	p.batch = max(p.batch/4, minPruneBatch)
	return 0, true, nil
}
