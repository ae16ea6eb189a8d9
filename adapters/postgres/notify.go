package postgres

import (
	"context"
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
	known     bool               // whether hints arrive
	deaf      error              // why they do not
	ignored   atomic.Int64
}

// listener is a running Listen. Its functions are called under the hub's lock,
// which Listen takes before it returns.
type listener struct{ ports.Listener }

// Listen implements ports.Notifier. After Close it returns ErrClosed.
func (s *Store) Listen(ctx context.Context, to ports.Listener) error {
	if ctx.Err() != nil {
		return nil
	}
	l := &listener{to}
	if !s.hub.add(l) {
		return translate("listen", job.ErrClosed)
	}
	defer s.hub.remove(l)
	select {
	case <-ctx.Done():
		return nil
	case <-s.ended.Done():
		return translate("listen", job.ErrClosed)
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
	l.Wake(ports.Hint{})
	switch {
	case h.store.config.PollOnly:
		l.tell(nil) // all that are meant to
	case h.known:
		l.tell(h.deaf)
	}
	if h.stop == nil && !h.store.config.PollOnly {
		ctx, cancel := context.WithCancel(h.store.ended)
		h.stop = cancel
		h.store.spawn(func(context.Context) { h.store.listen(ctx) })
	}
	return true
}

func (l *listener) tell(deaf error) {
	if l.Deaf != nil {
		l.Deaf(deaf)
	}
}

// hears notes that hints arrive, or why they do not, and says so if it is news. A
// connection that is no longer wanted has no say.
func (h *hub) hears(ctx context.Context, deaf error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if ctx.Err() != nil || h.known && (deaf == nil) == (h.deaf == nil) {
		return
	}
	h.known, h.deaf = true, deaf
	for _, l := range h.listeners {
		l.tell(deaf)
	}
}

func (h *hub) remove(l *listener) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.listeners = slices.DeleteFunc(h.listeners, func(other *listener) bool { return other == l })
	if len(h.listeners) == 0 && h.stop != nil {
		h.stop()
		h.stop, h.known, h.deaf = nil, false, nil
	}
}

// tell passes hints on, on the goroutine that has them.
func (h *hub) tell(news ...ports.Hint) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, l := range h.listeners {
		for _, hint := range news {
			l.Wake(hint)
		}
	}
}

// tellWait bounds an announcement; its caller has to wait for it, though all is stored.
const tellWait = time.Second

// tell announces, after the commit: at once to this process, and to others if
// somebody waits for it. That it fails does no harm: polling finds everything.
func (s *Store) tell(news *hints) {
	if news.empty() {
		return
	}
	s.hub.tell(news.list()...)
	if s.config.PollOnly {
		return
	}
	ctx, cancel := context.WithTimeout(s.ended, tellWait)
	defer cancel()
	_, _ = s.pool.Exec(ctx, s.sql.get("announce"), s.channel, news.payloads(), news.always || news.orders || news.recurring)
}

// Doze implements ports.Notifier.
func (s *Store) Doze(ctx context.Context, d time.Duration) error {
	ctx, cancel, err := s.call(ctx)
	if err != nil {
		return translate("doze", err)
	}
	defer cancel()
	if s.config.PollOnly || d <= 0 {
		return nil
	}
	_, err = s.pool.Exec(ctx, s.sql.get("doze"), d.Milliseconds())
	return translate("doze", err)
}
