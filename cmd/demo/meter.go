package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/task-tower/tasktower"
	"github.com/task-tower/tasktower/core/event"
)

// maxSamples bounds the times kept per queue and kind; later ones are not kept.
const maxSamples = 1 << 17

// maxTroubles bounds what is kept of a store's failures.
const maxTroubles = 20

// meter is an observer that measures what this process's worker does.
type meter struct {
	mu       sync.Mutex
	lines    map[lineKey]*line
	running  map[tasktower.ID]bool
	ended    int // jobs that became final here
	troubles []string
}

type lineKey struct{ queue, kind string }

// line is what happened to the jobs of one kind in one queue.
type line struct {
	done, retried, snoozed, cancelled, dead int

	waits, runs []time.Duration
	first, last time.Time // start and end
}

func newMeter() *meter { return &meter{lines: map[lineKey]*line{}, running: map[tasktower.ID]bool{}} }

// Observe implements tasktower.Observer.
func (m *meter) Observe(e event.Event) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if e.Job == nil {
		if e.Type == event.StoreFailed && len(m.troubles) < maxTroubles {
			m.troubles = append(m.troubles, fmt.Sprintf("store: %s: %v", e.Note, e.Err))
		}
		return
	}
	if e.Type == event.JobStarted {
		m.running[e.Job.ID] = true
	} else {
		delete(m.running, e.Job.ID)
	}
	key := lineKey{e.Job.Queue, e.Job.Kind}
	l := m.lines[key]
	if l == nil {
		l = &line{}
		m.lines[key] = l
	}
	l.note(e)
	if e.Job.State.Final() {
		m.ended++
	}
}

func (l *line) note(e event.Event) {
	switch e.Type {
	case event.JobStarted:
		if l.first.IsZero() {
			l.first = e.At
		}
		l.waits = sample(l.waits, e.Wait)
		return
	case event.JobCompleted:
		l.done++
	case event.JobRetrying:
		l.retried++
	case event.JobSnoozed:
		l.snoozed++
	case event.JobCancelled:
		l.cancelled++
	case event.JobDied:
		l.dead++
	default:
		return
	}
	l.last = e.At
	l.runs = sample(l.runs, e.Run)
}

func sample(all []time.Duration, d time.Duration) []time.Duration {
	if len(all) < maxSamples {
		all = append(all, d)
	}
	return all
}

// finished is how many jobs became final in this process.
func (m *meter) finished() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.ended
}

// idle tells whether no job runs in this process.
func (m *meter) idle() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.running) == 0
}

// died tells whether a job of the kind died in this process.
func (m *meter) died(kind string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	for key, l := range m.lines {
		if key.kind == kind && l.dead > 0 {
			return true
		}
	}
	return false
}

// trouble is how the store failed on the way.
func (m *meter) trouble() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.troubles)
}

// rows are the lines for a report, by queue and kind.
func (m *meter) rows() []row {
	m.mu.Lock()
	defer m.mu.Unlock()
	keys := slices.SortedFunc(maps.Keys(m.lines), func(a, b lineKey) int {
		return cmp.Or(cmp.Compare(a.queue, b.queue), cmp.Compare(a.kind, b.kind))
	})
	rows := make([]row, 0, len(keys))
	for _, key := range keys {
		l := m.lines[key]
		rows = append(rows, row{
			Queue: key.queue, Kind: key.kind,
			Done: l.done, Retried: l.retried, Snoozed: l.snoozed, Cancelled: l.cancelled, Dead: l.dead,
			Wait50: milliseconds(quantile(l.waits, 50)), Wait99: milliseconds(quantile(l.waits, 99)),
			Run50: milliseconds(quantile(l.runs, 50)), Run99: milliseconds(quantile(l.runs, 99)),
			Rate: l.rate(),
		})
	}
	return rows
}

// rate is jobs done per second between the first start and the last end; 0 for
// fewer than two.
func (l *line) rate() float64 {
	span := l.last.Sub(l.first).Seconds()
	if l.done < 2 || span <= 0 {
		return 0
	}
	return float64(l.done) / span
}

// quantile is the nearest-rank percentile; 0 of nothing.
func quantile(all []time.Duration, percent int) time.Duration {
	if len(all) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(all))
	rank := (len(sorted)*percent + 99) / 100
	return sorted[max(rank, 1)-1]
}

func milliseconds(d time.Duration) float64 {
	return float64(d.Round(10*time.Microsecond)) / float64(time.Millisecond)
}
