package postgres

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/ports"
)

// hub passes hints on to everybody who listens in this process, and keeps the one
// listening connection while somebody does.
type hub struct {
	store     *Store
	mu        sync.Mutex
	listeners []*listener
	stop      context.CancelFunc // ends the connection; nil: none
	ignored   atomic.Int64
}

// listener gathers hints until Listen's goroutine passes them on.
type listener struct {
	ready   chan struct{} // holds one token while there is something to take
	mu      sync.Mutex
	any     bool
	pending hints
}

// Listen implements ports.Notifier. wake is called on the caller's goroutine;
// hints that come while it runs are joined. After Close it returns ErrClosed.
func (s *Store) Listen(ctx context.Context, wake func(ports.Hint)) error {
	l := &listener{ready: make(chan struct{}, 1)}
	l.tellAny()
	if !s.hub.add(l) {
		return translate("listen", job.ErrClosed)
	}
	defer s.hub.remove(l)
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-s.ended.Done():
			return translate("listen", job.ErrClosed)
		case <-l.ready:
			for _, h := range l.take() {
				wake(h)
			}
		}
	}
}

// IgnoredNotifications counts notifications on the Store's channel that were not
// understood.
func (s *Store) IgnoredNotifications() int64 { return s.hub.ignored.Load() }

func (h *hub) add(l *listener) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.store.ended.Err() != nil {
		return false
	}
	h.listeners = append(h.listeners, l)
	if h.stop == nil && !h.store.config.PollOnly {
		ctx, cancel := context.WithCancel(h.store.ended)
		h.stop = cancel
		h.store.spawn(func(context.Context) { h.store.listen(ctx) })
	}
	return true
}

func (h *hub) remove(l *listener) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.listeners = slices.DeleteFunc(h.listeners, func(other *listener) bool { return other == l })
	if len(h.listeners) == 0 && h.stop != nil {
		h.stop()
		h.stop = nil
	}
}

func (h *hub) tell(news *hints) {
	if news.empty() {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, l := range h.listeners {
		l.tell(news)
	}
}

// tellAny says that hints may have been missed.
func (h *hub) tellAny() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, l := range h.listeners {
		l.tellAny()
	}
}

func (l *listener) tell(news *hints) {
	l.mu.Lock()
	for _, q := range news.queues {
		l.pending.claimable(q)
	}
	l.pending.later = l.pending.later || news.later
	l.pending.orders = l.pending.orders || news.orders
	l.mu.Unlock()
	l.signal()
}

func (l *listener) tellAny() {
	l.mu.Lock()
	l.any = true
	l.mu.Unlock()
	l.signal()
}

func (l *listener) signal() {
	select {
	case l.ready <- struct{}{}:
	default:
	}
}

func (l *listener) take() []ports.Hint {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := l.pending.list()
	if l.any {
		out = []ports.Hint{{}}
	}
	l.pending, l.any = hints{}, false
	return out
}

// tell announces, after the commit: at once to this process, and to others if
// somebody waits for it. That it fails does no harm: polling finds everything.
func (s *Store) tell(news *hints) {
	if news.empty() {
		return
	}
	s.hub.tell(news)
	if s.config.PollOnly {
		return
	}
	ctx, cancel, err := s.call(context.Background())
	if err != nil {
		return
	}
	defer cancel()
	_, _ = s.pool.Exec(ctx, s.sql.get("announce"), s.channel, news.payloads(), news.always || news.orders)
}

// dozing remembers until when this process has said that somebody dozes.
type dozing struct {
	mu    sync.Mutex
	until time.Time
}

// Doze implements ports.Notifier. While more than half of d is left of what was
// said before, it says nothing.
func (s *Store) Doze(ctx context.Context, d time.Duration) error {
	ctx, cancel, err := s.call(ctx)
	if err != nil {
		return translate("doze", err)
	}
	defer cancel()
	if s.config.PollOnly || d <= 0 {
		return nil
	}
	if s.dozing.covers(d) {
		return nil
	}
	said := time.Now() // before the server reads its clock
	if _, err := s.pool.Exec(ctx, s.sql.get("doze"), d.Milliseconds()); err != nil {
		return translate("doze", err)
	}
	s.dozing.extend(said.Add(d))
	return nil
}

func (d *dozing) covers(wait time.Duration) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return time.Until(d.until) > wait/2
}

func (d *dozing) extend(until time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if until.After(d.until) {
		d.until = until
	}
}

// errDeaf says that the listening connection does not answer.
var errDeaf = fmt.Errorf("the listening connection does not answer")
