package tasktowertest

import (
	"sync"
	"time"

	"github.com/task-tower/tasktower"
)

// clock is a store's clock that stands still until a test moves it.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

// Now implements ports.Clock.
func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// ids makes UUIDv7 ids that are the same in each run of a test: the clock's
// millisecond, and a count where others have chance.
type ids struct {
	clock *clock
	mu    sync.Mutex
	count uint32
}

// NewID implements ports.IDs.
func (g *ids) NewID() tasktower.ID {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.count++
	var id tasktower.ID
	ms := g.clock.Now().UnixMilli()
	for i := range 6 {
		id[i] = byte(ms >> (40 - 8*i))
	}
	id[6], id[8] = 0x70, 0x80 // version 7, variant of RFC 9562
	for i := range 4 {
		id[12+i] = byte(g.count >> (24 - 8*i))
	}
	return id
}
