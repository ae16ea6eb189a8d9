package postgres

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/ports"
)

// A claim finds the lanes that hold jobs by stepping over the index of ready, past the
// entries of jobs that are gone. Of these there are few, since the slots of ready are freed
// whatever snapshots are held. But a slot cannot be freed while somebody keeps a lock on it, as pg_dump
// does until it ends; if that holds a snapshot, too, every job that passed through ready
// since then leaves an entry to be read. Claims are then given lanes to look at, each
// from its floor on.
//
// What came below a floor, and lanes that are not known, are found by looks at everything, which keep
// nobody waiting: after each claim one begins, but not before it is time again.
const (
	// lanesDead is how many dead entries a look must pass for claims to be given lanes: to
	// read them takes a millisecond or two.
	lanesDead = 4000
	// floorLag is how far a floor stays behind the first job above it: transactions that began
	// earlier may be open still.
	floorLag = time.Second
	// lookRest is how many times as long as a look at everything took there is none.
	lookRest = 30
	// lookBound is how long a look may take, and how long there is none at most.
	lookBound = time.Minute
	// lanesKept is how many lanes without jobs stay known, at most; laneCost is how many dead entries
	// may be read in the time in which one is looked at.
	lanesKept, laneCost = 1000, 16
	// lanesBytes is the size of ready up to which nobody looks.
	lanesBytes = slots * turnBytes
)

var errLookBound = fmt.Errorf("a look at all lanes of ready: %w", errCallTimeout)

// laneKey is what jobs have in common that stand in one line.
type laneKey struct {
	queue, kind int64
	rank        int16
}

type laneNames struct {
	queue, kind string
	priority    int16
}

// lanes are those that claims look at. It is safe for many goroutines.
type lanes struct {
	mu      sync.Mutex
	served  map[laneNames]laneKey // some that were claimed from
	floors  map[laneKey]time.Time // of those that claims are given; none: they step
	looks   int                   // that set the floors
	looking lookState
	again   bool      // another look is wanted, of what came since the present one began
	next    time.Time // when to look again
	failed  error     // why the last look found nothing
}

type lookState int

const (
	notLooking lookState = iota
	lookWaits            // for its time
	lookReads
)

// laneList is the lanes as a statement wants them.
type laneList struct {
	queues, kinds []int64
	ranks         []int16
	floors        []time.Time
	looks         int
}

// list returns what claims are given; empty: they step.
func (l *lanes) list() laneList {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := laneList{looks: l.looks}
	for key, floor := range l.floors {
		out.queues, out.kinds = append(out.queues, key.queue), append(out.kinds, key.kind)
		out.ranks, out.floors = append(out.ranks, key.rank), append(out.floors, floor)
	}
	return out
}

// follow learns from a claim that was given the list, at now, where the jobs of each lane began. A look
// that came in between knows better.
func (l *lanes) follow(list laneList, now time.Time, heads []pgtype.Timestamptz) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if list.looks != l.looks || len(heads) != len(list.queues) {
		return
	}
	for i, head := range heads {
		floor := now
		if head.Valid && head.Time.Before(now) {
			floor = head.Time
		}
		floor = floor.Add(-floorLag)
		key := laneKey{list.queues[i], list.kinds[i], list.ranks[i]}
		old, known := l.floors[key]
		if known && (floor.After(old) || old.After(now)) { // a clock may have been set back
			l.floors[key] = floor
		}
	}
}

// serve takes note of the lanes that jobs were claimed from.
func (l *lanes) serve(jobs []*job.Record) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var last laneNames
	for _, j := range jobs {
		names := laneNames{j.Queue, j.Kind, j.Priority}
		if names == last {
			continue
		}
		last = names
		if _, known := l.served[names]; known {
			continue
		}
		if l.served == nil {
			l.served = map[laneNames]laneKey{}
		}
		for some := range l.served {
			if len(l.served) < lanesKept {
				break
			}
			delete(l.served, some)
		}
		l.served[names] = laneKey{nameID(j.Queue), nameID(j.Kind), ^j.Priority}
	}
}

// set takes over what a look found at now: where the jobs of all lanes began, and how many dead entries
// there were. It tells whether a claim would have missed some.
func (l *lanes) set(heads map[laneKey]time.Time, now time.Time, dead int64) (missed bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	most := len(heads) + int(min(dead/laneCost, lanesKept))
	floors := make(map[laneKey]time.Time, most)
	for key, head := range heads {
		floor, known := l.floors[key]
		missed = missed || !known || head.Before(floor)
		floors[key] = head.Add(-floorLag)
	}
	keep := func(key laneKey, floor time.Time) {
		if _, found := heads[key]; !found && len(floors) < most {
			floors[key] = floor
		}
	}
	for _, key := range l.served {
		keep(key, now.Add(-floorLag))
	}
	for key, floor := range l.floors {
		keep(key, floor)
	}
	l.floors = floors
	l.looks++
	return missed
}

