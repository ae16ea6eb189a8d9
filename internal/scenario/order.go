package scenario

import (
	"context"
	"slices"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower"
	"github.com/task-tower/tasktower/core/event"
	"github.com/task-tower/tasktower/strategies"
)

var levels = map[string]int{"critical": 3, "default": 2, "low": 1}

var order = map[string]func(*house){
	"a mixed load runs by name under AlphaNumeric":      func(h *house) { mixed(h, strategies.AlphaNumeric()) },
	"a mixed load runs by priority under Index":         func(h *house) { mixed(h, strategies.Index(levels)) },
	"a mixed load runs by priority under Strict":        func(h *house) { mixed(h, strategies.Strict(levels)) },
	"10,000 jobs run by priority under Strict":          strictTenThousand,
	"10,000 starts are shared 60:30:10 by Weighted":     weightedFull,
	"an empty queue's share goes to the others":         weightedEmpty,
	"Strict leaves unlisted queues alone and says so":   strictUnlisted,
	"Index serves unlisted queues last":                 func(h *house) { unlistedLast(h, strategies.Index(map[string]int{"z": 1})) },
	"Weighted serves unlisted queues last":              func(h *house) { unlistedLast(h, strategies.Weighted(map[string]int{"z": 1})) },
	"equal priorities share a tier, first in first out": equalPriorities,
	"priorities order jobs within a queue":              priorities,
	"the oldest due job runs first without a strategy":  oldestFirst,
}

// starts runs n jobs on one slot and returns the queues in the order of starts.
func starts(h *house, s tasktower.Strategy, n int) []string {
	h.Helper()
	var queues list[string]
	h.work(tasktower.WorkerConfig{Concurrency: 1, Strategy: s}, func(_ context.Context, j *tasktower.Job[Work]) error {
		queues.add(j.Queue)
		return nil
	})
	h.until(func() bool { return queues.len() >= n }, "%d jobs have started", n)
	return queues.get()[:n]
}

// repeat is count[i] times names[i].
func repeat(names []string, counts ...int) (all []string) {
	for i, n := range counts {
		all = append(all, slices.Repeat(names[i:i+1], n)...)
	}
	return all
}

// mixed enqueues everything before the worker starts, half of it scheduled and
// due by then, so that the strategy alone decides.
func mixed(h *house, s tasktower.Strategy) {
	later := 0
	for _, part := range []struct {
		queue string
		jobs  int
	}{{"low", 300}, {"critical", 100}, {"default", 100}, {"critical", 100}, {"low", 300}} {
		h.enqueueMany(0, part.jobs/2, tasktower.Queue(part.queue))
		h.enqueueMany(0, part.jobs/2, tasktower.Queue(part.queue), tasktower.In(50*time.Millisecond))
		later += part.jobs / 2
	}
	h.until(func() bool {
		done, err := h.store.Promote(h.Context(), later)
		require.NoError(h, err)
		later -= done.Moved
		return later == 0
	}, "everything is due")
	require.Equal(h, repeat([]string{"critical", "default", "low"}, 200, 100, 600), starts(h, s, 900))
}

func strictTenThousand(h *house) {
	queues := []string{"low", "critical", "default", "critical", "low"}
	for i := range 10 {
		h.enqueueMany(0, 1000, tasktower.Queue(queues[i%len(queues)]))
	}
	require.Equal(h, repeat([]string{"critical", "default", "low"}, 4000, 2000, 4000), starts(h, strategies.Strict(levels), 10_000))
}

var shares = map[string]int{"critical": 60, "default": 30, "low": 10}

func weightedFull(h *house) {
	for queue, jobs := range map[string]int{"critical": 6500, "default": 3500, "low": 1500} {
		h.enqueueMany(0, jobs, tasktower.Queue(queue))
	}
	got := tallied(starts(h, strategies.Weighted(shares), 10_000))
	for queue, percent := range shares {
		require.InDelta(h, percent*100, got[queue], 100, queue)
	}
}

func weightedEmpty(h *house) {
	h.enqueueMany(0, 900, tasktower.Queue("default"))
	h.enqueueMany(0, 400, tasktower.Queue("low"))
	got := tallied(starts(h, strategies.Weighted(shares), 1000))
	require.InDelta(h, 750, got["default"], 10)
	require.InDelta(h, 250, got["low"], 10)
}

func tallied(names []string) map[string]int {
	n := map[string]int{}
	for _, name := range names {
		n[name]++
	}
	return n
}

func strictUnlisted(h *house) {
	left := h.enqueue(0, tasktower.Queue("elsewhere"))
	h.enqueueMany(0, 5, tasktower.Queue("critical"))
	require.Equal(h, repeat([]string{"critical"}, 5), starts(h, strategies.Strict(levels), 5))
	h.until(func() bool { return len(h.events.of(event.QueueUnserved)) > 0 }, "the unserved queue is reported")
	require.Equal(h, "elsewhere", h.events.of(event.QueueUnserved)[0].Queue)
	require.Equal(h, tasktower.Enqueued, h.get(left.ID).State)
}

func unlistedLast(h *house, s tasktower.Strategy) {
	h.enqueueMany(0, 3, tasktower.Queue("b"))
	h.enqueueMany(0, 3, tasktower.Queue("a"))
	h.enqueueMany(0, 3, tasktower.Queue("z"))
	require.Equal(h, repeat([]string{"z", "a", "b"}, 3, 3, 3), starts(h, s, 9))
}

func equalPriorities(h *house) {
	var want []string
	for range 5 {
		for _, queue := range []string{"b", "a"} {
			h.enqueue(0, tasktower.Queue(queue))
			want = append(want, queue)
		}
	}
	require.Equal(h, want, starts(h, strategies.Index(map[string]int{"a": 7, "b": 7}), len(want)))
}

func priorities(h *house) {
	for n, p := range []int16{0, -5, 9, 0, 9} {
		h.enqueue(n, tasktower.Priority(p))
	}
	require.Equal(h, []int{2, 4, 0, 3, 1}, numbers(h, strategies.Index(levels), 5))
}

func oldestFirst(h *house) {
	for n, queue := range []string{"z", "a", "m", "a"} {
		h.enqueue(n, tasktower.Queue(queue), tasktower.Priority(int16(n)))
	}
	require.Equal(h, []int{0, 1, 2, 3}, numbers(h, nil, 4))
}

// numbers runs n jobs on one slot and returns their numbers in the order of starts.
func numbers(h *house, s tasktower.Strategy, n int) []int {
	h.Helper()
	var got list[int]
	h.work(tasktower.WorkerConfig{Concurrency: 1, Strategy: s}, func(_ context.Context, j *tasktower.Job[Work]) error {
		got.add(j.Args.N)
		return nil
	})
	h.until(func() bool { return got.len() == n }, "%d jobs have started", n)
	return got.get()
}
