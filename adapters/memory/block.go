package memory

import (
	"bytes"
	"slices"
	"time"

	"github.com/task-tower/tasktower/core/job"
)

// blockRows is how many rows share an allocation: few, since a block is freed as a whole.
const blockRows = 16

// block hands out rows, several to an allocation.
type block struct {
	rows []row
	left int // rows still to be asked for
}

func newBlock(n int) *block { return &block{left: n} }

// row is a fresh row of the spec, dated now, that shares nothing with it.
func (b *block) row(spec *job.Spec, now time.Time) *row {
	if len(b.rows) == 0 {
		b.rows = make([]row, max(1, min(b.left, blockRows)))
	}
	r := &b.rows[0]
	b.rows = b.rows[1:]
	b.left--

	r.rec = *job.NewRecord(spec, now)
	r.rec.Seq = 1
	r.rec.Payload = bytes.Clone(spec.Payload)
	r.rec.Params = cloneParams(spec.Params)
	r.rec.Tags = slices.Clone(spec.Tags)
	r.note(entry{at: now.UnixMicro(), state: r.rec.State, reason: reasonEnqueue})
	return r
}

// reasonEnqueue is the reason of a job's first entry.
const reasonEnqueue = "enqueue"

func cloneParams(p job.Params) job.Params {
	if p == nil {
		return nil
	}
	c := make(job.Params, len(p))
	for name, value := range p {
		c[name] = bytes.Clone(value)
	}
	return c
}

// copyOf is a record that the caller owns entirely.
func copyOf(r *row) *job.Record {
	rec := r.rec
	rec.Payload = bytes.Clone(rec.Payload)
	rec.Params = cloneParams(rec.Params)
	rec.Tags = slices.Clone(rec.Tags)
	return &rec
}

// copies are records that the caller owns, in two allocations for all of them.
func copies(rows []*row) []*job.Record {
	size := 0
	for _, r := range rows {
		size += len(r.rec.Payload)
	}
	payloads := make([]byte, 0, size)
	records := make([]job.Record, len(rows))
	out := make([]*job.Record, len(rows))
	for i, r := range rows {
		rec := &records[i]
		*rec = r.rec
		if rec.Payload != nil {
			start := len(payloads)
			payloads = append(payloads, rec.Payload...)
			rec.Payload = payloads[start:len(payloads):len(payloads)]
		}
		rec.Params = cloneParams(rec.Params)
		rec.Tags = slices.Clone(rec.Tags)
		out[i] = rec
	}
	return out
}
