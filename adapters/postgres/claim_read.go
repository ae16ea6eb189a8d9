package postgres

import (
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

// records puts those of claim_read.sql, which know the facts only, into run
// order and completes them. A job that is gone leaves no gap.
func (l *claimedLease) records(facts []*job.Record, lease job.Lease, worker string) []*job.Record {
	out := make([]*job.Record, len(l.jobs))
	var places map[job.ID]int // made if the order is not that of the ids
	next := 0
	for _, rec := range facts {
		if next == len(l.jobs) || l.jobs[next] != rec.ID {
			if places == nil {
				places = make(map[job.ID]int, len(l.jobs))
				for i, id := range l.jobs {
					places[id] = i
				}
			}
			next = places[rec.ID]
		}
		l.complete(rec, next)
		rec.State, rec.Lease, rec.Worker = job.Processing, lease, worker
		out[next] = rec
		next++
	}
	return slices.DeleteFunc(out, func(r *job.Record) bool { return r == nil })
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
