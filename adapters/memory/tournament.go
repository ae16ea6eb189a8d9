package memory

import "github.com/task-tower/tasktower/core/queue"

// tournament is a heap of cursors: the first is the one whose item comes next.
type tournament struct {
	order   queue.Order
	cursors []cursor
}

func (h *tournament) start() {
	for i := len(h.cursors)/2 - 1; i >= 0; i-- {
		h.settle(i)
	}
}

// drop removes the first cursor.
func (h *tournament) drop() {
	last := len(h.cursors) - 1
	h.cursors[0] = h.cursors[last]
	h.cursors[last] = cursor{}
	h.cursors = h.cursors[:last]
	h.settle(0)
}

// settle moves the cursor at i down to where it belongs.
func (h *tournament) settle(i int) {
	for {
		least, left := i, 2*i+1
		for child := left; child <= left+1 && child < len(h.cursors); child++ {
			if h.before(&h.cursors[child], &h.cursors[least]) {
				least = child
			}
		}
		if least == i {
			return
		}
		h.cursors[i], h.cursors[least] = h.cursors[least], h.cursors[i]
		i = least
	}
}

func (h *tournament) before(a, b *cursor) bool {
	if h.order == queue.ByPriority && a.lane.priority != b.lane.priority {
		return a.lane.priority > b.lane.priority
	}
	return a.item.before(b.item)
}
