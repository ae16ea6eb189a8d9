package engine

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/task-tower/tasktower/core/intercept"
	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/ports"
)

// interceptTimeout bounds the interceptors of one stage of one job.
const interceptTimeout = 30 * time.Second

// mourning is what a worker knows of the deaths that the store has it down for. What
// the store has and it does not know of, as when an answer was lost, it takes again.
type mourning struct {
	mu   sync.Mutex
	held map[job.ID]int // on their way to the store, or to the interceptors
	over []mourned      // the interceptors have run, and the store has yet to be told
}

// mourned is a death whose interceptors have run under the number by which the worker has it.
type mourned struct {
	number int64
	ports.DeathID
}

func (m *mourning) hold(id job.ID) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.held[id]++
}

func (m *mourning) release(id job.ID) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.held[id]--; m.held[id] <= 0 {
		delete(m.held, id)
	}
}

// inHand are the jobs whose deaths need not be taken.
func (m *mourning) inHand() []job.ID {
	m.mu.Lock()
	defer m.mu.Unlock()
	ids := slices.Collect(maps.Keys(m.held))
	for _, d := range m.over {
		ids = append(ids, d.Job)
	}
	return ids
}

// untold are the deaths that the store has yet to be told of.
func (m *mourning) untold() []mourned {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.over)
}

// keep remembers to tell the store later. Past maxUnsettled the oldest are left to be
// mourned again.
func (m *mourning) keep(d mourned) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.over = append(m.over, d)
	if len(m.over) > maxUnsettled {
		m.over = m.over[1:]
	}
}

func (m *mourning) told(d mourned) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.over = slices.DeleteFunc(m.over, func(o mourned) bool { return o == d })
}

// mourn runs a dead job's Death interceptors and then forgets that they had yet
// to run, under the number by which the worker has its death. A crash in between
// runs them again elsewhere.
func (w *Worker) mourn(number int64, k *Kind, r *job.Record, details *intercept.ErrorDetails) {
	w.intercept(k.Stages.Death, &intercept.Context{Stage: intercept.Death, Job: r, Error: details})
	d := mourned{number, ports.DeathID{Job: r.ID, Seq: r.Seq}}
	w.mourning.keep(d)
	w.finish(context.WithoutCancel(w.jobs), d)
}

// finish tells the store that a death was mourned; false if it could not be told.
func (w *Worker) finish(ctx context.Context, d mourned) bool {
	call, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	err := w.cfg.Store.FinishDeaths(call, d.number, []ports.DeathID{d.DeathID})
	w.health.saw("finish deaths", ctxErr(ctx, err))
	if err == nil {
		w.mourning.told(d)
	}
	return err == nil
}

// mournLeftOver runs the Death interceptors that a crash, or the sweeper, left
// over, until ctx ends.
func (w *Worker) mournLeftOver(ctx context.Context) {
	for next := w.cfg.QueueAnnouncementInterval; pause(ctx, next); {
		next = w.cfg.QueueAnnouncementInterval
		if w.mournSome(ctx) == deathBatch {
			next = deathPause
		}
	}
}

// mournSome mourns a batch and returns how many there were.
func (w *Worker) mournSome(ctx context.Context) int {
	for _, d := range w.mourning.untold() {
		if !w.finish(ctx, d) {
			return 0
		}
	}
	_, number := w.registry.self()
	call, cancel := context.WithTimeout(ctx, callTimeout)
	deaths, err := w.cfg.Store.TakeDeaths(call, number, w.kindNames, w.mourning.inHand(), deathBatch)
	cancel()
	w.health.saw("take deaths", ctxErr(ctx, err))
	for _, d := range deaths {
		if ctx.Err() != nil {
			break // others take what this worker leaves behind
		}
		w.mourning.hold(d.Job.ID)
		w.mourn(number, w.kinds[d.Job.Kind], d.Job, detailsOf(d.Failure))
		w.mourning.release(d.Job.ID)
	}
	return len(deaths)
}

// tidy lets the store do its upkeep while the worker runs.
func (w *Worker) tidy(ctx context.Context, t Tidier) {
	for pause(ctx, tidyInterval) {
		call, cancel := context.WithTimeout(ctx, callTimeout)
		err := t.Tidy(call)
		cancel()
		w.health.saw("tidy", ctxErr(ctx, err))
	}
}
