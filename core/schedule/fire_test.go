package schedule_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/core/schedule"
)

func TestFire_FollowsThePolicies(t *testing.T) {
	t.Parallel()
	minutely, err := schedule.Parse("* * * * *", "")
	require.NoError(t, err)
	noon := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	at := func(minutes ...int) (out []time.Time) {
		for _, m := range minutes {
			out = append(out, noon.Add(time.Duration(m)*time.Minute))
		}
		return out
	}
	one := func(m int) time.Time { return at(m)[0] }
	const (
		once, skip, all          = schedule.MisfireOnce, schedule.MisfireSkip, schedule.MisfireAll
		noOverlap, allow, buffer = schedule.OverlapSkip, schedule.OverlapAllow, schedule.OverlapBufferOne
	)
	hundred := make([]int, schedule.MaxCatchUp)
	for i := range hundred {
		hundred[i] = 1000 - schedule.MaxCatchUp + 1 + i
	}
	for name, c := range map[string]struct {
		policy schedule.Policy
		at     schedule.Standing
		now    time.Time
		want   schedule.Firing
	}{
		"nothing before its time":             {schedule.Policy{Misfire: once, Overlap: noOverlap}, schedule.Standing{Next: one(1)}, one(1).Add(-1), schedule.Firing{Next: one(1)}},
		"the instant":                         {schedule.Policy{Misfire: once, Overlap: noOverlap}, schedule.Standing{Next: one(1)}, one(1), schedule.Firing{Slots: at(1), Next: one(2)}},
		"the first after it was saved":        {schedule.Policy{Misfire: once, Overlap: noOverlap}, schedule.Standing{Since: noon}, one(1), schedule.Firing{Slots: at(1), Next: one(2)}},
		"not the one at which it was saved":   {schedule.Policy{Misfire: once, Overlap: noOverlap}, schedule.Standing{Since: noon}, noon, schedule.Firing{Next: one(1)}},
		"once for many":                       {schedule.Policy{Misfire: once, Overlap: noOverlap}, schedule.Standing{Next: one(1)}, one(10), schedule.Firing{Slots: at(10), Next: one(11)}},
		"the latest while it is on time":      {schedule.Policy{Misfire: skip, Overlap: noOverlap}, schedule.Standing{Next: one(1)}, one(10), schedule.Firing{Slots: at(10), Next: one(11)}},
		"all":                                 {schedule.Policy{Misfire: all, Overlap: allow}, schedule.Standing{Next: one(1)}, one(3), schedule.Firing{Slots: at(1, 2, 3), Next: one(4)}},
		"all, but a hundred":                  {schedule.Policy{Misfire: all, Overlap: allow}, schedule.Standing{Next: one(1)}, one(1000), schedule.Firing{Slots: at(hundred...), Next: one(1001)}},
		"none while the last is busy":         {schedule.Policy{Misfire: once, Overlap: noOverlap}, schedule.Standing{Next: one(1), Busy: true}, one(2), schedule.Firing{Next: one(3)}},
		"all the same if told":                {schedule.Policy{Misfire: once, Overlap: allow}, schedule.Standing{Next: one(1), Busy: true}, one(2), schedule.Firing{Slots: at(2), Next: one(3)}},
		"one waits":                           {schedule.Policy{Misfire: once, Overlap: buffer}, schedule.Standing{Next: one(1), Busy: true}, one(1), schedule.Firing{Held: one(1), Next: one(2)}},
		"one goes on waiting, others do not":  {schedule.Policy{Misfire: once, Overlap: buffer}, schedule.Standing{Next: one(2), Held: one(1), Busy: true}, one(2), schedule.Firing{Held: one(1), Next: one(3)}},
		"what waited comes first":             {schedule.Policy{Misfire: once, Overlap: buffer}, schedule.Standing{Next: one(2), Held: one(1)}, one(2), schedule.Firing{Slots: at(1), Held: one(2), Next: one(3)}},
		"what waited comes as soon as it may": {schedule.Policy{Misfire: skip, Overlap: buffer}, schedule.Standing{Next: one(90), Held: one(1)}, one(89), schedule.Firing{Slots: at(1), Next: one(90)}},
		"what waited is dropped by a change":  {schedule.Policy{Misfire: once, Overlap: noOverlap}, schedule.Standing{Next: one(3), Held: one(1)}, one(2), schedule.Firing{Next: one(3)}},
		"a pause is not made up for":          {schedule.Policy{Misfire: all, Overlap: allow}, schedule.Standing{Next: one(1), Resume: one(9)}, one(10), schedule.Firing{Slots: at(9, 10), Next: one(11)}},
		"a pause that ends between two":       {schedule.Policy{Misfire: all, Overlap: allow}, schedule.Standing{Next: one(1), Resume: one(9).Add(1)}, one(9).Add(2), schedule.Firing{Next: one(10)}},
		"a pause from before the first":       {schedule.Policy{Misfire: all, Overlap: allow}, schedule.Standing{Next: one(1), Resume: noon}, one(1), schedule.Firing{Slots: at(1), Next: one(2)}},
		"a clock that was set back does wait": {schedule.Policy{Misfire: all, Overlap: allow}, schedule.Standing{Next: one(100)}, one(1), schedule.Firing{Next: one(100)}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := minutely.Fire(c.policy, c.at, c.now)
			require.Equal(t, c.want.Next, got.Next)
			require.Equal(t, c.want.Held, got.Held)
			require.Equal(t, c.want.Slots, slices.Clip(got.Slots))
		})
	}
}

