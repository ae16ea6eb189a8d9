package postgres

import (
	"encoding/json"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/task-tower/tasktower/core/job"
)

// row receives the columns that every statement about jobs begins with, in
// their order. One row receives all rows of an answer, one after the other.
type row struct {
	rec         job.Record // what needs no conversion
	kind        name
	queue       name
	payload     []byte
	params      *string
	maxRetries  int16
	retry       *string
	timeout     *int64
	deadline    pgtype.Timestamptz
	displayName *string
	uniqueKey   *string
	uniqueFor   *int64
	claimedAt   pgtype.Timestamptz
	seq         int32
	attempt     int16
	failures    int16
	crashes     int16

	state      int16
	deadReason *int16
	endedAt    pgtype.Timestamptz

	space []job.Record // for the next records; one allocation makes many
}

// recordsAtOnce bounds what one record that stays in memory keeps there.
const recordsAtOnce = 32

// name is a text of which there are few: equal ones share memory.
type name struct {
	text string
	seen map[string]string
}

// ScanBytes implements pgtype.BytesScanner.
func (n *name) ScanBytes(b []byte) error {
	text, ok := n.seen[string(b)]
	if !ok {
		if n.seen == nil {
			n.seen = map[string]string{}
		}
		text = string(b)
		n.seen[text] = text
	}
	n.text = text
	return nil
}

func (r *row) facts() []any {
	rec := &r.rec
	return []any{(*[16]byte)(&rec.ID), &r.kind, &r.queue, &rec.Priority, &r.payload, &r.params, &rec.Tags,
		&r.maxRetries, &r.retry, &r.timeout, &r.deadline, &r.displayName, &r.uniqueKey, &r.uniqueFor, &rec.CreatedAt,
		&rec.RunAt}
}

// place are the columns that get.sql adds.
func (r *row) place() []any {
	return []any{&r.claimedAt, &r.seq, &r.attempt, &r.failures, &r.crashes,
		&r.state, &r.deadReason, &r.endedAt, (*int64)(&r.rec.Lease), &r.rec.Worker}
}

// record makes the record of what was scanned. What stands in it does not make it
// fail: plain SQL may have stored it, and others are read with it.
func (r *row) record() *job.Record {
	if len(r.space) == 0 {
		r.space = make([]job.Record, recordsAtOnce)
	}
	rec := &r.space[0]
	r.space = r.space[1:]
	*rec = r.rec
	rec.Kind, rec.Queue, rec.Payload, rec.Params = r.kind.text, r.queue.text, r.payload, nil
	if r.params != nil {
		if err := json.Unmarshal([]byte(*r.params), &rec.Params); err != nil {
			rec.Params, rec.Unreadable = nil, &job.UnreadableError{Part: "parameters", Err: err}
		}
	}
	if len(rec.Tags) == 0 {
		rec.Tags = nil
	}
	rec.MaxRetries = int(r.maxRetries)
	rec.Retry, rec.DisplayName, rec.UniqueKey = or(r.retry), or(r.displayName), or(r.uniqueKey)
	rec.Timeout, rec.UniqueFor = micros(or(r.timeout)), micros(or(r.uniqueFor))
	rec.Deadline, rec.ClaimedAt, rec.EndedAt = r.deadline.Time.UTC(), r.claimedAt.Time.UTC(), r.endedAt.Time.UTC()
	rec.CreatedAt, rec.RunAt = rec.CreatedAt.UTC(), rec.RunAt.UTC()
	rec.Seq, rec.Attempt, rec.Failures, rec.Crashes = int(r.seq), int(r.attempt), int(r.failures), int(r.crashes)
	rec.State = value(states, r.state)
	if r.deadReason != nil {
		rec.DeadReason = value(reasons, *r.deadReason)
	}
	return rec
}

// collect scans the rows of a statement about jobs; placed for get.sql.
func collect(rows pgx.Rows, placed bool) ([]*job.Record, error) {
	defer rows.Close()
	var r row
	into := r.facts()
	if placed {
		into = append(into, r.place()...)
	}
	var out []*job.Record
	for rows.Next() {
		r.payload, r.rec.Tags = nil, nil // the record before keeps them
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		out = append(out, r.record())
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
