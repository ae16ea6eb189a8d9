package job

import (
	"encoding/json"
	"maps"
	"slices"
	"time"
)

// DefaultQueue is where a job waits unless told otherwise.
const DefaultQueue = "default"

// DefaultMaxRetries is how often a failed job is retried unless told otherwise.
const DefaultMaxRetries = 10

// Params are context parameters: named JSON values captured at enqueue.
type Params map[string]json.RawMessage

// Spec is what somebody asks for: a job before the store has dated it.
// It does not change once it is stored, but for Tags.
type Spec struct {
	ID          ID
	Kind        string
	Queue       string
	DisplayName string // empty: the kind
	Priority    int16  // higher is more urgent, in plans that heed it
	Payload     []byte // JSON, the args
	Params      Params
	Tags        []string // sorted, each once

	MaxRetries int           // retries after the first run, 0..1000; -1: as the worker's kind says
	Retry      string        // a stored policy of core/retry; empty: the kind's
	Timeout    time.Duration // of each attempt; 0: the kind's, or the worker's

	RunAt      time.Time     // absolute due time; zero: now plus Delay
	Delay      time.Duration // relative due time, by the store's clock
	Deadline   time.Time     // absolute; zero: see DeadlineIn
	DeadlineIn time.Duration // relative to the enqueue, by the store's clock; 0: none

	// UniqueKey is held by this job while it is not final, and for UniqueFor
	// after its enqueue. Empty: not unique.
	UniqueKey string
	UniqueFor time.Duration
}

// Record is a job as the store knows it. Stores hand out records that the caller
// owns; changing one changes nothing in the store.
type Record struct {
	ID          ID       `json:"id"`
	Kind        string   `json:"kind"`
	Queue       string   `json:"queue"`
	DisplayName string   `json:"display_name,omitempty"`
	Priority    int16    `json:"priority"`
	Payload     []byte   `json:"-"`
	Params      Params   `json:"params,omitempty"`
	Tags        []string `json:"tags,omitempty"`
	// MaxRetries is the number of retries after the first run; -1: as the worker's
	// kind says. Handlers and interceptors get the number that counts.
	MaxRetries int           `json:"max_retries"`
	Retry      string        `json:"retry,omitempty"`
	Timeout    time.Duration `json:"timeout,omitempty"`
	Deadline   time.Time     `json:"deadline,omitzero"`
	UniqueKey  string        `json:"unique_key,omitempty"`
	UniqueFor  time.Duration `json:"unique_for,omitempty"`
	CreatedAt  time.Time     `json:"created_at"`

	State      State      `json:"state"`
	DeadReason DeadReason `json:"dead_reason,omitempty"`
	// RunAt is the latest instant at which the job was, or will be, due.
	RunAt time.Time `json:"run_at"`
	// ClaimedAt is when the job was claimed, by the store's clock; zero unless processing.
	ClaimedAt time.Time `json:"claimed_at,omitzero"`
	// EndedAt is when the job became final; zero before.
	EndedAt time.Time `json:"ended_at,omitzero"`

	// Attempt counts claims, less those given back; 1 during the first run.
	Attempt int `json:"attempt"`
	// Failures counts failed attempts since the enqueue or the last requeue.
	Failures int `json:"failures"`
	// Crashes counts expired leases since the enqueue or the last requeue.
	Crashes int `json:"crashes"`
	// Seq numbers the job's stay in its present state. It only grows, and by one when
	// a settlement makes the job final, so a result reported twice is recognised,
	// and one death told from the next.
	Seq int `json:"-"`
	// Lease fences the record while it is processing; 0 otherwise.
	Lease Lease `json:"-"`
	// Worker is the id of the worker that holds the job while it is processing.
	Worker string `json:"worker,omitempty"`

	// Unreadable says what of the stored job could not be read, and is missing
	// here; nil: nothing. No handler is called for such a job: its attempt is rejected.
	Unreadable error `json:"-"`
}

// NewRecord is how a spec looks right after a store stored it at now.
func NewRecord(s *Spec, now time.Time) *Record {
	r := &Record{
		ID: s.ID, Kind: s.Kind, Queue: s.Queue, DisplayName: s.DisplayName,
		Priority: s.Priority, Payload: s.Payload, Params: s.Params, Tags: s.Tags,
		MaxRetries: s.MaxRetries, Retry: s.Retry, Timeout: s.Timeout,
		UniqueKey: s.UniqueKey, UniqueFor: s.UniqueFor,
		CreatedAt: now, State: Enqueued,
		RunAt: s.DueAt(now), Deadline: s.DeadlineAt(now),
	}
	if r.RunAt.After(now) {
		r.State = Scheduled
	}
	return r
}

// DueAt is when the job is due if it is stored at now, in microseconds.
func (s *Spec) DueAt(now time.Time) time.Time {
	if !s.RunAt.IsZero() {
		return Micro(s.RunAt)
	}
	return Micro(now.Add(s.Delay))
}

// DeadlineAt is the job's deadline if it is stored at now; zero for none.
func (s *Spec) DeadlineAt(now time.Time) time.Time {
	switch {
	case !s.Deadline.IsZero():
		return Micro(s.Deadline)
	case s.DeadlineIn > 0:
		return Micro(now.Add(s.DeadlineIn))
	}
	return time.Time{}
}

// Micro is t in UTC, cut to the microseconds that stores keep, without a
// monotonic reading.
func Micro(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

// Clone is a copy that shares nothing that can change.
func (r *Record) Clone() *Record {
	c := *r
	c.Payload = slices.Clone(r.Payload)
	c.Params = maps.Clone(r.Params)
	c.Tags = slices.Clone(r.Tags)
	return &c
}
