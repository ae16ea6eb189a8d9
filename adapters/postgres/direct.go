package postgres

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"slices"
	"time"

	"github.com/task-tower/tasktower/core/job"
)

// due tells whether all specs are due when they are stored and need nothing but
// a row in ready. In a transaction of our own the trigger is then spared.
func due(specs []*job.Spec) bool {
	return !slices.ContainsFunc(specs, func(s *job.Spec) bool {
		return !s.RunAt.IsZero() || s.Delay > 0 || !s.Deadline.IsZero() || s.DeadlineIn > 0 || s.UniqueKey != ""
	})
}

// copyStart is the answer of enqueue_begin.sql.
type copyStart struct {
	at    time.Time
	slot  int64
	names *copyNames // nil: the trigger makes the jobs due
}

// copyNames are the ids of the queues and kinds of a copy.
type copyNames struct{ queues, kinds map[string]int64 }

// beginCopy dates what is to be copied, and says who makes it due.
func (s *Store) beginCopy(ctx context.Context, d door, specs []*job.Spec, quiet string) (copyStart, error) {
	var start copyStart
	queues, kinds := []string{}, []string{}
	if quiet == "on" && due(specs) {
		for _, spec := range specs {
			queues, kinds = with(queues, spec.Queue), with(kinds, spec.Kind)
		}
	}
	var queueIDs, kindIDs *string
	err := each(ctx, d, s.sql.get("enqueue_begin"), []any{quiet, texts(queues), texts(kinds)},
		[]any{&start.at, &start.slot, &queueIDs, &kindIDs}, func() error { return nil })
	start.at = start.at.UTC()
	if err != nil || queueIDs == nil || kindIDs == nil {
		return start, err
	}
	start.names = &copyNames{}
	if start.names.queues, err = byName(queues, *queueIDs); err != nil {
		return start, err
	}
	start.names.kinds, err = byName(kinds, *kindIDs)
	return start, err
}

// with adds a name, once; equal ones mostly follow each other.
func with(names []string, name string) []string {
	if n := len(names); n > 0 && names[n-1] == name || slices.Contains(names, name) {
		return names
	}
	return append(names, name)
}

// texts is a list as a JSON array.
func texts(list []string) string {
	text, err := json.Marshal(list)
	if err != nil {
		panic("postgres: " + err.Error()) // strings
	}
	return string(text)
}

func byName(names []string, ids string) (map[string]int64, error) {
	var numbers []int64
	if err := json.Unmarshal([]byte(ids), &numbers); err != nil {
		return nil, err
	}
	out := make(map[string]int64, len(names))
	for i, name := range names {
		out[name] = numbers[i]
	}
	return out, nil
}

// readyData encodes specs as enqueue_copy_ready.sql wants them.
func readyData(specs []*job.Spec, start copyStart) []byte {
	const fields, rowSize = 11, 2 + 11*4 + 3*4 + 3*8 + 16 + 5*2
	out := newCopyBuffer(len(specs) * rowSize)
	for _, s := range specs {
		out = binary.BigEndian.AppendUint16(out, fields)
		out = out.int32(bucket).int64(start.names.queues[s.Queue]).int32(int32(start.names.kinds[s.Kind])).int32(0)
		out = out.time(start.at).id(s.ID).int16(int16(start.slot)).int16(s.Priority).int16(0).int16(0).int16(0)
	}
	return out.end()
}
