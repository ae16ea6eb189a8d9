package postgres

import (
	"encoding/json"
	"math"
	"time"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/task-tower/tasktower/core/job"
)

// columns are the parameters of settle_completed.sql.
type columns struct {
	ids                         []pgtype.UUID
	leases                      []int64
	seqs                        []int32
	attempts, failures, crashes []int16
	started, ended              []pgtype.Timestamptz
}

func newColumns(n int) *columns {
	return &columns{
		ids: make([]pgtype.UUID, 0, n), leases: make([]int64, 0, n), seqs: make([]int32, 0, n),
		attempts: make([]int16, 0, n), failures: make([]int16, 0, n), crashes: make([]int16, 0, n),
		started: make([]pgtype.Timestamptz, 0, n), ended: make([]pgtype.Timestamptz, 0, n),
	}
}

func (c *columns) add(r *job.Settlement) {
	c.ids = append(c.ids, uuid(r.ID))
	c.leases = append(c.leases, int64(r.Lease))
	c.seqs = append(c.seqs, int32(min(max(r.Seq, -1), math.MaxInt32)))
	c.attempts = append(c.attempts, small(r.Attempt))
	c.failures = append(c.failures, small(r.Failures))
	c.crashes = append(c.crashes, small(r.Crashes))
	c.started = append(c.started, stamp(r.StartedAt))
	c.ended = append(c.ended, stamp(r.EndedAt))
}

func stamp(t time.Time) pgtype.Timestamptz {
	return pgtype.Timestamptz{Time: t.Truncate(time.Microsecond), Valid: !t.IsZero()}
}

// small keeps a count within the column; no job gets so far.
func small(n int) int16 { return int16(min(max(n, 0), 1<<15-1)) }

// settleRow is one result as settle.sql reads it.
type settleRow struct {
	Place      int           `json:"place"`
	ID         job.ID        `json:"job_id"`
	Lease      job.Lease     `json:"lease_id"`
	Seq        int           `json:"seq"`
	State      int16         `json:"state"`
	Cause      int16         `json:"cause"`
	DeadReason int16         `json:"dead_reason,omitempty"`
	Note       string        `json:"note,omitempty"`
	Wait       int64         `json:"wait_us"`
	Attempt    int16         `json:"attempt"`
	Failures   int16         `json:"failures"`
	Crashes    int16         `json:"crashes"`
	StartedAt  *time.Time    `json:"started_at,omitempty"`
	EndedAt    *time.Time    `json:"ended_at,omitempty"`
	Notice     bool          `json:"notice"`
	Keyed      bool          `json:"keyed"`
	Failure    *settleReason `json:"failure,omitempty"`
}

type settleReason struct {
	Type    string `json:"type"`
	Message string `json:"message"`
	Stack   string `json:"stack"`
}

func settleText(results []*job.Settlement, places []int) (string, error) {
	rows := make([]settleRow, len(places))
	for i, place := range places {
		r := results[place]
		rows[i] = settleRow{
			Place: place, ID: r.ID, Lease: r.Lease, Seq: r.Seq,
			State: code(states, r.To), Cause: code(causes, r.Cause), DeadReason: code(reasons, r.DeadReason),
			Note: r.Note, Wait: r.Wait.Microseconds(),
			Attempt: small(r.Attempt), Failures: small(r.Failures), Crashes: small(r.Crashes),
			StartedAt: moment(r.StartedAt), EndedAt: moment(r.EndedAt), Notice: r.Notice, Keyed: r.UniqueKey,
		}
		if f := r.Failure; f != nil {
			rows[i].Failure = &settleReason{Type: f.Type, Message: f.Message, Stack: f.Stack}
		}
	}
	text, err := json.Marshal(rows)
	return string(text), err
}

func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = job.Micro(t)
	return &t
}
