package postgres

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/task-tower/tasktower/core/job"
)

// checkSpecs refuses what no store can keep, before any SQL; the rest was
// checked where it came from. The error matches job.ErrInvalid and names the place.
func checkSpecs(specs []*job.Spec) error {
	if err := checkFields(specs); err != nil {
		return err
	}
	return checkJSON(specs)
}

// checkFields is checkSpecs but for the JSON.
func checkFields(specs []*job.Spec) error {
	ascend := true
	var last job.ID
	for i, spec := range specs {
		if err := checkSpec(i, spec); err != nil {
			return err
		}
		ascend = ascend && last.Compare(spec.ID) < 0
		last = spec.ID
	}
	if ascend {
		return nil
	}
	seen := make(map[job.ID]struct{}, len(specs))
	for _, spec := range specs {
		if _, twice := seen[spec.ID]; twice {
			return taken(spec.ID)
		}
		seen[spec.ID] = struct{}{}
	}
	return nil
}

// checkJSON refuses what is not JSON.
func checkJSON(specs []*job.Spec) error {
	for i, spec := range specs {
		if len(spec.Payload) > 0 && !json.Valid(spec.Payload) {
			return job.Invalid(fmt.Sprintf("jobs[%d].payload", i), "is not valid JSON")
		}
		for name, param := range spec.Params {
			if !json.Valid(param) {
				return job.Invalid(fmt.Sprintf("jobs[%d].params.%s", i, job.Clip(name, 40)), "is not valid JSON")
			}
		}
	}
	return nil
}

func checkSpec(place int, spec *job.Spec) error {
	field := func(name string) string { return fmt.Sprintf("jobs[%d].%s", place, name) }
	switch {
	case spec == nil:
		return job.Invalid(fmt.Sprintf("jobs[%d]", place), "is nil")
	case job.CheckID("id", spec.ID) != nil:
		return job.CheckID(field("id"), spec.ID)
	case len(spec.Tags) > job.MaxTags:
		return job.Invalid(field("tags"), "has %d; at most %d", len(spec.Tags), job.MaxTags)
	case spec.MaxRetries < -1 || spec.MaxRetries > 1000:
		return job.Invalid(field("max_retries"), "is %d; want 0 to 1000, or -1 for the kind's", spec.MaxRetries)
	case !plain(spec.DisplayName), !plain(spec.Retry), !plain(spec.UniqueKey):
		return job.Invalid(fmt.Sprintf("jobs[%d]", place), "has a text with NUL or broken UTF-8")
	case job.CheckName("kind", spec.Kind) != nil:
		return job.CheckName(field("kind"), spec.Kind)
	case job.CheckName("queue", spec.Queue) != nil:
		return job.CheckName(field("queue"), spec.Queue)
	}
	for i, tag := range spec.Tags {
		if err := job.CheckTag("tag", tag); err != nil {
			return job.CheckTag(field(fmt.Sprintf("tags[%d]", i)), tag)
		}
	}
	return nil
}

func taken(id job.ID) error { return fmt.Errorf("job %s: %w: the id is taken", id, job.ErrConflict) }

// specRow is one spec as enqueue.sql reads it.
type specRow struct {
	ID          job.ID     `json:"id"`
	Kind        string     `json:"kind"`
	Queue       string     `json:"queue"`
	Priority    int16      `json:"priority"`
	Tags        []string   `json:"tags,omitempty"`
	MaxRetries  int        `json:"max_retries"`
	Retry       string     `json:"retry,omitempty"`
	Timeout     int64      `json:"timeout_us,omitempty"`
	RunAt       *time.Time `json:"run_at,omitempty"`
	Delay       int64      `json:"delay_us,omitempty"`
	Deadline    *time.Time `json:"deadline,omitempty"`
	DeadlineIn  int64      `json:"deadline_us,omitempty"`
	DisplayName string     `json:"display_name,omitempty"`
	UniqueKey   string     `json:"unique_key,omitempty"`
	UniqueFor   int64      `json:"unique_for_us,omitempty"`
}

func specText(specs []*job.Spec) string {
	out := make([]byte, 0, 256*len(specs))
	out = append(out, '[')
	for i, spec := range specs {
		if i > 0 {
			out = append(out, ',')
		}
		out = appendSpec(out, spec)
	}
	return string(append(out, ']'))
}

// appendSpec writes a spec as JSON with the payload byte for byte, which
// json.Marshal would compact.
func appendSpec(out []byte, s *job.Spec) []byte {
	row := specRow{
		ID: s.ID, Kind: s.Kind, Queue: s.Queue, Priority: s.Priority, Tags: s.Tags,
		MaxRetries: s.MaxRetries, Retry: s.Retry, Timeout: s.Timeout.Microseconds(),
		RunAt: moment(s.RunAt), Deadline: moment(s.Deadline), DisplayName: s.DisplayName,
		UniqueKey: s.UniqueKey, UniqueFor: s.UniqueFor.Microseconds(),
	}
	if s.RunAt.IsZero() {
		row.Delay = max(s.Delay.Microseconds(), 0)
	}
	if s.Deadline.IsZero() {
		row.DeadlineIn = s.DeadlineIn.Microseconds()
	}
	head, err := json.Marshal(row)
	if err != nil {
		panic("postgres: " + err.Error()) // strings and numbers only
	}
	out = append(out, head[:len(head)-1]...)
	out = append(append(out, `,"payload":`...), payloadOf(s)...)
	if len(s.Params) > 0 {
		out = append(append(out, `,"params":`...), paramsOf(s)...)
	}
	return append(out, '}')
}

// payloadOf is what the payload column keeps: the payload byte for byte, without
// blanks around it.
func payloadOf(s *job.Spec) []byte {
	if len(s.Payload) == 0 {
		return []byte("{}")
	}
	return bytes.Trim(s.Payload, " \t\r\n")
}

// paramsOf is the object of the parameters, by name, each value byte for byte.
func paramsOf(s *job.Spec) []byte {
	names := make([]string, 0, len(s.Params))
	for name := range s.Params {
		names = append(names, name)
	}
	slices.Sort(names)
	out := []byte{'{'}
	for i, name := range names {
		if i > 0 {
			out = append(out, ',')
		}
		key, err := json.Marshal(name)
		if err != nil {
			panic("postgres: " + err.Error()) // a string
		}
		out = append(append(append(out, key...), ':'), s.Params[name]...)
	}
	return append(out, '}')
}

// due tells whether all specs are due when they are stored and need nothing but
// a row in ready. In a transaction of our own the trigger is then spared.
func due(specs []*job.Spec) bool {
	return !slices.ContainsFunc(specs, func(s *job.Spec) bool {
		return !s.RunAt.IsZero() || s.Delay > 0 || !s.Deadline.IsZero() || s.DeadlineIn > 0 || s.UniqueKey != ""
	})
}

// dueHints says what to announce of specs. Whether an absolute time is due the
// server knows; both hints are harmless.
func dueHints(specs []*job.Spec) *hints {
	h := &hints{}
	for _, s := range specs {
		if !s.RunAt.IsZero() || s.Delay > 0 {
			h.later = true
		}
		if s.Delay <= 0 || !s.RunAt.IsZero() {
			h.claimable(s.Queue)
		}
	}
	return h
}

// tagText is the tags as a JSON array.
func tagText(tags []string) string {
	out, err := json.Marshal(tags)
	if err != nil {
		panic("postgres: " + err.Error()) // strings
	}
	return string(out)
}
