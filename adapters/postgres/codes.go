package postgres

import (
	"slices"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/task-tower/tasktower/core/job"
)

// The codes of states, causes and reasons are their places in these lists,
// counted from 1. The schema's first migration lists them too.
var (
	states  = job.States()
	causes  = []job.Cause{job.CauseDue, job.CauseClaim, job.CauseSuccess, job.CauseFailure, job.CauseSnooze, job.CauseRelease, job.CauseRescue, job.CauseCancel, job.CauseDeadline, job.CauseRequeue}
	reasons = []job.DeadReason{job.DeadRetries, job.DeadDeadline, job.DeadPoison, job.DeadRejected}
)

// code is the number of a value; 0 if it has none.
func code[T comparable](list []T, value T) int16 {
	return int16(slices.Index(list, value) + 1)
}

// value is what a code stands for; the zero value for a code that means nothing.
func value[T comparable](list []T, code int16) T {
	var none T
	if code < 1 || int(code) > len(list) {
		return none
	}
	return list[code-1]
}

func uuid(id job.ID) pgtype.UUID { return pgtype.UUID{Bytes: id, Valid: true} }

func uuids(ids []job.ID) []pgtype.UUID {
	out := make([]pgtype.UUID, len(ids))
	for i, id := range ids {
		out[i] = uuid(id)
	}
	return out
}
