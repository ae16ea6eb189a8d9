package engine

import (
	"cmp"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/task-tower/tasktower/core/job"
)

// leftBehind draws what lost workers hold, in the order of a store's list.
var leftBehind = rapid.Custom(func(t *rapid.T) []*job.Record {
	jobs := make([]*job.Record, rapid.IntRange(0, 40).Draw(t, "jobs"))
	for i := range jobs {
		lease := job.NewLease(rapid.Int64Range(1, 3).Draw(t, "worker"), rapid.Int64Range(1, 4).Draw(t, "claim"))
		jobs[i] = &job.Record{ID: job.ID{byte(i)}, Lease: lease, Attempt: 5, Crashes: rapid.IntRange(0, 1).Draw(t, "crashes")}
	}
	slices.SortFunc(jobs, func(a, b *job.Record) int {
		return cmp.Or(cmp.Compare(a.Lease, b.Lease), a.ID.Compare(b.ID))
	})
	return jobs
})

// However a list is cut, each worker has one suspect blamed, the right one, and
// every job its verdict.
func TestBlame_IsTheSameHoweverListsAreCut(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		left := leftBehind.Draw(t, "left behind")
		most := rapid.IntRange(2, 50).Draw(t, "most at once")
		want := map[int64]job.ID{}
		for _, r := range slices.Backward(left) {
			if prior, ok := want[r.Lease.Worker()]; suspect(r) && (!ok || leaseOf(left, prior) <= r.Lease) {
				want[r.Lease.Worker()] = r.ID
			}
		}
		all := len(left)
		b, verdicts, blamed := newBlame(), 0, map[int64]job.ID{}
		for more := true; more; {
			look := left[:min(most, len(left))]
			more = len(look) == most
			for _, res := range b.verdicts(look, more, 3) {
				verdicts++
				if r := res.record; suspect(r) && res.settlement.Crashes > r.Crashes {
					require.NotContains(t, blamed, r.Lease.Worker(), "one suspect per worker")
					blamed[r.Lease.Worker()] = r.ID
				}
				left = slices.DeleteFunc(slices.Clone(left), func(r *job.Record) bool { return r == res.record })
			}
		}
		require.Empty(t, left)
		require.Equal(t, all, verdicts)
		require.Equal(t, want, blamed)
		b.forget()
		b.forget()
		require.Empty(t, b.ran)
	})
}

func leaseOf(jobs []*job.Record, id job.ID) job.Lease {
	return jobs[slices.IndexFunc(jobs, func(r *job.Record) bool { return r.ID == id })].Lease
}
