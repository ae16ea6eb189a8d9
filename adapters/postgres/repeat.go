package postgres

import (
	"bytes"
	"context"
	"time"

	"github.com/task-tower/tasktower/core/job"
)

// earlier is what is stored under an id that a call wants to store.
type earlier struct {
	kind, queue, payload                  string
	params, retry, displayName, uniqueKey *string
	priority                              int16
	maxRetries                            int
	timeout, deadline, uniqueFor          *int64
	createdAt, runAt                      time.Time
}

// existing reads what is stored under the ids of specs.
func (s *Store) existing(ctx context.Context, d door, specs []*job.Spec) (map[job.ID]earlier, error) {
	out := map[job.ID]earlier{}
	ids := make([]job.ID, len(specs))
	for i, spec := range specs {
		ids[i] = spec.ID
	}
	var id string
	var e earlier
	var created, due int64
	into := []any{&id, &e.kind, &e.queue, &e.priority, &e.payload, &e.params, &e.maxRetries, &e.retry, &e.timeout,
		&e.deadline, &e.displayName, &e.uniqueKey, &e.uniqueFor, &created, &due}
	err := each(ctx, d, s.sql.get("enqueue_existing"), []any{bucket, idText(ids)}, into, func() error {
		known, err := job.ParseID(id)
		e.createdAt, e.runAt = parseEpoch(created), parseEpoch(due)
		out[known] = e
		return err
	})
	return out, err
}

// repeats tells whether the spec is the one that was stored, as far as nothing
// could have changed since: tags may.
func (e earlier) repeats(s *job.Spec) bool {
	params := ""
	if len(s.Params) > 0 {
		params = string(paramsOf(s))
	}
	deadline := int64(0)
	if at := s.DeadlineAt(e.createdAt); !at.IsZero() {
		deadline = at.UnixMicro()
	}
	return e.kind == s.Kind && e.queue == s.Queue && e.priority == s.Priority &&
		bytes.Equal([]byte(e.payload), payloadOf(s)) && or(e.params) == params &&
		e.maxRetries == s.MaxRetries && or(e.retry) == s.Retry && or(e.displayName) == s.DisplayName &&
		or(e.uniqueKey) == s.UniqueKey && or(e.uniqueFor) == s.UniqueFor.Microseconds() &&
		or(e.timeout) == s.Timeout.Microseconds() && or(e.deadline) == deadline &&
		e.runAt.Equal(s.DueAt(e.createdAt))
}
