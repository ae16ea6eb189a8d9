package engine

import (
	"cmp"
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/task-tower/tasktower/core/event"
)

// pause waits d or until ctx ends; false if it ended.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// backoff waits between tries against a store that is out of reach: full jitter
// from 100 ms, doubling to 5 s, or to less. The zero value is ready.
type backoff struct {
	tries int
	most  time.Duration // 0: 5 s
}

const (
	backoffBase    = 100 * time.Millisecond
	backoffCeiling = 5 * time.Second
)

func (b *backoff) sleep(ctx context.Context) bool { return pause(ctx, b.next()) }

// next is the wait before the next try.
func (b *backoff) next() time.Duration {
	ceiling := min(backoffCeiling, cmp.Or(b.most, backoffCeiling), backoffBase<<min(b.tries, 10))
	b.tries++
	return backoffBase/10 + rand.N(ceiling)
}

func (b *backoff) reset() { b.tries = 0 }

// health turns failing and recovering calls into one event each.
type health struct {
	w *Worker

	mu     sync.Mutex
	failed map[string]bool
}

func (h *health) saw(call string, err error) {
	h.mu.Lock()
	before := h.failed[call]
	h.failed[call] = err != nil
	h.mu.Unlock()
	switch {
	case err != nil && !before:
		h.w.observe(event.Event{Type: event.StoreFailed, Err: err, Note: call})
	case err == nil && before:
		h.w.observe(event.Event{Type: event.StoreRecovered, Note: call})
	}
}

// flag is a signal that is remembered once.
type flag chan struct{}

func newFlag() flag { return make(flag, 1) }

func (f flag) set() {
	select {
	case f <- struct{}{}:
	default:
	}
}
