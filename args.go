package tasktower

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"

	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/core/retry"
)

// Args is the typed input of a kind of jobs. It is stored as JSON.
type Args interface {
	// Kind is the stable name stored with the job; it outlives renames of the Go
	// type. 1–128 bytes, the same for every value of the type.
	Kind() string
}

// Defaulter is Args whose kind brings its own options, which hold for clients and
// workers alike: the place for a kind's Queue, Priority and Tags. Defaults is also
// called on the zero value, by workers.
type Defaulter interface {
	Defaults() []Option
}

// encode turns args and options into what a store keeps. It uses s, which is for it alone.
func (c *Client) encode(s *settings, args Args, opts []Option) (job.Spec, error) {
	if isNil(args) {
		return job.Spec{}, job.Invalid("args", "are nil")
	}
	kind := args.Kind()
	if err := job.CheckName("kind", kind); err != nil {
		return job.Spec{}, err
	}
	*s = blankSettings
	if !c.spoilt[kind] {
		if d, ok := args.(Defaulter); ok {
			s.take(d.Defaults())
		}
		s.take(c.kinds[kind])
	}
	for _, name := range s.enqueue {
		s.fail(job.Invalid("option", "%s belongs to an enqueue, not to Defaults", name))
	}
	s.enqueue, s.register, s.said = nil, nil, said{}
	s.take(opts)
	s.contradictions()
	for _, name := range s.register {
		s.fail(job.Invalid("option", "%s belongs to Handle or Defaults, not to an enqueue", name))
	}
	if s.policy != nil {
		text, ok := retry.Storable(s.policy)
		if !ok && s.spec.Retry == "" && hasRetry(opts) {
			s.fail(job.Invalid("retry", "a policy of your own cannot be stored with one job; give it to Handle"))
		}
		s.spec.Retry = text
	}
	payload, err := marshal(args, c.cfg.MaxPayloadBytes)
	s.fail(err)
	if err := s.err(); err != nil {
		return job.Spec{}, err
	}

	s.spec.Kind, s.spec.Payload = kind, payload
	if s.unique {
		s.spec.UniqueKey = uniqueKey(kind, payload)
	}
	return s.spec, nil
}

// hasRetry tells whether the options themselves set a policy.
func hasRetry(opts []Option) bool {
	s := newSettings()
	s.take(slices.DeleteFunc(slices.Clone(opts), func(o Option) bool { return o == nil }))
	return s.policy != nil
}

// uniqueKey is the key of Unique: the kind, and a digest of it with the payload.
func uniqueKey(kind string, payload []byte) string {
	h := sha256.New()
	fmt.Fprintf(h, "%d:%s", len(kind), kind)
	h.Write(payload)
	sum := hex.EncodeToString(h.Sum(nil)[:16])
	return job.Clip(kind, job.MaxNameBytes-len(sum)-1) + ":" + sum
}

// marshal is args as checked JSON.
func marshal(args any, limit int) ([]byte, error) {
	payload, err := json.Marshal(args)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", job.Invalid("args", "JSON cannot carry them"), err)
	}
	return payload, checkArgs(payload, limit)
}

// checkArgs refuses JSON that a store cannot keep, or that is too large.
func checkArgs(payload []byte, limit int) error {
	if len(payload) > limit {
		return job.Invalid("args", "have %d bytes of JSON; at most %d, which ClientConfig.MaxPayloadBytes changes", len(payload), limit)
	}
	return job.CheckPayload("args", payload, limit)
}

func isNil(v any) bool {
	if v == nil {
		return true
	}
	r := reflect.ValueOf(v)
	switch r.Kind() {
	case reflect.Pointer, reflect.Map, reflect.Slice, reflect.Func, reflect.Interface, reflect.Chan:
		return r.IsNil()
	}
	return false
}

// zeroArgs is a T whose methods can be called: for pointer types, one to a zero value.
func zeroArgs[T Args]() T {
	var zero T
	if t := reflect.TypeFor[T](); t.Kind() == reflect.Pointer {
		return reflect.New(t.Elem()).Interface().(T)
	}
	return zero
}
