package memory_test

import (
	"sync"
	"testing"
	"time"

	"github.com/task-tower/tasktower/adapters/memory"
	"github.com/task-tower/tasktower/ports/portstest"
)

func TestStore(t *testing.T) {
	t.Parallel()
	portstest.TestStore(t, open)
}

// open is an empty store whose clock ticks a microsecond at each look at it.
func open(testing.TB) portstest.Subject {
	clock := &clock{now: time.Now()}
	store := memory.New(memory.Config{Clock: clock})
	return portstest.Subject{
		Store:   store,
		Now:     clock.Now,
		Advance: func(_ testing.TB, d time.Duration) { clock.advance(d) },
		Begin: func(testing.TB) (any, func() error, func() error) {
			tx := store.Begin()
			return tx, tx.Commit, tx.Rollback
		},
		Close: store.Close,
	}
}

// clock is a clock that a test moves.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.advance(time.Microsecond)
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func BenchmarkStore(b *testing.B) { portstest.BenchmarkStore(b, open) }

func TestHistories(t *testing.T) {
	t.Parallel()
	portstest.TestHistories(t, open, 100)
}
