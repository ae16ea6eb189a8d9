package explain

import (
	"maps"
	"slices"
	"time"
)

// Worker is what matters of a worker.
type Worker struct {
	ID         string
	Live       bool // its life has not ended
	StartedAt  time.Time
	BeatAt     time.Time // when it was heard of
	LiveUntil  time.Time // when its life ends, or has ended
	PausedAt   time.Time // zero: nobody keeps it from claiming
	PausedBy   string
	PauseNote  string
	DrainingAt time.Time // since when it claims nothing more; zero: it does not stop

	Kinds    []string       // it has handlers for them
	Queues   []string       // it serves; nil: every queue
	Takes    []string       // its strategy takes from them into any slot; nil: from all
	Caps     map[string]int // how many jobs of a queue may be processing, over all workers
	Limits   map[string]int // how many of those it may have itself
	Reserved map[string]int // how many of its slots are kept for a queue
	Slots    int
	Held     map[string]int // jobs that it has claimed and not settled, by queue
	Suspects int            // of those, that were in flight at a crash
}

func (w Worker) handles(kind string) bool { return slices.Contains(w.Kinds, kind) }

func (w Worker) serves(queue string) bool {
	return w.Queues == nil || slices.Contains(w.Queues, queue)
}

func (w Worker) takes(queue string) bool { return w.open(queue) || w.Reserved[queue] > 0 }

// open tells whether jobs of the queue may have slots that are kept for nobody.
func (w Worker) open(queue string) bool {
	return w.Takes == nil || slices.Contains(w.Takes, queue)
}

func (w Worker) idle() bool { return !w.PausedAt.IsZero() || !w.DrainingAt.IsZero() }

// capped tells whether so many running jobs are as many as the queue may have.
func (w Worker) capped(queue string, running int) bool {
	limit, bound := w.Caps[queue]
	return bound && running >= limit
}

// limit is how many jobs of the queue the worker may have itself.
func (w Worker) limit(queue string) (limit int, bound bool) {
	limit, bound = w.Limits[queue]
	if own := w.Reserved[queue]; !w.open(queue) && (!bound || own < limit) {
		return own, true
	}
	return limit, bound
}

// full tells whether the worker has as many jobs of the queue as it may.
func (w Worker) full(queue string) bool {
	limit, bound := w.limit(queue)
	return bound && w.Held[queue] >= limit
}

// held is how many jobs the worker has.
func (w Worker) held() (n int) {
	for _, jobs := range w.Held {
		n += jobs
	}
	return n
}

func (w Worker) free() int { return max(0, w.Slots-w.held()) }

// room is how many free slots jobs of the queue may have. Slots are kept for the
// first queues by name, if there are too few of them.
func (w Worker) room(queue string) int {
	left, own := w.free(), 0
	for _, name := range slices.Sorted(maps.Keys(w.Reserved)) {
		kept := min(left, max(0, w.Reserved[name]-w.Held[name]))
		left -= kept
		if name == queue {
			own = kept
		}
	}
	if !w.open(queue) {
		return own
	}
	return own + left
}

// filter keeps the workers for which ok holds.
func filter(all []Worker, ok func(Worker) bool) (kept []Worker) {
	for _, w := range all {
		if ok(w) {
			kept = append(kept, w)
		}
	}
	return kept
}
