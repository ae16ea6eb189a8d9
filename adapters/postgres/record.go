package postgres

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/task-tower/tasktower/core/job"
)

// row receives the columns that every statement about jobs begins with, in
// their order. Pointers receive what may be null.
type row struct {
	rec         job.Record
	payload     string
	params      *string
	maxRetries  int16
	retry       *string
	timeout     *int64
	deadline    *time.Time
	displayName *string
	uniqueKey   *string
	uniqueFor   *int64
	claimedAt   *time.Time
	seq         int32
	attempt     int16
	failures    int16
	crashes     int16

	state      int16
	deadReason *int16
	endedAt    *time.Time
}

func (r *row) facts() []any {
	rec := &r.rec
	return []any{(*[16]byte)(&rec.ID), &rec.Kind, &rec.Queue, &rec.Priority, &r.payload, &r.params, &rec.Tags,
		&r.maxRetries, &r.retry, &r.timeout, &r.deadline, &r.displayName, &r.uniqueKey, &r.uniqueFor, &rec.CreatedAt,
		&rec.RunAt, &r.claimedAt, &r.seq, &r.attempt, &r.failures, &r.crashes}
}

// place are the columns that get.sql adds.
func (r *row) place() []any {
	return []any{&r.state, &r.deadReason, &r.endedAt, (*int64)(&r.rec.Lease), &r.rec.Worker}
}

// record makes the record of what was scanned.
func (r *row) record() (*job.Record, error) {
	rec := r.rec
	rec.Payload = []byte(r.payload)
	if r.params != nil {
		if err := json.Unmarshal([]byte(*r.params), &rec.Params); err != nil {
			return nil, fmt.Errorf("job %s: read its parameters: %w", rec.ID, err)
		}
	}
	if len(rec.Tags) == 0 {
		rec.Tags = nil
	}
	rec.MaxRetries = int(r.maxRetries)
	rec.Retry, rec.DisplayName, rec.UniqueKey = or(r.retry), or(r.displayName), or(r.uniqueKey)
	rec.Timeout, rec.UniqueFor = micros(or(r.timeout)), micros(or(r.uniqueFor))
	rec.Deadline, rec.ClaimedAt, rec.EndedAt = utc(r.deadline), utc(r.claimedAt), utc(r.endedAt)
	rec.CreatedAt, rec.RunAt = rec.CreatedAt.UTC(), rec.RunAt.UTC()
	rec.Seq, rec.Attempt, rec.Failures, rec.Crashes = int(r.seq), int(r.attempt), int(r.failures), int(r.crashes)
	rec.State = value(states, r.state)
	if r.deadReason != nil {
		rec.DeadReason = value(reasons, *r.deadReason)
	}
	return &rec, nil
}

// collect scans the rows of a statement about jobs; placed for get.sql.
func collect(rows pgx.Rows, placed bool) ([]*job.Record, error) {
	defer rows.Close()
	var out []*job.Record
	for rows.Next() {
		var r row
		into := r.facts()
		if placed {
			into = append(into, r.place()...)
		}
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		rec, err := r.record()
		if err != nil {
			return nil, err
		}
		out = append(out, rec)
	}
	return out, rows.Err()
}

func or[T any](p *T) T {
	var zero T
	if p == nil {
		return zero
	}
	return *p
}

func utc(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.UTC()
}
