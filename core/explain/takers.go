package explain

import (
	"fmt"
	"slices"
	"strings"
)

// able are the workers that may ever take the job, also if they claim nothing now;
// if there are none, why says so.
func (f Facts) able() (able []Worker, why *Reason) {
	kind, queue := f.Job.Kind, f.Job.Queue
	able = f.Workers
	for _, sieve := range []struct {
		code Code
		text string
		ok   func(Worker) bool
	}{
		{NoWorker, "No worker is alive.", func(w Worker) bool { return w.Live }},
		{NoHandler, "No live worker has a handler for kind " + kind + ".", func(w Worker) bool { return w.handles(kind) }},
		{QueueUnserved, "No live worker that handles kind " + kind + " serves queue " + queue + ".", func(w Worker) bool { return w.serves(queue) }},
		{StrategySkips, "The strategy of the workers that serve queue " + queue + " never takes from it.", func(w Worker) bool { return w.takes(queue) }},
	} {
		if able = filter(able, sieve.ok); len(able) == 0 {
			return nil, &Reason{Code: sieve.code, Text: sieve.text, Kind: kind, Queue: queue}
		}
	}
	return able, nil
}

// parted are the workers that claim nothing now, and the others.
func parted(all []Worker) (idle, ready []Worker) {
	return filter(all, Worker.idle), filter(all, func(w Worker) bool { return !w.idle() })
}

// maxNamed is how many workers are named one by one.
const maxNamed = 3

// idle says of workers that could take the job why they do not.
func (f Facts) idle(all []Worker) (out []Reason) {
	for _, w := range all[:min(len(all), maxNamed)] {
		r := Reason{Code: WorkersIdle, Worker: w.ID, Kind: f.Job.Kind, Queue: f.Job.Queue}
		r.Text = "Worker " + w.ID + ", which could take it, is "
		if !w.DrainingAt.IsZero() {
			r.Since = w.DrainingAt
			r.Text += "stopping since " + stamp(r.Since) + "."
		} else {
			r.By, r.Note, r.Since = w.PausedBy, w.PauseNote, w.PausedAt
			r.Text += paused(r) + "."
		}
		out = append(out, r)
	}
	if more := len(all) - maxNamed; more > 0 {
		out = append(out, Reason{
			Code: WorkersIdle, Kind: f.Job.Kind, Queue: f.Job.Queue,
			Text: count(more, "more worker") + " that could take it are paused or stopping.",
		})
	}
	return out
}

// paused says by whom, since when and why somebody paused something.
func paused(r Reason) string {
	text := "paused"
	if r.By != "" {
		text += " by " + r.By
	}
	return text + " since " + stamp(r.Since) + because(r.Note)
}

// queueing says for what a due job waits that workers could take.
func (f Facts) queueing(ready, idle []Worker) (out []Reason) {
	if r := f.full(ready); r != nil {
		out = append(out, *r)
	}
	if r := f.oneAtATime(ready); r != nil {
		out = append(out, *r)
	}
	if len(out) > 0 {
		out = append(out, f.idle(idle)...)
	}
	if f.Ahead > 0 && (f.Job.Crashes == 0 || f.Ahead > f.Suspects) {
		r := Reason{Code: Behind, Queue: f.Job.Queue, Jobs: f.Ahead, AtLeast: f.Ahead >= AheadLimit}
		r.Text = count(r.Jobs, "job") + " of queue " + r.Queue + " before it."
		if r.AtLeast {
			r.Text = "At least " + r.Text
		}
		out = append(out, r)
	}
	return out
}

