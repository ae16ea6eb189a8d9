package queue_test

import (
	"encoding/binary"
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/core/queue"
)

// jobs makes one record per queue named, in this order.
func jobs(queues ...string) []*job.Record {
	out := make([]*job.Record, len(queues))
	for i, q := range queues {
		out[i] = &job.Record{Queue: q}
		binary.BigEndian.PutUint64(out[i].ID[8:], uint64(i+1))
	}
	return out
}

func names(records []*job.Record) []string {
	out := []string{}
	for _, r := range records {
		out = append(out, r.Queue)
	}
	return out
}

// planOf is a plan with one step per share and the given quotas.
func planOf(shares []queue.Share, quotas []int) queue.Plan {
	p := queue.Plan{Shares: shares, Rest: queue.RestAlphaNumeric}
	for i, s := range shares {
		p.Steps = append(p.Steps, queue.Step{Queues: []string{s.Queue}, Quota: quotas[i], Order: queue.ByPriority})
		p.Most += quotas[i]
		p.Spill = append(p.Spill, s.Queue)
	}
	return p
}

func TestQuotas_CountThePicks(t *testing.T) {
	t.Parallel()
	shares := []queue.Share{{"a", 60}, {"b", 30}, {"c", 10}}
	require.Equal(t, []int{1, 0, 0}, queue.Credit(nil).Quotas(shares, 1))
	require.Equal(t, []int{6, 3, 1}, queue.Credit(nil).Quotas(shares, 10))
	require.Equal(t, []int{600, 300, 100}, queue.Credit{}.Quotas(shares, 1000))
	require.Equal(t, []int{0, 0, 0}, queue.Credit{}.Quotas(shares, 0))
	require.Equal(t, []int{0, 0, 0}, queue.Credit{}.Quotas(shares, -1))
	require.Equal(t, []int{}, queue.Credit{}.Quotas(nil, 5))
	require.Equal(t, []int{0, 6, 2}, queue.Credit{"b": 0, "c": 0}.Quotas(shares, 8), "idle queues have no part")
	require.Equal(t, []int{6, 3, 1}, queue.Credit{"gone": 5}.Quotas(shares, 10), "all idle is none idle")
}

func TestIdle_IsWhoIsNotInTheCredit(t *testing.T) {
	t.Parallel()
	require.False(t, queue.Credit(nil).Idle("a"))
	require.False(t, queue.Credit{"a": 0}.Idle("a"))
	require.True(t, queue.Credit{"a": 0}.Idle("b"))
}

func drawShares(t *rapid.T) []queue.Share {
	weight := rapid.OneOf(rapid.IntRange(1, 9), rapid.IntRange(1, 100_000))
	shares := make([]queue.Share, rapid.IntRange(1, 9).Draw(t, "shares"))
	for i := range shares {
		shares[i] = queue.Share{Queue: fmt.Sprint("q", i), Weight: weight.Draw(t, "weight")}
	}
	return shares
}

// A claim in which every queue gives its quota starts its jobs in the order in
// which single picks would have.
func TestArrange_ReplaysWhatQuotasCounted(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		shares := drawShares(t)
		var credit, single queue.Credit
		for range rapid.IntRange(1, 8).Draw(t, "claims") {
			n := rapid.IntRange(1, 60).Draw(t, "slots")
			quotas, owed := credit.Deal(shares, n)
			var plain []string
			for i, quota := range quotas {
				for range quota {
					plain = append(plain, shares[i].Queue)
				}
			}
			require.Len(t, plain, n)
			claimed := jobs(plain...)
			var got []*job.Record
			got, credit = planOf(shares, quotas).Arrange(claimed, credit)

			var want []string
			for range n {
				one := single.Quotas(shares, 1)
				var next []*job.Record
				for i, quota := range one {
					if quota > 0 {
						next = jobs(shares[i].Queue)
					}
				}
				next, single = planOf(shares, one).Arrange(next, single)
				want = append(want, next[0].Queue)
			}
			require.Equal(t, want, names(got))
			require.ElementsMatch(t, claimed, got)
			sum := 0
			for i, s := range shares {
				require.Equal(t, owed[i], credit[s.Queue])
				require.Equal(t, credit[s.Queue], single[s.Queue])
				sum += credit[s.Queue]
			}
			require.Zero(t, sum)
		}
	})
}