// forget makes claims step again.
func (l *lanes) forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.floors = nil
	l.looks++
}

// begin tells when the next look is due; false: one that waits, or one behind the present one, will do.
func (l *lanes) begin() (next time.Time, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch l.looking {
	case lookReads:
		l.again = true
		return time.Time{}, false
	case lookWaits:
		return time.Time{}, false
	}
	l.looking = lookWaits
	return l.next, true
}

// read says that a look is about to read.
func (l *lanes) read() {
	l.mu.Lock()
	l.looking = lookReads
	l.mu.Unlock()
}

// end is the end of a look, the next of which is due after a rest; again: it is wanted.
func (l *lanes) end(rest time.Duration, err error) (again bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	again = l.again
	l.looking, l.again, l.failed = notLooking, false, err
	l.next = time.Now().Add(rest)
	return again
}

// restAfter is how long there is no look at everything after one that took so long.
func restAfter(took time.Duration) time.Duration { return min(lookRest*took, lookBound) }

// lookSoon looks at all lanes once it is time, on a goroutine of the Store's.
func (s *Store) lookSoon() {
	next, ok := s.lanes.begin()
	if !ok {
		return
	}
	if !s.spawn(func(ctx context.Context) {
		if s.lanes.end(s.lookWhen(ctx, next)) {
			s.lookSoon()
		}
	}) {
		s.lanes.end(0, nil)
	}
}

// lookWhen waits for its time, looks, and tells how long to rest. If a look fails in a way in which
// others will, claims step.
func (s *Store) lookWhen(ctx context.Context, next time.Time) (rest time.Duration, err error) {
	if !pause(ctx, time.Until(next)) {
		return 0, nil // the Store was closed
	}
	s.lanes.read()
	ctx, cancel := context.WithTimeoutCause(ctx, lookBound, errLookBound)
	defer cancel()
	began := time.Now()
	took, err := s.lookAtLanes(ctx)
	if err == nil {
		return restAfter(took), nil
	}
	if !isUnavailable(err) {
		s.lanes.forget()
	}
	return max(time.Second, time.Since(began)), err
}

// lookAtLanes decides whether claims are given lanes, and which. It tells how long that took the server.
func (s *Store) lookAtLanes(ctx context.Context) (took time.Duration, err error) {
	heads, now, passed, took, err := s.readLanes(ctx)
	if err != nil {
		return 0, err
	}
	dead := passed - int64(slots*(len(heads)+1)) // a step reads an entry of each slot
	if dead < lanesDead {
		s.lanes.forget()
	} else if s.lanes.set(heads, now, dead) {
		s.hub.tell(ports.Hint{})
	}
	return took, nil
}

// readLanes finds the lanes that hold jobs at now, when the first job of each was due, how
// many entries of the index were passed for that, and how long it took the server.
func (s *Store) readLanes(ctx context.Context) (heads map[laneKey]time.Time, now time.Time, passed int64, took time.Duration, err error) {
	heads = map[laneKey]time.Time{}
	var us, before, after int64
	count := func(to *int64) func(row pgx.Row) error {
		return func(row pgx.Row) error { return row.Scan(&now, &us, to) }
	}
	batch := &pgx.Batch{}
	batch.Queue(begin)
	batch.Queue(s.sql.get("settings"), fmt.Sprintf("%dms", lookBound.Milliseconds()), "on", "on")
	batch.Queue(s.sql.get("lanes_passed")).QueryRow(count(&before))
	batch.Queue(s.sql.get("lanes"), bucket).Query(func(rows pgx.Rows) error {
		var key laneKey
		var head time.Time
		_, err := pgx.ForEachRow(rows, []any{&key.queue, &key.kind, &key.rank, &head}, func() error {
			heads[key] = head
			return nil
		})
		return err
	})
	batch.Queue(s.sql.get("lanes_passed")).QueryRow(count(&after))
	batch.Queue(commit)
	err = s.pipeline(ctx, batch)
	return heads, now, after - before, micros(us), err
}

// tendLanes has the lanes looked at, if ready is so large that it may be worth it, and tells why the last
// look failed.
func (s *Store) tendLanes(bytes int64) error {
	s.lanes.mu.Lock()
	err := s.lanes.failed
	s.lanes.failed = nil
	s.lanes.mu.Unlock()
	if bytes <= lanesBytes {
		s.lanes.forget()
	} else {
		s.lookSoon()
	}
	if errors.Is(err, context.Canceled) {
		return nil // the Store was closed
	}
	return err
}
