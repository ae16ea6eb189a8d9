package job

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"slices"
	"time"
)

// Limits of a list.
const (
	DefaultListLimit = 50
	MaxListLimit     = 200
)

// Filter selects jobs for a list, newest id first. The zero value selects all.
type Filter struct {
	State       State    // empty: any
	Kinds       []string // any of; empty: any
	Queues      []string // any of; empty: any
	Tags        []string // all of
	IDs         []ID     // any of, at most MaxListLimit; empty: any
	MinPriority *int16
	MaxPriority *int16
	From        time.Time // created at or after, to the millisecond; zero: open
	To          time.Time // created before, to the millisecond; zero: open
	After       Cursor    // the Next of the page before; empty: the first page
	Limit       int       // 1..200; 0: 50
}

// Cursor marks a place in a list. It is opaque and only fits the filter it came from.
type Cursor string

// Page is one page of a list. It may be shorter than the limit, or even empty, with
// more behind it: a store looks at so many jobs for a page and no more.
type Page struct {
	Jobs []*Record
	Next Cursor // empty on the last page
}

// Check refuses what no store can answer and fills the defaults in. The error
// matches ErrInvalid and names the field.
func (f *Filter) Check() error {
	if f.Limit == 0 {
		f.Limit = DefaultListLimit
	}
	if f.Limit < 1 || f.Limit > MaxListLimit {
		return Invalid("limit", "is %d; want 1 to %d", f.Limit, MaxListLimit)
	}
	if f.State != "" {
		if _, err := ParseState(string(f.State)); err != nil {
			return err
		}
	}
	for i, k := range f.Kinds {
		if err := CheckName(fmt.Sprintf("kinds[%d]", i), k); err != nil {
			return err
		}
	}
	for i, q := range f.Queues {
		if err := CheckName(fmt.Sprintf("queues[%d]", i), q); err != nil {
			return err
		}
	}
	for i, t := range f.Tags {
		if err := CheckTag(fmt.Sprintf("tags[%d]", i), t); err != nil {
			return err
		}
	}
	if len(f.IDs) > MaxListLimit {
		return Invalid("ids", "has %d; at most %d", len(f.IDs), MaxListLimit)
	}
	if f.MinPriority != nil && f.MaxPriority != nil && *f.MinPriority > *f.MaxPriority {
		return Invalid("min_priority", "%d is above max_priority %d", *f.MinPriority, *f.MaxPriority)
	}
	if !f.From.IsZero() && !f.To.IsZero() && f.From.After(f.To) {
		return Invalid("from", "%s is after to %s", f.From.Format(time.RFC3339), f.To.Format(time.RFC3339))
	}
	_, err := f.Start()
	return err
}

// Start is the id below which the page begins; ok with the zero ID for the first
// page. The error matches ErrInvalid: the cursor is broken or of another filter.
func (f *Filter) Start() (ID, error) {
	if f.After == "" {
		return ID{}, nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(string(f.After))
	if err != nil || len(raw) != 24 {
		return ID{}, Invalid("after", "is not a cursor of a list")
	}
	if binary.BigEndian.Uint64(raw[16:]) != f.print() {
		return ID{}, Invalid("after", "is a cursor of another filter; start again without it")
	}
	return ID(raw[:16]), nil
}

// CursorAfter marks the place behind the job last in a list of this filter.
func (f *Filter) CursorAfter(last ID) Cursor {
	raw := binary.BigEndian.AppendUint64(slices.Clone(last[:]), f.print())
	return Cursor(base64.RawURLEncoding.EncodeToString(raw))
}

// print tells filters apart; After and Limit do not count.
func (f *Filter) print() uint64 {
	h := fnv.New64a()
	lo, hi := "", ""
	if f.MinPriority != nil {
		lo = fmt.Sprint(*f.MinPriority)
	}
	if f.MaxPriority != nil {
		hi = fmt.Sprint(*f.MaxPriority)
	}
	fmt.Fprintf(h, "%q %q %q %q %v %q %q %d %d", f.State, f.Kinds, f.Queues, f.Tags, f.IDs, lo, hi,
		f.From.UnixMilli(), f.To.UnixMilli())
	return h.Sum64()
}

// Matches tells whether the filter selects the record; cursor and limit do not count.
func (f *Filter) Matches(r *Record) bool {
	created := r.ID.Time()
	switch {
	case f.State != "" && r.State != f.State,
		len(f.Kinds) > 0 && !slices.Contains(f.Kinds, r.Kind),
		len(f.Queues) > 0 && !slices.Contains(f.Queues, r.Queue),
		len(f.IDs) > 0 && !slices.Contains(f.IDs, r.ID),
		f.MinPriority != nil && r.Priority < *f.MinPriority,
		f.MaxPriority != nil && r.Priority > *f.MaxPriority,
		!f.From.IsZero() && created.Before(f.From.Truncate(time.Millisecond)),
		!f.To.IsZero() && !created.Before(f.To.Truncate(time.Millisecond)):
		return false
	}
	for _, t := range f.Tags {
		if !slices.Contains(r.Tags, t) {
			return false
		}
	}
	return true
}
