package memory

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/ports"
)

// maxHints is how many queues a listener is told of one by one; past it the zero
// Hint says that anything may have changed.
const maxHints = 256

// Listen implements ports.Notifier. The functions are called on the caller's
// goroutine; hints that come meanwhile are joined. After Close it returns ErrClosed.
func (s *Store) Listen(ctx context.Context, to ports.Listener) error {
	l := &listener{ready: make(chan struct{}, 1)}
	s.hints.add(l)
	defer s.hints.remove(l)
	select {
	case <-s.hints.end:
		return fmt.Errorf("memory: listen: %w", job.ErrClosed)
	default:
	}
	if to.Deaf != nil {
		to.Deaf(nil)
	}
	to.Wake(ports.Hint{})
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-s.hints.end:
			return fmt.Errorf("memory: listen: %w", job.ErrClosed)
		case <-l.ready:
			for _, h := range l.take() {
				to.Wake(h)
			}
		}
	}
}

// Doze implements ports.Notifier. Hints cost nothing here, so nobody keeps quiet.
func (s *Store) Doze(ctx context.Context, _ time.Duration) error {
	return s.do(ctx, "doze", func(time.Time, *hints) error { return nil })
}

// hints is what a call leaves to hint at.
type hints struct {
	queues []string
	later  bool
	orders bool

	recurring bool
}

// claimable hints at a queue, once.
func (h *hints) claimable(queue string) {
	if n := len(h.queues); n > 0 && h.queues[n-1] == queue {
		return
	}
	if len(h.queues) <= maxHints && !slices.Contains(h.queues, queue) {
		h.queues = append(h.queues, queue)
	}
}

func (h *hints) empty() bool { return len(h.queues) == 0 && !h.later && !h.orders && !h.recurring }

// listeners passes hints on to everybody who listens.
type listeners struct {
	end chan struct{} // closed with the store
	mu  sync.RWMutex
	all []*listener
}

func (ls *listeners) add(l *listener) {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	ls.all = append(ls.all, l)
}

func (ls *listeners) remove(l *listener) {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	ls.all = slices.DeleteFunc(ls.all, func(other *listener) bool { return other == l })
}

func (ls *listeners) tell(h hints) {
	if h.empty() {
		return
	}
	ls.mu.RLock()
	defer ls.mu.RUnlock()
	for _, l := range ls.all {
		l.tell(h)
	}
}

// listener gathers hints until Listen's goroutine passes them on.
type listener struct {
	ready   chan struct{} // holds one token while there is something to take
	mu      sync.Mutex
	pending hints
}

func (l *listener) tell(h hints) {
	l.mu.Lock()
	for _, q := range h.queues {
		l.pending.claimable(q)
	}
	l.pending.later = l.pending.later || h.later
	l.pending.orders = l.pending.orders || h.orders
	l.pending.recurring = l.pending.recurring || h.recurring
	l.mu.Unlock()
	select {
	case l.ready <- struct{}{}:
	default:
	}
}

func (l *listener) take() []ports.Hint {
	l.mu.Lock()
	h := l.pending
	l.pending = hints{}
	l.mu.Unlock()

	if len(h.queues) > maxHints {
		return []ports.Hint{{}}
	}
	out := make([]ports.Hint, 0, len(h.queues)+3)
	for _, q := range h.queues {
		out = append(out, ports.Hint{Queue: q})
	}
	if h.later {
		out = append(out, ports.Hint{Later: true})
	}
	if h.orders {
		out = append(out, ports.Hint{Orders: true})
	}
	if h.recurring {
		out = append(out, ports.Hint{Recurring: true})
	}
	return out
}