func TestArrange_KeepsTheOrderWithinAQueueAndOtherPlaces(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		shares := drawShares(t)
		mixed := rapid.SliceOf(rapid.SampledFrom([]string{"q0", "q1", "q2", "other", "x"})).Draw(t, "jobs")
		quotas := rapid.SliceOfN(rapid.IntRange(0, 9), len(shares), len(shares)).Draw(t, "quotas")
		credit := rapid.MapOf(rapid.SampledFrom([]string{"q0", "q1", "q5"}), rapid.IntRange(-1e9, 1e9)).Draw(t, "credit")
		claimed := jobs(mixed...)
		got, next := planOf(shares, quotas).Arrange(claimed, credit)
		require.ElementsMatch(t, claimed, got)
		require.Equal(t, append([]string{}, mixed...), names(claimed), "the input stays")
		last := map[string]job.ID{}
		shared := map[string]bool{}
		for _, s := range shares {
			shared[s.Queue] = true
		}
		for place, r := range got {
			require.Positive(t, r.ID.Compare(last[r.Queue]))
			last[r.Queue] = r.ID
			if !shared[claimed[place].Queue] {
				require.Equal(t, claimed[place], r)
			}
		}
		for q := range next {
			require.True(t, shared[q], "credit does not grow beyond the shares")
		}
	})
}

func TestArrange_TellsWhoIsEmpty(t *testing.T) {
	t.Parallel()
	shares := []queue.Share{{"a", 5}, {"b", 3}, {"c", 2}}
	full := planOf(shares, []int{5, 3, 2})
	aged := full
	aged.Steps = append([]queue.Step{{Quota: 1, Order: queue.ByAge, MinWaitMicros: 1}}, full.Steps...)
	one := planOf(shares, []int{1, 0, 0})
	one.Spill = []string{"b", "c", "a"}

	a, b, c := []string{"a"}, []string{"b"}, []string{"c"}
	times := func(parts ...any) (out []string) {
		for i := 0; i < len(parts); i += 2 {
			for range parts[i].(int) {
				out = append(out, parts[i+1].([]string)...)
			}
		}
		return out
	}
	cases := map[string]struct {
		plan queue.Plan
		jobs []string
		busy []string
	}{
		"all gave their quotas":             {full, times(5, a, 3, b, 2, c), []string{"a", "b", "c"}},
		"one gave less, another more":       {full, times(5, a, 1, b, 2, c, 2, a), []string{"a", "c"}},
		"one gave nothing":                  {full, times(3, b, 2, c, 5, b), []string{"b", "c"}},
		"spill passed by the first":         {full, times(5, a, 3, b, 1, c, 1, b), []string{"b"}},
		"the claim was not full":            {full, times(5, a, 3, b, 1, c), []string{}},
		"the rest rule was reached":         {full, append(times(5, a, 3, b, 1, c), "x"), []string{}},
		"nothing at all":                    {full, nil, []string{}},
		"ageing may have cut the last step": {aged, times(1, a, 5, a, 3, b, 1, c), []string{"a", "b", "c"}},
		"ageing hides only what it may cut": {aged, times(1, a, 5, a, 2, b, 2, c), []string{"a", "c"}},
		"one slot, the first was empty":     {one, b, []string{"b", "c"}},
		"one slot, two were empty":          {one, c, []string{"c"}},
		"one slot, as planned":              {one, a, []string{"a", "b", "c"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, next := tc.plan.Arrange(jobs(tc.jobs...), nil)
			busy := []string{}
			for _, s := range shares {
				if _, ok := next[s.Queue]; ok {
					busy = append(busy, s.Queue)
				}
			}
			require.Equal(t, tc.busy, busy)
			sum := 0
			for _, n := range next {
				sum += n
			}
			require.Zero(t, sum, "what one leaves behind goes to the others")
		})
	}
}

func TestArrange_WithoutSharesChangesNothing(t *testing.T) {
	t.Parallel()
	claimed := jobs("b", "a", "b")
	got, credit := queue.Plan{Rest: queue.RestByAge}.Arrange(claimed, queue.Credit{"x": 1})
	require.Equal(t, claimed, got)
	require.Equal(t, queue.Credit{"x": 1}, credit)
}

func TestArrange_SurvivesAnyCredit(t *testing.T) {
	t.Parallel()
	shares := []queue.Share{{"a", queue.MaxWeights - 1}, {"b", 1}}
	for _, n := range []int{math.MaxInt, math.MinInt} {
		credit := queue.Credit{"a": n, "b": -n}
		got, _ := planOf(shares, credit.Quotas(shares, 3)).Arrange(jobs("a", "b", "b"), credit)
		require.Len(t, got, 3)
	}
}

func BenchmarkArrange(b *testing.B) {
	shares := []queue.Share{{"a", 60}, {"b", 30}, {"c", 10}}
	quotas := queue.Credit(nil).Quotas(shares, 100)
	p := planOf(shares, quotas)
	var claimed []string
	for i, quota := range quotas {
		for range quota {
			claimed = append(claimed, shares[i].Queue)
		}
	}
	records := jobs(claimed...)
	b.ReportAllocs()
	var credit queue.Credit
	for b.Loop() {
		_, credit = p.Arrange(records, credit)
	}
}
