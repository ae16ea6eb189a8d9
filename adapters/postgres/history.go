package postgres

import (
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/task-tower/tasktower/core/job"
)

// stay is a row of history: how one stay of a job ended.
type stay struct {
	seq       int
	claimed   bool // it ended an attempt
	claimedAt time.Time
	endedAt   time.Time
	nextRunAt time.Time
	state     job.State
	cause     job.Cause
	attempt   int
	worker    string
	note      string
}

func scanStay(row pgx.CollectableRow) (stay, error) {
	var st stay
	var claimedAt, next *time.Time
	var state, cause int16
	err := row.Scan(&st.seq, &st.claimed, &claimedAt, &st.endedAt, &next, &state, &cause, &st.attempt, &st.worker, &st.note)
	st.claimedAt, st.endedAt, st.nextRunAt = utc(claimedAt), st.endedAt.UTC(), utc(next)
	st.state, st.cause = value(states, state), value(causes, cause)
	return st, err
}

// entries tells a job's transitions from how its stays ended and where it is.
//
// Not every transition has a row. The enqueue is in the facts; an attempt that
// ended was claimed before; a number missing among the stays is one in later
// that ended by becoming due.
func entries(rec *job.Record, firstDue time.Time, stays []stay) []job.Entry {
	first := job.Entry{At: rec.CreatedAt, State: job.Enqueued, Reason: "enqueue"}
	if firstDue.After(rec.CreatedAt) {
		first.State = job.Scheduled
	}
	out := []job.Entry{first}
	seq, attempt, due := 0, 0, firstDue
	promoted := func(next int) {
		if next > seq {
			out = append(out, job.Entry{At: due, State: job.Enqueued, Attempt: attempt, Reason: string(job.CauseDue)})
		}
	}
	claimed := func(at time.Time, worker string) {
		out = append(out, job.Entry{At: at, State: job.Processing, Attempt: attempt + 1, Worker: worker, Reason: string(job.CauseClaim)})
	}

	for _, st := range stays {
		promoted(st.seq)
		if st.claimed {
			claimed(st.claimedAt, st.worker)
		}
		reason := string(st.cause)
		if st.note != "" {
			reason += ": " + st.note
		}
		out = append(out, job.Entry{At: st.endedAt, State: st.state, Attempt: st.attempt, Worker: st.worker, Reason: reason})
		seq, attempt, due = st.seq+1, st.attempt, st.nextRunAt
	}
	promoted(rec.Seq)
	if rec.State == job.Processing {
		claimed(rec.ClaimedAt, rec.Worker)
	}
	return out
}
