package system

import (
	"sync"

	"github.com/google/uuid"

	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/ports"
)

// IDs makes UUIDv7 job ids (RFC 9562). The zero value works; a process shares one.
//
// Each id is greater than the one before it, also within one millisecond and
// after the clock was set back: then it counts on from the one before, which is
// method 2 of RFC 9562, section 6.2. The first id of a millisecond is 74 bits of
// fresh randomness, so those of different processes do not meet.
type IDs struct {
	Clock ports.Clock // what dates the ids; nil: the wall clock

	mu   sync.Mutex
	last job.ID
}

var _ ports.IDs = (*IDs)(nil)

// NewID implements ports.IDs.
func (g *IDs) NewID() job.ID {
	clock := g.Clock
	if clock == nil {
		clock = Clock{}
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	now := clock.Now().UnixMilli()
	if !g.last.IsZero() && now <= g.last.Time().UnixMilli() {
		g.last = next(g.last)
	} else {
		g.last = first(now)
	}
	return g.last
}

// first is a random id of the given millisecond.
func first(ms int64) job.ID {
	id := job.ID(uuid.New())
	for i := 5; i >= 0; i-- {
		id[i] = byte(ms)
		ms >>= 8
	}
	id[6] = id[6]&^versionBits | 0x70
	return id
}

const (
	versionBits = 0xf0 // of byte 6
	variantBits = 0xc0 // of byte 8
)

// next is the least UUIDv7 above id. It counts on into the millisecond if the
// random bits are used up.
func next(id job.ID) job.ID {
	for i := len(id) - 1; i >= 0; i-- {
		var keep byte
		switch i {
		case 6:
			keep = versionBits
		case 8:
			keep = variantBits
		}
		counter := (id[i] + 1) &^ keep
		id[i] = id[i]&keep | counter
		if counter != 0 {
			break
		}
	}
	return id
}
