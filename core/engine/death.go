package engine

import (
	"context"
	"time"

	"github.com/task-tower/tasktower/core/intercept"
	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/ports"
)

// interceptTimeout bounds the interceptors of one stage of one job.
const interceptTimeout = 30 * time.Second

// mourn runs a dead job's Death interceptors and then forgets that they had yet
// to run, under the number by which the worker has its death. A crash in between
// runs them again elsewhere.
func (w *Worker) mourn(number int64, k *Kind, r *job.Record, details *intercept.ErrorDetails) {
	w.intercept(k.Stages.Death, &intercept.Context{Stage: intercept.Death, Job: r, Error: details})
	ctx, cancel := context.WithTimeout(context.WithoutCancel(w.jobs), callTimeout)
	defer cancel()
	w.health.saw("finish deaths", w.cfg.Store.FinishDeaths(ctx, number, []ports.DeathID{{Job: r.ID, Seq: r.Seq}}))
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
	_, number := w.registry.self()
	call, cancel := context.WithTimeout(ctx, callTimeout)
	deaths, err := w.cfg.Store.TakeDeaths(call, number, w.kindNames, deathBatch)
	cancel()
	w.health.saw("take deaths", ctxErr(ctx, err))
	for _, d := range deaths {
		if ctx.Err() != nil {
			break // others take what this worker leaves behind
		}
		w.mourn(number, w.kinds[d.Job.Kind], d.Job, detailsOf(d.Failure))
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
