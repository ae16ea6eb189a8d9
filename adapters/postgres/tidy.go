package postgres

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
)

// The ring of ready.
const (
	slots = 4
	// turnBytes is how large the present slot gets before the ring turns away
	// from it: 16 pages, about a thousand rows.
	turnBytes = 16 * 8192
	// tidyTurn is how long a turn to look after the slots lasts.
	tidyTurn = 250 * time.Millisecond
	// drainedCheap is how long it may take to find that a slot is drained, without a rest after it.
	drainedCheap = 20 * time.Millisecond
	// tidyLock is the advisory lock of whoever frees slots, which may take longer than
	// a turn; the others are buckets'.
	tidyLock int32 = -1
)

// Tidy keeps the table ready small, whatever snapshots are held: it turns the
// ring to an empty slot when the present one has grown, and frees the others
// that are drained. Every worker may call it, about twice a second: of all of them
// one has the turn. A turn takes a few milliseconds and waits for nobody but the
// holder of the bucket.
func (s *Store) Tidy(ctx context.Context) error {
	ctx, cancel, err := s.call(ctx)
	if err != nil {
		return translate("tidy", err)
	}
	defer cancel()
	ring, turn, err := s.ring(ctx)
	if err != nil {
		return translate("tidy", err)
	}
	err = s.tendLanes(ring.bytes[0] + ring.bytes[1] + ring.bytes[2] + ring.bytes[3])
	if turn {
		err = errors.Join(err, s.turn(ctx, ring))
	}
	return translate("tidy", err)
}

// turn turns the ring, and frees what is drained. To find that a slot is drained may take long while
// somebody keeps it from being freed, so then it is not looked for again soon.
func (s *Store) turn(ctx context.Context, ring ring) error {
	if next := ring.next(); next != ring.present {
		if _, err := s.pool.Exec(ctx, s.sql.get("tidy_turn"), next, ring.present); err != nil {
			return err
		}
		ring.present = next
	}
	if time.Now().UnixNano() < s.freeing.Load() {
		return nil
	}
	for slot := range slots {
		if slot == ring.present || ring.bytes[slot] == 0 {
			continue
		}
		began := time.Now()
		drained, took, err := s.drained(ctx, slot)
		if err != nil {
			took = time.Since(began) // the server may have given up
		}
		if took > drainedCheap {
			s.freeing.Store(time.Now().Add(restAfter(took)).UnixNano())
		}
		if drained && err == nil {
			err = s.free(ctx, slot)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// drained tells whether a slot may be freed, and how long it took the server to find out.
func (s *Store) drained(ctx context.Context, slot int) (drained bool, took time.Duration, err error) {
	batch := &pgx.Batch{}
	batch.Queue(begin)
	batch.Queue(s.sql.get("settings"), s.bound, "on", "on")
	s.queueDrained(batch, slot, &drained, &took)
	batch.Queue(commit)
	err = s.pipeline(ctx, batch)
	return drained && err == nil, took, err
}

func (s *Store) queueDrained(batch *pgx.Batch, slot int, drained *bool, took *time.Duration) {
	batch.Queue(s.sql.get("tidy_empty_" + strconv.Itoa(slot))).QueryRow(func(row pgx.Row) error {
		var us int64
		err := row.Scan(drained, &us)
		*took = micros(us)
		return err
	})
}

// ring is the size of each slot, and the one that new rows go to.
type ring struct {
	present int
	bytes   [slots]int64
}

// ring also tells whether it is this worker's turn.
func (s *Store) ring(ctx context.Context) (r ring, turn bool, err error) {
	err = s.pool.QueryRow(ctx, s.sql.get("tidy_sizes"), tidyTurn.Milliseconds(), turnBytes).
		Scan(&turn, &r.present, &r.bytes[0], &r.bytes[1], &r.bytes[2], &r.bytes[3])
	return r, turn, err
}

// next is the slot that new rows are to go to: the next empty one once the
// present one has grown.
func (r ring) next() int {
	if r.bytes[r.present] < turnBytes {
		return r.present
	}
	for step := 1; step < slots; step++ {
		if slot := (r.present + step) % slots; r.bytes[slot] == 0 {
			return slot
		}
	}
	return r.present
}

// free truncates a slot if it is still drained and nobody is in it. It holds the lock
// of the bucket, so no claim is inside, and waits for no other lock, so nobody
// queues behind it. If somebody else is in the slot, or is about it, the next turn looks again.
func (s *Store) free(ctx context.Context, slot int) error {
	name := strconv.Itoa(slot)
	err := s.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		var mine, drained bool
		var took time.Duration
		if err := tx.QueryRow(ctx, s.sql.get("tidy_try"), s.class, tidyLock).Scan(&mine); err != nil || !mine {
			return err
		}
		batch := &pgx.Batch{}
		batch.Queue(s.sql.get("lock_bucket"), s.class, bucket, bucketPatience)
		batch.Queue(s.sql.get("tidy_lock_" + name))
		s.queueDrained(batch, slot, &drained, &took)
		if err := tx.SendBatch(ctx, batch).Close(); err != nil || !drained {
			return err
		}
		_, err := tx.Exec(ctx, s.sql.get("tidy_truncate_"+name))
		return err
	})
	if isBusy(err) {
		return nil
	}
	return err
}