// full says why none of the workers has room for the job; nil: one has.
func (f Facts) full(ready []Worker) *Reason {
	queue := f.Job.Queue
	open := filter(ready, func(w Worker) bool { return !w.capped(queue, f.Running) })
	if len(open) == 0 {
		limit := ready[0].Caps[queue]
		return &Reason{
			Code: QueueAtCap, Queue: queue, Jobs: f.Running, Limit: limit,
			Text: fmt.Sprintf("Queue %s runs %s, and %d is its cap.", queue, count(f.Running, "job"), limit),
		}
	}
	below := filter(open, func(w Worker) bool { return !w.full(queue) })
	if len(below) == 0 {
		r := &Reason{Code: QueueAtCap, Queue: queue}
		for _, w := range open {
			limit, _ := w.limit(queue)
			r.Jobs, r.Limit = r.Jobs+w.Held[queue], r.Limit+limit
		}
		r.Text = fmt.Sprintf("Each worker that could take it runs as many jobs of queue %s as it may: %d of %d.", queue, r.Jobs, r.Limit)
		return r
	}
	free := filter(below, func(w Worker) bool { return w.free() > 0 })
	if len(free) == 0 {
		r := &Reason{Code: WorkersBusy}
		for _, w := range below {
			r.Jobs, r.Limit = r.Jobs+w.held(), r.Limit+w.Slots
		}
		r.Text = fmt.Sprintf("The workers that could take it are busy: %s in %s.", count(r.Jobs, "job"), count(r.Limit, "slot"))
		return r
	}
	if len(filter(free, func(w Worker) bool { return w.room(queue) > 0 })) == 0 {
		return reservedFor(queue, free)
	}
	return nil
}

// oneAtATime says that a job that was in flight at a crash waits for others like it;
// nil: it does not. Each worker runs one of them at a time, however many slots are free.
func (f Facts) oneAtATime(ready []Worker) *Reason {
	if f.Job.Crashes == 0 || f.Suspects == 0 && slices.ContainsFunc(ready, f.trusts) {
		return nil
	}
	r := &Reason{Code: Suspect, Queue: f.Job.Queue, Jobs: f.Suspects, AtLeast: f.Suspects > 0 && f.Ahead >= AheadLimit}
	r.Text = "It was in flight when a worker crashed, and each worker runs such jobs one at a time; "
	switch {
	case r.Jobs == 0:
		r.Text += "each that could take it has one."
	case r.AtLeast:
		r.Text += "at least "
		fallthrough
	default:
		r.Text += count(r.Jobs, "such job") + " of queue " + r.Queue + " before it."
	}
	return r
}

// trusts tells whether the worker may claim the job as far as crashes go.
func (f Facts) trusts(w Worker) bool { return f.Job.Crashes == 0 || w.Suspects == 0 }

// reservedFor says for which queues, but this one, workers keep slots free.
func reservedFor(queue string, free []Worker) *Reason {
	r := &Reason{Code: SlotsReserved, Queue: queue}
	var others []string
	for _, w := range free {
		r.Limit += w.free()
		for name, slots := range w.Reserved {
			if name != queue && w.Held[name] < slots {
				others = append(others, name)
			}
		}
	}
	slices.Sort(others)
	others = slices.Compact(others)
	named := strings.Join(others[:min(len(others), maxNamed)], ", ")
	if more := len(others) - maxNamed; more > 0 {
		named += fmt.Sprintf(" and %d more", more)
	}
	r.Text = "The free slots of the workers that could take it are kept for other queues: " + named + "."
	return r
}

// due says that nothing is known to keep the job, and who could take it.
func (f Facts) due(ready []Worker) Reason {
	r := Reason{Code: Due, Since: f.Job.RunAt, Queue: f.Job.Queue}
	r.Text = "It is due since " + stamp(r.Since) + ", and nothing is known that keeps it"
	for _, w := range ready {
		if f.trusts(w) && !w.capped(r.Queue, f.Running) && !w.full(r.Queue) && w.room(r.Queue) > 0 {
			r.Worker, r.Limit = w.ID, w.free()
			r.Text += fmt.Sprintf(": worker %s, heard of %s ago, has %d of %s free", w.ID, round(max(0, f.Now.Sub(w.BeatAt))), w.free(), count(w.Slots, "slot"))
			break
		}
	}
	r.Text += "."
	return r
}
