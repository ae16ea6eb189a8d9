package job_test

import (
	"encoding/base64"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/task-tower/tasktower/core/job"
)

func TestFilter_ChecksAndFillsDefaultsIn(t *testing.T) {
	t.Parallel()
	one, two := int16(1), int16(2)
	at := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	cases := map[string]struct {
		filter job.Filter
		want   string // empty: fine
	}{
		"all":                    {job.Filter{}, ""},
		"every field":            {job.Filter{State: job.Dead, Kinds: []string{"a"}, Queues: []string{"b"}, Tags: []string{"c"}, IDs: []job.ID{{1}}, MinPriority: &one, MaxPriority: &two, From: at, To: at.Add(1), Limit: 200}, ""},
		"an instant":             {job.Filter{From: at, To: at}, ""},
		"limit below":            {job.Filter{Limit: -1}, "invalid limit: is -1; want 1 to 200"},
		"limit above":            {job.Filter{Limit: 201}, "invalid limit: is 201"},
		"unknown state":          {job.Filter{State: "done"}, `invalid state: unknown state "done"`},
		"bad kind":               {job.Filter{Kinds: []string{"a", ""}}, "invalid kinds[1]: is empty"},
		"bad queue":              {job.Filter{Queues: []string{"\x00"}}, "invalid queues[0]: has a control"},
		"bad tag":                {job.Filter{Tags: []string{"a", "b", "c,d"}}, "invalid tags[2]: has a comma"},
		"too many ids":           {job.Filter{IDs: make([]job.ID, 201)}, "invalid ids: has 201; at most 200"},
		"priorities upside down": {job.Filter{MinPriority: &two, MaxPriority: &one}, "invalid min_priority: 2 is above max_priority 1"},
		"times upside down":      {job.Filter{From: at, To: at.Add(-1)}, "invalid from: "},
		"no cursor":              {job.Filter{After: "?"}, "invalid after: is not a cursor"},
		"a cursor of another":    {job.Filter{After: (&job.Filter{State: job.Dead}).CursorAfter(job.ID{1})}, "invalid after: is a cursor of another filter"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := c.filter.Check()
			if c.want == "" {
				require.NoError(t, err)
				require.Positive(t, c.filter.Limit)
				return
			}
			require.ErrorIs(t, err, job.ErrInvalid)
			require.ErrorContains(t, err, c.want)
		})
	}
	f := job.Filter{}
	require.NoError(t, f.Check())
	require.Equal(t, job.DefaultListLimit, f.Limit)
}

func TestFilter_Matches(t *testing.T) {
	t.Parallel()
	low, high := int16(-1), int16(5)
	id, err := job.ParseID(someID)
	require.NoError(t, err)
	at := id.Time()
	r := &job.Record{ID: id, Kind: "k", Queue: "q", State: job.Dead, Priority: 3, Tags: []string{"a", "b"}}
	cases := map[string]struct {
		filter job.Filter
		want   bool
	}{
		"all":                   {job.Filter{}, true},
		"cursor does not count": {job.Filter{After: "x", Limit: 1}, true},
		"state":                 {job.Filter{State: job.Dead}, true},
		"other state":           {job.Filter{State: job.Enqueued}, false},
		"any of kinds":          {job.Filter{Kinds: []string{"x", "k"}}, true},
		"no kind":               {job.Filter{Kinds: []string{"x"}}, false},
		"any of queues":         {job.Filter{Queues: []string{"x", "q"}}, true},
		"no queue":              {job.Filter{Queues: []string{"Q"}}, false},
		"all of tags":           {job.Filter{Tags: []string{"b", "a"}}, true},
		"not all of tags":       {job.Filter{Tags: []string{"a", "c"}}, false},
		"id":                    {job.Filter{IDs: []job.ID{{}, id}}, true},
		"no id":                 {job.Filter{IDs: []job.ID{{1}}}, false},
		"priority within":       {job.Filter{MinPriority: &low, MaxPriority: &high}, true},
		"priority too low":      {job.Filter{MinPriority: &high}, false},
		"priority too high":     {job.Filter{MaxPriority: &low}, false},
		"from its millisecond":  {job.Filter{From: at.Add(999 * time.Microsecond)}, true},
		"from the next":         {job.Filter{From: at.Add(time.Millisecond)}, false},
		"to its millisecond":    {job.Filter{To: at.Add(999 * time.Microsecond)}, false},
		"to the next":           {job.Filter{To: at.Add(time.Millisecond)}, true},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, c.want, c.filter.Matches(r))
		})
	}
}

