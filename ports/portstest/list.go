package portstest

import (
	"slices"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/task-tower/tasktower/core/job"
)

func listCases() cases {
	return cases{
		"finds nothing in an empty store": func(w *world) {
			page := w.list(job.Filter{})
			require.Empty(w.t, page.Jobs)
			require.Empty(w.t, page.Next)
		},
		"lists whole records, newest first": func(w *world) {
			a, b := w.one(tagged("x")), fullSpec(w)
			w.enqueue(b)
			h := w.hand()
			h.take()
			page := w.list(job.Filter{})
			require.Equal(w.t, []job.ID{b.ID, a}, recordIDs(page.Jobs))
			for _, r := range page.Jobs {
				requireSame(w.t, w.get(r.ID), r)
			}
		},
		"orders by id, not by the order of storing": func(w *world) {
			specs := []*job.Spec{spec(), spec(), spec(), spec()}
			for _, i := range []int{2, 0, 3, 1} {
				w.enqueue(specs[i])
			}
			want := specIDs(specs)
			slices.Reverse(want)
			require.Equal(w.t, want, recordIDs(w.list(job.Filter{}).Jobs))
		},
		"gives fifty unless told otherwise": func(w *world) {
			for range job.DefaultListLimit + 1 {
				w.one()
			}
			page := w.list(job.Filter{})
			require.Len(w.t, page.Jobs, job.DefaultListLimit)
			require.NotEmpty(w.t, page.Next)
			page = w.list(job.Filter{After: page.Next})
			require.Len(w.t, page.Jobs, 1)
			require.Empty(w.t, page.Next)
		},
		"has no next page after a full last one": func(w *world) {
			w.enqueue(spec(), spec())
			page := w.list(job.Filter{Limit: 2})
			require.Len(w.t, page.Jobs, 2)
			require.Empty(w.t, page.Next)
		},
		"selects by creation to the millisecond": func(w *world) {
			base := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
			var ids []job.ID
			for i := range 5 {
				ids = append(ids, w.one(withID(idAt(base.Add(time.Duration(i)*time.Millisecond), byte(i)))))
			}
			f := job.Filter{From: base.Add(time.Millisecond + 900*time.Microsecond), To: base.Add(3*time.Millisecond + 900*time.Microsecond)}
			require.Equal(w.t, []job.ID{ids[2], ids[1]}, recordIDs(w.list(f).Jobs))
			f.To = f.From
			require.Empty(w.t, w.list(f).Jobs)
		},
		"pages on while jobs come and go": func(w *world) {
			ids := w.enqueue(spec(), spec(), spec(), spec())
			page := w.list(job.Filter{Limit: 2})
			w.one()
			require.NoError(w.t, w.Store.Delete(w.ctx, ids[2]))
			page = w.list(job.Filter{Limit: 2, After: page.Next})
			require.Equal(w.t, []job.ID{ids[1], ids[0]}, recordIDs(page.Jobs))
		},
		"follows a job through its states": func(w *world) {
			h := w.hand()
			for _, state := range job.States() {
				id := h.inState(state, inQueue(string(state)))
				require.Equal(w.t, []job.ID{id}, recordIDs(w.list(job.Filter{State: state}).Jobs), state)
			}
		},
		"gives every page of every filter exactly": func(w *world) {
			all := w.manySorts()
			rapid.Check(w.tb, func(rt *rapid.T) {
				f := drawFilter(rt, all)
				var want []job.ID
				for _, r := range all {
					if f.Matches(r) {
						want = append(want, r.ID)
					}
				}
				var got []job.ID
				for {
					page, err := w.Store.List(w.ctx, f)
					require.NoError(rt, err)
					require.LessOrEqual(rt, len(page.Jobs), f.Limit)
					got = append(got, recordIDs(page.Jobs)...)
					if page.Next == "" {
						break
					}
					require.NotEmpty(rt, page.Jobs)
					require.Less(rt, len(got), len(all)+1)
					f.After = page.Next
				}
				require.Equal(rt, want, got)
			})
		},
	}
}

func (w *world) list(f job.Filter) job.Page {
	w.t.Helper()
	page, err := w.Store.List(w.ctx, checked(w, f))
	require.NoError(w.t, err)
	return page
}

func checked(w *world, f job.Filter) job.Filter {
	w.t.Helper()
	require.NoError(w.t, f.Check())
	return f
}

// idAt is an id of the given millisecond.
func idAt(at time.Time, last byte) job.ID {
	id := newID()
	ms := at.UnixMilli()
	for i := 5; i >= 0; i-- {
		id[i] = byte(ms)
		ms >>= 8
	}
	id[15] = last
	return id
}

// manySorts stores jobs that differ in all that a filter looks at, and returns
// them newest first.
func (w *world) manySorts() []*job.Record {
	w.t.Helper()
	h := w.hand()
	states := job.States()
	base := w.ago(time.Hour)
	var all []*job.Record
	for i := range 49 {
		id := h.inState(states[i%7], withID(idAt(base.Add(time.Duration(i/2)*time.Millisecond), byte(i))),
			inQueue([]string{"a", "b", "c"}[i%3]), ofKind([]string{"k", "l"}[i%2]), priority(int16(i%5-2)),
			func(s *job.Spec) {
				s.Tags = [][]string{nil, {"x"}, {"x", "y"}, {"y", "z"}}[i%4]
			})
		if states[i%7] == job.Enqueued {
			r := h.take(handling("k", "l")) // so that the next one is alone
			h.settle(snoozed(r, long))
		}
		all = append(all, w.get(id))
	}
	slices.SortFunc(all, func(a, b *job.Record) int { return b.ID.Compare(a.ID) })
	return all
}

func drawFilter(rt *rapid.T, all []*job.Record) job.Filter {
	some := func(label string, of ...string) []string {
		return rapid.SliceOfN(rapid.SampledFrom(of), 0, 2).Draw(rt, label)
	}
	f := job.Filter{
		Kinds:  some("kinds", "k", "l", "other"),
		Queues: some("queues", "a", "b", "c", "other"),
		Tags:   some("tags", "x", "y", "z"),
		Limit:  rapid.IntRange(1, 20).Draw(rt, "limit"),
	}
	if rapid.Bool().Draw(rt, "by state") {
		f.State = rapid.SampledFrom(job.States()).Draw(rt, "state")
	}
	if rapid.Bool().Draw(rt, "by id") {
		f.IDs = rapid.SliceOfN(rapid.Custom(func(rt *rapid.T) job.ID {
			return rapid.SampledFrom(all).Draw(rt, "job").ID
		}), 1, 10).Draw(rt, "ids")
	}
	if rapid.Bool().Draw(rt, "by priority") {
		least, most := int16(rapid.IntRange(-3, 3).Draw(rt, "least")), int16(3)
		f.MinPriority = &least
		if rapid.Bool().Draw(rt, "bounded") {
			f.MaxPriority = &most
			most = int16(rapid.IntRange(int(least), 3).Draw(rt, "most"))
		}
	}
	if rapid.Bool().Draw(rt, "by time") {
		f.From = rapid.SampledFrom(all).Draw(rt, "from").ID.Time()
	}
	if rapid.Bool().Draw(rt, "until") {
		f.To = rapid.SampledFrom(all).Draw(rt, "to").ID.Time()
		if f.To.Before(f.From) {
			f.From, f.To = f.To, f.From
		}
	}
	require.NoError(rt, f.Check())
	return f
}
