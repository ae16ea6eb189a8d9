package tasktower

import (
	"context"
	"strings"

	"github.com/task-tower/tasktower/core/explain"
	"github.com/task-tower/tasktower/ports"
)

// Explain says why a job is where it is and what it waits for: a pause, its time,
// a worker that has a handler for it and serves its queue, a free slot, the jobs
// ahead of it. ErrNotFound: no such job. What package core/explain calls a Code
// tells reasons apart in programs.
func (c *Client) Explain(ctx context.Context, id ID) (Explanation, error) {
	standing, err := c.store.Standing(ctx, id, explain.AheadLimit)
	if err != nil {
		return Explanation{}, err
	}
	workers, err := c.store.Workers(ctx)
	if err != nil {
		return Explanation{}, err
	}
	f := facts(standing, workers)
	if standing.Job.State.Final() {
		history, err := c.store.History(ctx, id)
		if err != nil {
			return Explanation{}, err
		}
		if n := len(history); n > 0 {
			_, f.Ending, _ = strings.Cut(history[n-1].Reason, ": ")
		}
	}
	return explain.Explain(f), nil
}

func facts(s ports.Standing, workers []ports.Worker) explain.Facts {
	f := explain.Facts{
		Now: s.Now, Job: s.Job, Failure: s.Failure,
		PausedAt: s.Queue.PausedAt, PausedBy: s.Queue.PausedBy, PauseNote: s.Queue.Note,
		Ahead: s.Ahead, Running: s.Running, CancelRequested: s.CancelRequested,
	}
	for _, w := range workers {
		f.Workers = append(f.Workers, explain.Worker{
			ID: w.ID, Live: w.StoppedAt.IsZero() && s.Now.Before(w.LiveUntil), LiveUntil: w.LiveUntil,
			Kinds: w.Kinds, Queues: w.Queues, Slots: w.Slots, Running: w.Running,
			Idle: w.Paused() || !w.DrainingAt.IsZero(),
		})
	}
	return f
}
