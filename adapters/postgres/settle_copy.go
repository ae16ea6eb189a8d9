package postgres

import (
	"context"
	"encoding/binary"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/task-tower/tasktower/core/job"
)

// settleCopyFrom is how many successes make COPY worth its round trips.
const settleCopyFrom = 32

// settleByCopy stores a batch whose successes go into the history by COPY, which
// costs the server less than an INSERT does. That they may is checked
// here, under the locks of their leases; what cannot be told from the leases is
// left to the statement for results of any sort. A success that was stored before
// breaks the primary key, and the caller stores the batch in another way.
func (s *Store) settleByCopy(ctx context.Context, b *settledBatch) error {
	return s.pool.AcquireFunc(ctx, func(conn *pgxpool.Conn) error {
		err := s.settleOn(ctx, conn.Conn(), b)
		if err != nil && conn.Conn().PgConn().TxStatus() != 'I' {
			_, _ = conn.Exec(ctx, "ROLLBACK") // if that fails too, the pool drops the connection
		}
		return err
	})
}

func (s *Store) settleOn(ctx context.Context, conn *pgx.Conn, b *settledBatch) error {
	leases := b.leases()
	var held []heldLease
	var asked bool
	batch := &pgx.Batch{}
	batch.Queue(begin)
	batch.Queue(s.sql.get("settings"), s.bound, "off", "on")
	batch.Queue(s.sql.get("settle_hold"), bucket, leases).Query(func(rows pgx.Rows) (err error) {
		held, b.held, err = readHeld(rows)
		return err
	})
	batch.Queue(s.sql.get("settle_asked"), bucket).QueryRow(func(row pgx.Row) error { return row.Scan(&asked) })
	if err := conn.SendBatch(ctx, batch).Close(); err != nil {
		return err
	}

	b.setAside()
	successes, rest := b.successes(held)
	row := func(out copyBuffer, i int) copyBuffer { return out.success(successes[i]) }
	if err := copyIn(ctx, conn, s.sql.get("settle_copy"), len(successes), false, row); err != nil {
		return err
	}
	batch = &pgx.Batch{}
	if len(successes) > 0 {
		var closing []int64
		var counts []int32
		for i := range held {
			if h := &held[i]; h.settled > 0 {
				closing, counts = append(closing, h.id), append(counts, h.settled)
			}
		}
		ids := []pgtype.UUID{}
		if asked {
			for _, r := range successes {
				ids = append(ids, uuid(r.ID))
			}
		}
		batch.Queue(s.sql.get("settle_close"), bucket, closing, counts, ids)
	}
	if err := s.queueOthers(batch, b, append(rest, b.others...)); err != nil {
		return err
	}
	batch.Queue(commit)
	return conn.SendBatch(ctx, batch).Close()
}

// heldLease is a locked lease and what it holds.
type heldLease struct {
	id        int64
	claimedAt time.Time
	jobs      []job.ID
	seqs      []int32 // nil: all 0
	next      int     // where the search for the next job begins
	settled   int32
}

// readHeld reads the rows of settle_hold.sql: the leases that are ours now, and the
// ids of those that somebody else has locked.
func readHeld(rows pgx.Rows) (ours []heldLease, theirs []int64, err error) {
	var h heldLease
	var claimed *time.Time
	var ids pgtype.UndecodedBytes
	_, err = pgx.ForEachRow(rows, []any{&h.id, &claimed, &ids, &h.seqs}, func() (err error) {
		if claimed == nil {
			theirs = append(theirs, h.id)
			return nil
		}
		h.claimedAt = *claimed
		h.jobs, err = readIDs(ids)
		ours = append(ours, h)
		h.seqs = nil // the one before keeps them
		return err
	})
	return ours, theirs, err
}

// setAside takes the results under leases that somebody else has locked out of the batch.
func (b *settledBatch) setAside() {
	if len(b.held) == 0 {
		return
	}
	theirs := func(place int) bool {
		busy := slices.Contains(b.held, int64(b.results[place].Lease))
		if busy {
			b.busy = append(b.busy, place)
		}
		return busy
	}
	b.completed, b.others = slices.DeleteFunc(b.completed, theirs), slices.DeleteFunc(b.others, theirs)
}

// holds tells whether the lease holds the job in this stay. Jobs that are asked
// for in the order of the claim are found at once.
func (h *heldLease) holds(id job.ID, seq int) bool {
	for range h.jobs {
		at := h.next
		if h.next++; h.next == len(h.jobs) {
			h.next = 0
		}
		if h.jobs[at] == id {
			return h.seqs == nil && seq == 0 || h.seqs != nil && int(h.seqs[at]) == seq
		}
	}
	return false
}

// heldSuccess is one that its lease holds.
type heldSuccess struct {
	*job.Settlement
	claimedAt time.Time
}

// successes are those that the leases hold; rest are the places of the others.
func (b *settledBatch) successes(held []heldLease) (out []heldSuccess, rest []int) {
	out = make([]heldSuccess, 0, len(b.completed))
	var h *heldLease
	for _, place := range b.completed {
		r := b.results[place]
		if h == nil || h.id != int64(r.Lease) {
			h = find(held, int64(r.Lease))
		}
		if h == nil || r.StartedAt.IsZero() || r.EndedAt.IsZero() || !h.holds(r.ID, r.Seq) {
			rest = append(rest, place)
			continue
		}
		h.settled++
		out = append(out, heldSuccess{r, h.claimedAt})
	}
	return out, rest
}

// success is a row of settle_copy.sql.
func (b copyBuffer) success(r heldSuccess) copyBuffer {
	b = binary.BigEndian.AppendUint16(b, 13)
	b = b.int32(bucket).int32(int32(r.Seq)).id(r.ID).int64(int64(r.Lease))
	b = b.time(r.claimedAt).time(r.StartedAt).time(r.EndedAt)
	b = b.int16(code(states, job.Completed)).int16(code(causes, job.CauseSuccess))
	return b.int16(small(r.Attempt)).int16(small(r.Failures)).int16(small(r.Crashes)).bool(true)
}

// find looks up one of a few leases.
func find(held []heldLease, id int64) *heldLease {
	for i := range held {
		if held[i].id == id {
			return &held[i]
		}
	}
	return nil
}