func TestCursor_FitsItsFilterOnly(t *testing.T) {
	t.Parallel()
	name := rapid.SampledFrom([]string{"a", "b", `a" "b`, "a b", "c"})
	filters := rapid.Custom(func(t *rapid.T) job.Filter {
		f := job.Filter{
			State:  rapid.SampledFrom([]job.State{"", job.Dead, job.Enqueued}).Draw(t, "state"),
			Kinds:  rapid.SliceOfN(name, 0, 2).Draw(t, "kinds"),
			Queues: rapid.SliceOfN(name, 0, 2).Draw(t, "queues"),
			Tags:   rapid.SliceOfN(name, 0, 2).Draw(t, "tags"),
		}
		if rapid.Bool().Draw(t, "bounded") {
			p := rapid.Int16Range(-1, 1).Draw(t, "priority")
			f.MinPriority = &p
		}
		return f
	})
	rapid.Check(t, func(t *rapid.T) {
		f, g := filters.Draw(t, "filter"), filters.Draw(t, "other filter")
		id := job.ID(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "id"))
		f.After = f.CursorAfter(id)
		require.NoError(t, f.Check())
		got, err := f.Start()
		require.NoError(t, err)
		require.Equal(t, id, got)

		same := f
		same.Limit, same.After = 7, same.CursorAfter(id)
		require.Equal(t, f.After, same.After, "the limit may change from page to page")

		g.After = f.After
		_, err = g.Start()
		if equalFilters(f, g) {
			require.NoError(t, err)
		} else {
			require.ErrorIs(t, err, job.ErrInvalid)
		}
	})
}

func equalFilters(a, b job.Filter) bool {
	return a.State == b.State && slices.Equal(a.Kinds, b.Kinds) && slices.Equal(a.Queues, b.Queues) && slices.Equal(a.Tags, b.Tags) &&
		(a.MinPriority == nil) == (b.MinPriority == nil) && (a.MinPriority == nil || *a.MinPriority == *b.MinPriority)
}

func FuzzCursor(f *testing.F) {
	whole := job.Filter{}
	f.Add(string(whole.CursorAfter(job.ID{1, 2, 3})))
	f.Add("AAAA")
	f.Add("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
	f.Fuzz(func(t *testing.T, text string) {
		filter := job.Filter{After: job.Cursor(text)}
		id, err := filter.Start()
		if err != nil {
			require.ErrorIs(t, err, job.ErrInvalid)
			require.True(t, id.IsZero())
			return
		}
		if text == "" {
			return
		}
		raw, err := base64.RawURLEncoding.DecodeString(text)
		require.NoError(t, err)
		back, err := base64.RawURLEncoding.DecodeString(string(filter.CursorAfter(id)))
		require.NoError(t, err)
		require.Equal(t, raw, back)
	})
}

func FuzzFilter(f *testing.F) {
	f.Add("dead", "kind", "queue", "tag", 50, int16(1), int16(2), "")
	f.Fuzz(func(t *testing.T, state, kind, queue, tag string, limit int, low, high int16, after string) {
		filter := job.Filter{
			State: job.State(state), Kinds: []string{kind}, Queues: []string{queue}, Tags: []string{tag},
			MinPriority: &low, MaxPriority: &high, Limit: limit, After: job.Cursor(after),
		}
		if err := filter.Check(); err != nil {
			require.ErrorIs(t, err, job.ErrInvalid)
			return
		}
		require.True(t, filter.Limit >= 1 && filter.Limit <= job.MaxListLimit)
		r := &job.Record{State: job.State(state), Kind: kind, Queue: queue, Tags: []string{tag}, Priority: low}
		require.Equal(t, state == "" || r.State == filter.State, filter.Matches(r))
		next := filter
		next.After = filter.CursorAfter(job.ID{9})
		require.NoError(t, next.Check())
	})
}
