package memory

import (
	"slices"
	"time"

	"github.com/task-tower/tasktower/core/job"
)

// agenda keeps rows in the order of (at, id). Rows that come in order, as almost
// all do, go to a sorted run and cost nothing more; the others go to a heap.
//
// A row that leaves otherwise than by pop stays behind as a stale item, told by
// its stay, until it comes up or until stale items outnumber the live ones.
type agenda struct {
	run  []item // sorted; run[:head] is gone
	head int
	heap []item
	live int
}

// item is a row in an agenda, valid while the row's stay is the same.
type item struct {
	at   int64 // microseconds since the epoch
	id   job.ID
	row  *row
	stay uint64
}

func newItem(at time.Time, r *row) item {
	return item{at: at.UnixMicro(), id: r.rec.ID, row: r, stay: r.stay}
}

func (a item) before(b item) bool {
	if a.at != b.at {
		return a.at < b.at
	}
	return a.id.Compare(b.id) < 0
}

func (a item) stale() bool { return a.stay != a.row.stay }

// push adds an item.
func (g *agenda) push(it item) {
	g.live++
	if n := len(g.run); n > g.head && it.before(g.run[n-1]) {
		g.siftUp(it)
		return
	}
	if g.head > 0 && len(g.run) == cap(g.run) && g.head >= len(g.run)/2 {
		kept := copy(g.run, g.run[g.head:])
		clear(g.run[kept:])
		g.run, g.head = g.run[:kept], 0
	}
	g.run = append(g.run, it)
}

// first is the live item that comes first; ok is false if there is none.
func (g *agenda) first() (it item, ok bool) {
	for g.head < len(g.run) && g.run[g.head].stale() {
		g.skip()
	}
	for len(g.heap) > 0 && g.heap[0].stale() {
		g.siftDown()
	}
	switch inRun, inHeap := g.head < len(g.run), len(g.heap) > 0; {
	case inRun && (!inHeap || g.run[g.head].before(g.heap[0])):
		return g.run[g.head], true
	case inHeap:
		return g.heap[0], true
	}
	return item{}, false
}

// each calls f for the rows of all live items, most of them in order, until it
// returns false.
func (g *agenda) each(f func(*row) bool) {
	for _, items := range [][]item{g.run[g.head:], g.heap} {
		for _, it := range items {
			if !it.stale() && !f(it.row) {
				return
			}
		}
	}
}

// pop removes the item that first returned. The row's stay may not have changed in between.
func (g *agenda) pop() {
	g.live--
	if g.head < len(g.run) && (len(g.heap) == 0 || g.run[g.head].before(g.heap[0])) {
		g.skip()
		return
	}
	g.siftDown()
}

// dropped says that the row of one live item has moved on.
func (g *agenda) dropped() {
	g.live--
	const fewStale = 64
	if len(g.run)-g.head+len(g.heap) <= 2*g.live+fewStale {
		return
	}
	kept := slices.DeleteFunc(append(slices.Clone(g.run[g.head:]), g.heap...), item.stale)
	slices.SortFunc(kept, func(a, b item) int {
		if a.before(b) {
			return -1
		}
		return 1
	})
	g.run, g.head, g.heap = kept, 0, nil
}

func (g *agenda) skip() {
	g.run[g.head] = item{}
	g.head++
	if g.head == len(g.run) {
		g.run, g.head = g.run[:0], 0
	}
}

func (g *agenda) siftUp(it item) {
	g.heap = append(g.heap, it)
	i := len(g.heap) - 1
	for i > 0 {
		parent := (i - 1) / 2
		if !g.heap[i].before(g.heap[parent]) {
			return
		}
		g.heap[i], g.heap[parent] = g.heap[parent], g.heap[i]
		i = parent
	}
}

// siftDown removes the heap's first item.
func (g *agenda) siftDown() {
	last := len(g.heap) - 1
	g.heap[0] = g.heap[last]
	g.heap[last] = item{}
	g.heap = g.heap[:last]
	for i := 0; ; {
		least, left := i, 2*i+1
		for child := left; child <= left+1 && child < last; child++ {
			if g.heap[child].before(g.heap[least]) {
				least = child
			}
		}
		if least == i {
			return
		}
		g.heap[i], g.heap[least] = g.heap[least], g.heap[i]
		i = least
	}
}
