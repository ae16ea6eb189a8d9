package postgres

import (
	"context"
	"maps"
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
// since then leaves an entry to be read. Claims then look at the lanes that this Store
// knows, each from its floor on.
//
// What lies below a floor, and lanes that are not known, are found by a look at everything,
// which locks nothing and happens often if it is cheap. Once seen, or claimed from, a lane
// stays known.
const (
	// lanesDead is how many dead entries a look must pass for lanes to be known from then on.
	lanesDead = 2000
	// laneLag is how far a floor stays behind the first job of its lane: transactions that began
	// earlier may be open still.
	laneLag = time.Second
	// lookRest is how many times as long as a look at everything took there is none.
	lookRest = 20
	// lanesKept is how many lanes without jobs stay known, about.
	lanesKept = 1000
	// lanesBytes is the size of ready up to which nobody looks.
	lanesBytes = slots * turnBytes
)

// laneKey is what jobs have in common that stand in one line.
type laneKey struct {
	queue, kind int64
	rank        int16
}

// knownLanes are those that claims look at. It is safe for many goroutines.
type knownLanes struct {
	mu     sync.Mutex
	served map[laneNames]laneKey // those that were claimed from
	floors map[laneKey]time.Time // of those that claims look at; nil: they step
	next   time.Time             // when to look again
}

type laneNames struct {
	queue, kind string
	priority    int16
}

// laneList is the lanes as a statement wants them.
type laneList struct {
	queues, kinds []int64
	ranks         []int16
	floors        []time.Time
}

// known returns nil if claims are to step.
func (l *knownLanes) known() *laneList {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.floors == nil {
		return nil
	}
	var out laneList
	for key, floor := range l.floors {
		out.queues, out.kinds = append(out.queues, key.queue), append(out.kinds, key.kind)
		out.ranks, out.floors = append(out.ranks, key.rank), append(out.floors, floor)
	}
	return &out
}

// raise learns from a claim that looked at the list, at now, where the jobs of each lane began. A look
// that found something meanwhile knows better.
func (l *knownLanes) raise(list *laneList, now time.Time, heads []pgtype.Timestamptz) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, head := range heads {
		floor := now.Add(-laneLag)
		if head.Valid {
			floor = head.Time.Add(-laneLag)
		}
		key := laneKey{list.queues[i], list.kinds[i], list.ranks[i]}
		if old, known := l.floors[key]; known && old.Equal(list.floors[i]) && floor.After(old) {
			l.floors[key] = floor
		}
	}
}

// serve takes note of the lanes that jobs were claimed from.
func (l *knownLanes) serve(jobs []*job.Record) {
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
		if l.served == nil || len(l.served) >= lanesKept {
			l.served = map[laneNames]laneKey{}
		}
		l.served[names] = laneKey{nameID(j.Queue), nameID(j.Kind), ^j.Priority}
	}
}

// saw learns from a look, at now, where the jobs of all lanes began, and tells whether that
// was news.
func (l *knownLanes) saw(heads map[laneKey]time.Time, now time.Time) (news bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	floors := make(map[laneKey]time.Time, len(heads)+len(l.served))
	for _, key := range l.served {
		floors[key] = now.Add(-laneLag)
	}
	if len(l.floors) < len(heads)+lanesKept {
		maps.Copy(floors, l.floors)
	}
	for key, head := range heads {
		floor, known := floors[key]
		news = news || !known || head.Before(floor)
		floors[key] = head.Add(-laneLag)
	}
	l.floors = floors
	return news
}

// forget makes claims step again.
func (l *knownLanes) forget() {
	l.mu.Lock()
	l.floors = nil
	l.mu.Unlock()
}

// due tells whether to look.
func (l *knownLanes) due() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return !time.Now().Before(l.next)
}

// rest puts off the next look.
func (l *knownLanes) rest(took time.Duration) {
	l.mu.Lock()
	l.next = time.Now().Add(lookRest * took)
	l.mu.Unlock()
}

// lookAtLanes decides, now and then, whether claims look at known lanes, and at which.
// bytes is the size of ready.
func (s *Store) lookAtLanes(ctx context.Context, bytes int64) error {
	if bytes <= lanesBytes {
		s.lanes.forget()
		return nil
	}
	if !s.lanes.due() {
		return nil
	}
	began := time.Now()
	heads, now, passed, err := s.readLanes(ctx)
	s.lanes.rest(time.Since(began))
	switch {
	case err != nil:
		return err
	case passed < int64(len(heads)+lanesDead):
		s.lanes.forget()
	case s.lanes.saw(heads, now):
		s.hub.tell(ports.Hint{})
	}
	return nil
}

// readLanes finds the lanes that hold jobs, when the first job of each was due, and how
// many entries of the index it took to find them.
func (s *Store) readLanes(ctx context.Context) (heads map[laneKey]time.Time, now time.Time, passed int64, err error) {
	heads = map[laneKey]time.Time{}
	err = s.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		clear(heads)
		var before, after int64
		count := func(to *int64) func(row pgx.Row) error {
			return func(row pgx.Row) error { return row.Scan(&now, to) }
		}
		batch := &pgx.Batch{}
		batch.Queue(s.sql.get("lanes_passed")).QueryRow(count(&before))
		batch.Queue(s.sql.get("lanes"), bucket).Query(func(rows pgx.Rows) error {
			var found laneKey
			var head time.Time
			_, err := pgx.ForEachRow(rows, []any{&found.queue, &found.kind, &found.rank, &head}, func() error {
				heads[found] = head
				return nil
			})
			return err
		})
		batch.Queue(s.sql.get("lanes_passed")).QueryRow(count(&after))
		err := tx.SendBatch(ctx, batch).Close()
		passed = after - before
		return err
	})
	return heads, now, passed, err
}
