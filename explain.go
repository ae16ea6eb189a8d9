package tasktower

import (
	"context"
	"strings"

	"github.com/task-tower/tasktower/core/explain"
	"github.com/task-tower/tasktower/ports"
)

// The codes of reasons.
const (
	ReasonScheduled       = explain.Scheduled       // it runs at a later time
	ReasonBackingOff      = explain.BackingOff      // it failed and waits for its retry
	ReasonQueuePaused     = explain.QueuePaused     // somebody paused its queue
	ReasonNoWorker        = explain.NoWorker        // no worker is alive
	ReasonNoHandler       = explain.NoHandler       // no live worker has a handler for its kind
	ReasonQueueUnserved   = explain.QueueUnserved   // none of those serves its queue
	ReasonStrategySkips   = explain.StrategySkips   // the strategies of those never take from its queue
	ReasonWorkersIdle     = explain.WorkersIdle     // one that could take it is paused or stopping
	ReasonQueueAtCap      = explain.QueueAtCap      // its queue runs as many jobs as it may, in all or on each worker
	ReasonWorkersBusy     = explain.WorkersBusy     // those that could take it have no free slot
	ReasonSlotsReserved   = explain.SlotsReserved   // their free slots are kept for other queues
	ReasonSuspect         = explain.Suspect         // it was in flight at a crash; each worker runs such jobs one at a time
	ReasonBehind          = explain.Behind          // others of its queue come first
	ReasonDue             = explain.Due             // nothing is known that keeps it
	ReasonProcessing      = explain.Processing      // a worker has claimed it, and runs it or is about to
	ReasonWorkerLost      = explain.WorkerLost      // the worker that ran it is gone
	ReasonCancelRequested = explain.CancelRequested // its handler is asked to end
	ReasonDeadline        = explain.Deadline        // it has to start, or end, by a certain time
	ReasonCompleted       = explain.Completed
	ReasonCancelled       = explain.Cancelled
	ReasonDead            = explain.Dead
)

// Explain says why a job is where it is and what it waits for: a pause, its time,
// a worker that has a handler for it and serves its queue, a free slot, the jobs
// ahead of it. What keeps it from running besides comes behind what is decisive
// now. ErrNotFound: no such job.
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
		Ahead: s.Ahead, Suspects: s.Suspects, CancelRequested: s.CancelRequested,
	}
	held, suspects := map[int64]map[string]int{}, map[int64]int{}
	for _, h := range s.Holdings {
		if h.Queue == s.Job.Queue {
			f.Running += h.Jobs
		}
		if held[h.Worker] == nil {
			held[h.Worker] = map[string]int{}
		}
		held[h.Worker][h.Queue] = h.Jobs
		suspects[h.Worker] += h.Suspects
	}
	for _, w := range workers {
		f.Workers = append(f.Workers, explain.Worker{
			ID: w.ID, Live: w.StoppedAt.IsZero() && s.Now.Before(w.LiveUntil),
			StartedAt: w.StartedAt, BeatAt: w.BeatAt, LiveUntil: w.LiveUntil,
			PausedAt: w.PausedAt, PausedBy: w.PausedBy, PauseNote: w.PauseNote, DrainingAt: w.DrainingAt,
			Kinds: w.Kinds, Queues: w.Queues, Takes: w.Terms.Takes,
			Caps: w.Terms.Caps, Limits: w.Terms.Limits, Reserved: w.Terms.Reserved,
			Slots: w.Slots, Held: held[w.Number], Suspects: suspects[w.Number],
		})
	}
	return f
}
