package postgres

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/task-tower/tasktower/core/job"
)

// claimedLease is what a claim took: the jobs in run order, and beside them, if any is
// not in its first stay, what each carries on with.
type claimedLease struct {
	claimedAt                   time.Time
	jobs                        []job.ID
	seqs                        []int32 // nil: all are in their first stay
	attempts, failures, crashes []int16
	runAts                      []pgtype.Timestamptz
}

// scan reads the row of claim_held.sql; without one nothing was taken.
func (l *claimedLease) scan(row pgx.Row) error {
	var ids pgtype.UndecodedBytes
	err := row.Scan(&l.claimedAt, &ids, &l.seqs, &l.attempts, &l.failures, &l.crashes, &l.runAts)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	if err == nil {
		l.jobs, err = readIDs(ids)
	}
	return err
}

// claimedRead is the reading of what a claim took.
type claimedRead struct {
	lease  job.Lease
	worker string // known once the claim is answered
	held   claimedLease
	jobs   []*job.Record
	gaps   bool // of some jobs nothing was read: they are gone, or lie elsewhere
}

// spreadClaims is how many claims are read job by job after one whose jobs were not neighbours.
const spreadClaims = 64

// readClaimed sends the batch of a claim and with it the reading, in a transaction of its own:
// the implicit one that what follows a COMMIT in a batch makes. Jobs that were enqueued
// together are mostly claimed together; when they were not, each is looked for.
func (s *Store) readClaimed(ctx context.Context, conn *pgx.Conn, batch *pgx.Batch, r *claimedRead) ([]*job.Record, error) {
	near := s.spread.Load() <= 0
	if !near {
		s.spread.Add(-1)
	}
	s.queueRead(batch, r, near)
	err := conn.SendBatch(ctx, batch).Close()
	if !near || !r.gaps {
		return r.jobs, err
	}
	s.spread.Store(spreadClaims)
	if err != nil {
		return nil, err
	}
	batch = &pgx.Batch{}
	s.queueRead(batch, r, false)
	err = conn.SendBatch(ctx, batch).Close()
	return r.jobs, err
}

// queueRead adds the reading, as that of neighbours or job by job.
func (s *Store) queueRead(batch *pgx.Batch, r *claimedRead, near bool) {
	batch.Queue(s.sql.get("settings"), s.bound, "on", "on")
	batch.Queue(s.sql.get("claim_held"), bucket, int64(r.lease)).QueryRow(r.held.scan)
	read := "claim_read"
	if near {
		read = "claim_read_near"
	}
	batch.Queue(s.sql.get(read), bucket, int64(r.lease)).Query(func(rows pgx.Rows) error {
		facts, err := collect(rows, false)
		r.take(facts) // after an error they have gaps
		return err
	})
	if s.config.DurableClaims {
		batch.Queue(s.sql.get("claim_flush"), bucket, int64(r.lease))
	}
}

// take puts records, which have the facts only, into run order and completes them. Those
// of other jobs are left out. A job that is gone leaves no gap in the order.
func (r *claimedRead) take(facts []*job.Record) {
	jobs := r.held.jobs
	out := make([]*job.Record, len(jobs))
	var places map[job.ID]int // made if the order is not that of the ids
	next := 0
	for _, rec := range facts {
		if next == len(jobs) || jobs[next] != rec.ID {
			if places == nil {
				places = make(map[job.ID]int, len(jobs))
				for i, id := range jobs {
					places[id] = i
				}
			}
			place, ours := places[rec.ID]
			if !ours {
				continue
			}
			next = place
		}
		r.held.complete(rec, next)
		rec.State, rec.Lease, rec.Worker = job.Processing, r.lease, r.worker
		out[next] = rec
		next++
	}
	r.jobs = slices.DeleteFunc(out, func(rec *job.Record) bool { return rec == nil })
	r.gaps = len(r.jobs) < len(jobs)
}

func (l *claimedLease) complete(rec *job.Record, place int) {
	rec.ClaimedAt, rec.Attempt = l.claimedAt.UTC(), 1
	if l.seqs == nil {
		return
	}
	rec.Seq, rec.Attempt = int(l.seqs[place]), int(l.attempts[place])
	rec.Failures, rec.Crashes = int(l.failures[place]), int(l.crashes[place])
	if at := l.runAts[place]; at.Valid {
		rec.RunAt = at.Time.UTC()
	}
}
