package postgres

import (
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgtype"
)

// The rows of jobs that fell due are dead, and stay at the head of later as long as somebody's
// snapshot may need them. Once a look past them takes longer than this, most looks begin
// at a floor: a little before the first job that there was, or the moment at which none was due.
const laterCheap = 5 * time.Millisecond

// laterFloor is where looks at later begin. It is safe for many goroutines.
type laterFloor struct {
	mu    sync.Mutex
	floor time.Time // zero: nobody has looked
	next  time.Time // when to look at everything again
}

// begin tells where a look begins; whole: at the very beginning.
func (l *laterFloor) begin() (floor pgtype.Timestamptz, whole bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.floor.IsZero() || !time.Now().Before(l.next) {
		return pgtype.Timestamptz{InfinityModifier: pgtype.NegativeInfinity, Valid: true}, true
	}
	return pgtype.Timestamptz{Time: l.floor, Valid: true}, false
}

// looked learns from a look that found nothing due before front; took is what it took the server
// if it was at everything.
func (l *laterFloor) looked(front time.Time, took time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.floor = front.Add(-floorLag)
	if took > laterCheap {
		l.next = time.Now().Add(restAfter(took))
	}
}

// failed puts off the next look at everything after one that failed, if there is a floor.
func (l *laterFloor) failed() {
	l.mu.Lock()
	l.next = time.Now().Add(lookBound)
	l.mu.Unlock()
}