func TestFire_CatchesUpWithinADay(t *testing.T) {
	t.Parallel()
	daily, err := schedule.Parse("0 3 * * *", "")
	require.NoError(t, err)
	due := time.Date(2026, 3, 1, 3, 0, 0, 0, time.UTC)
	p := schedule.Policy{Misfire: schedule.MisfireOnce, Overlap: schedule.OverlapSkip}
	weekly, err := schedule.Parse("0 3 * * SUN", "")
	require.NoError(t, err)
	at := schedule.Standing{Next: due}
	require.Equal(t, []time.Time{due}, weekly.Fire(p, at, due.Add(24*time.Hour)).Slots)
	require.Empty(t, weekly.Fire(p, at, due.Add(24*time.Hour+1)).Slots)
	require.Equal(t, []time.Time{due.AddDate(1, 0, 0)}, daily.Fire(p, at, due.AddDate(1, 0, 0)).Slots)
	p.Misfire = schedule.MisfireSkip
	require.NotEmpty(t, daily.Fire(p, at, due.Add(schedule.OnTime)).Slots)
	require.Empty(t, daily.Fire(p, at, due.Add(schedule.OnTime+1)).Slots)
}

func TestFire_NeverComesBackOnceThereIsNoMore(t *testing.T) {
	t.Parallel()
	f := schedule.Schedule{}.Fire(schedule.Policy{}, schedule.Standing{}, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	require.Empty(t, f.Slots)
	require.Equal(t, 9999, f.Next.Year())
}

// Whoever looks whenever: each instant fires once, but those that the policy skips.
func TestFire_FiresEachInstantOnce(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		spec := rapid.SampledFrom([]string{"@every 7s", "* * * * *", "*/5 * * * * *", "0 3 * * *", "@hourly"}).Draw(t, "spec")
		s, err := schedule.Parse(spec, rapid.SampledFrom([]string{"", "Europe/Berlin"}).Draw(t, "zone"))
		require.NoError(t, err)
		begin := time.Date(2026, 3, 28, 0, 0, 0, 0, time.UTC).Add(time.Duration(rapid.Int64Range(0, int64(48*time.Hour)).Draw(t, "begin")))
		s = s.Anchored(begin)
		all := rapid.Bool().Draw(t, "all")
		p := schedule.Policy{Misfire: schedule.MisfireOnce, Overlap: schedule.OverlapAllow}
		if all {
			p.Misfire = schedule.MisfireAll
		}
		at, now := schedule.Standing{Since: begin}, begin
		var fired, want []time.Time
		for range rapid.IntRange(1, 30).Draw(t, "looks") {
			before := now
			now = now.Add(time.Duration(rapid.Int64Range(0, int64(6*time.Minute)).Draw(t, "wait")))
			f := s.Fire(p, at, now)
			fired = append(fired, f.Slots...)
			due := s.Between(before, now, 1000)
			if !all {
				due = due[max(0, len(due)-1):]
			}
			want = append(want, due...)
			next, ok := s.Next(now)
			require.True(t, ok)
			require.Equal(t, next, f.Next)
			at.Next = f.Next
		}
		require.Equal(t, want, fired)
	})
}

func TestPolicy_ChecksItself(t *testing.T) {
	t.Parallel()
	for _, p := range []schedule.Policy{
		{}, {Misfire: schedule.MisfireOnce}, {Misfire: "often", Overlap: schedule.OverlapSkip},
		{Misfire: schedule.MisfireAll, Overlap: schedule.OverlapSkip},
	} {
		require.ErrorIs(t, p.Check(), job.ErrInvalid, "%v", p)
	}
	require.NoError(t, schedule.Policy{Misfire: schedule.MisfireAll, Overlap: schedule.OverlapAllow}.Check())
}
