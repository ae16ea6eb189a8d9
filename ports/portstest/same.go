package portstest

import (
	"bytes"
	"encoding/json"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/core/job"
)

// requireSame compares records as far as the contract goes: JSON by its value,
// no tags like nil tags, and not Seq, whose steps are the store's own.
func requireSame(t failer, want, got *job.Record) {
	t.Helper()
	require.Equal(t, normal(want), normal(got))
}

func normal(r *job.Record) *job.Record {
	c := r.Clone()
	c.Seq = 0
	c.Payload = compact(c.Payload)
	if len(c.Tags) == 0 {
		c.Tags = nil
	}
	if len(c.Params) == 0 {
		c.Params = nil
	}
	for name, value := range c.Params {
		c.Params[name] = compact(value)
	}
	c.CreatedAt, c.RunAt, c.Deadline = job.Micro(c.CreatedAt), job.Micro(c.RunAt), job.Micro(c.Deadline)
	c.ClaimedAt, c.EndedAt = job.Micro(c.ClaimedAt), job.Micro(c.EndedAt)
	return c
}

func compact(text []byte) []byte {
	var out bytes.Buffer
	if json.Compact(&out, text) != nil {
		return text
	}
	return out.Bytes()
}
