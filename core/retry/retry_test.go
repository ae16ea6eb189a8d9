package retry_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/core/retry"
)

const year = 365 * 24 * time.Hour

var errBoom = errors.New("boom")

func rng(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 1)) }

func TestWait_StaysInItsBounds(t *testing.T) {
	t.Parallel()
	s := time.Second
	cases := map[string]struct {
		policy    retry.Policy
		n         int
		low, high time.Duration
	}{
		"progressive 1":                {retry.Progressive(), 1, 4800 * time.Millisecond, 7200 * time.Millisecond},
		"progressive 2":                {retry.Progressive(), 2, 16800 * time.Millisecond, 25200 * time.Millisecond},
		"progressive 3":                {retry.Progressive(), 3, 68800 * time.Millisecond, 103200 * time.Millisecond},
		"progressive 10":               {retry.Progressive(), 10, 8004 * s, 12006 * s},
		"progressive 13 at ceiling":    {retry.Progressive(), 13, 6 * time.Hour * 4 / 5, 6 * time.Hour * 6 / 5},
		"progressive any n":            {retry.Progressive(), math.MaxInt, 6 * time.Hour * 4 / 5, 6 * time.Hour * 6 / 5},
		"progressive 0 is 1":           {retry.Progressive(), 0, 4800 * time.Millisecond, 7200 * time.Millisecond},
		"classic 1":                    {retry.TaskTowerClassic(), 1, 17 * s, 46 * s},
		"classic 2":                    {retry.TaskTowerClassic(), 2, 32 * s, 90 * s},
		"classic 74":                   {retry.TaskTowerClassic(), 74, 29986592 * s, 29988738 * s},
		"classic 75 at the limit":      {retry.TaskTowerClassic(), 75, year, year},
		"classic any n":                {retry.TaskTowerClassic(), math.MaxInt, year, year},
		"classic below 1":              {retry.TaskTowerClassic(), math.MinInt, 17 * s, 46 * s},
		"exponential 1":                {retry.Exponential(s, time.Hour), 1, 0, s},
		"exponential 5":                {retry.Exponential(s, time.Hour), 5, 0, 16 * s},
		"exponential 13 at ceiling":    {retry.Exponential(s, time.Hour), 13, 0, time.Hour},
		"exponential any n":            {retry.Exponential(1, year), math.MaxInt, 0, year},
		"exponential below 1":          {retry.Exponential(s, time.Hour), -3, 0, s},
		"exponential beyond the limit": {retry.Exponential(s, math.MaxInt64), 64, 0, year},
		"exponential of nothing":       {retry.Exponential(0, 0), 9, 0, 0},
		"fixed":                        {retry.Fixed(30 * s), 7, 30 * s, 30 * s},
		"fixed beyond the limit":       {retry.Fixed(2 * year), 1, year, year},
		"fixed below zero":             {retry.Fixed(-s), 1, 0, 0},
		"steps first":                  {retry.Steps(s, 5*s), 1, s, s},
		"steps second":                 {retry.Steps(s, 5*s), 2, 5 * s, 5 * s},
		"steps last repeats":           {retry.Steps(s, 5*s), math.MaxInt, 5 * s, 5 * s},
		"steps below 1":                {retry.Steps(s, 5*s), 0, s, s},
		"steps of nothing give up":     {retry.Steps(), 1, retry.GiveUp, retry.GiveUp},
		"none gives up":                {retry.None(), 1, retry.GiveUp, retry.GiveUp},
		"nil func is the default":      {retry.Func(nil), 1, 4800 * time.Millisecond, 7200 * time.Millisecond},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := rng(1)
			for range 2_000 {
				wait := c.policy.Wait(c.n, errBoom, r)
				require.GreaterOrEqual(t, wait, c.low)
				require.LessOrEqual(t, wait, c.high)
			}
			middle := c.policy.Wait(c.n, errBoom, nil)
			require.GreaterOrEqual(t, middle, c.low)
			require.LessOrEqual(t, middle, c.high)
		})
	}
}

func TestProgressive_TakesAboutSevenHoursInAll(t *testing.T) {
	t.Parallel()
	var middle time.Duration
	for n := 1; n <= 10; n++ {
		middle += retry.Progressive().Wait(n, errBoom, nil)
	}
	require.Equal(t, 25383*time.Second, middle)
}

func TestJitter_IsUniform(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		policy retry.Policy
		mean   time.Duration
	}{
		"progressive": {retry.Progressive(), 21 * time.Second},
		"classic":     {retry.TaskTowerClassic(), 61 * time.Second},
		"exponential": {retry.Exponential(time.Minute, time.Hour), time.Minute},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, sum := rng(7), time.Duration(0)
			const draws = 20_000
			for range draws {
				sum += c.policy.Wait(2, errBoom, r)
			}
			require.InEpsilon(t, float64(c.mean), float64(sum)/draws, 0.03)
		})
	}
}

func TestFunc_IsAskedAndBounded(t *testing.T) {
	t.Parallel()
	p := retry.Func(func(attempt int, err error) time.Duration {
		require.ErrorIs(t, err, errBoom)
		switch attempt {
		case 1:
			return time.Second
		case 2:
			return 2 * year
		}
		return -time.Hour
	})
	require.Equal(t, time.Second, p.Wait(1, errBoom, nil))
	require.Equal(t, time.Second, p.Wait(-5, errBoom, nil))
	require.Equal(t, year, p.Wait(2, errBoom, nil))
	require.Equal(t, retry.GiveUp, p.Wait(3, errBoom, nil))
}

// outside is a policy of somebody else's.
type outside time.Duration

func (o outside) Wait(int, error, *rand.Rand) time.Duration { return time.Duration(o) }
func (outside) String() string                              { return "progressive" }

func TestNext_ReadsAnyAnswer(t *testing.T) {
	t.Parallel()
	wait, again := retry.Next(outside(math.MaxInt64), 1, errBoom, nil)
	require.True(t, again)
	require.Equal(t, year, wait)

	wait, again = retry.Next(outside(math.MinInt64), 1, errBoom, nil)
	require.False(t, again)
	require.Zero(t, wait)

	wait, again = retry.Next(nil, 1, errBoom, nil)
	require.True(t, again)
	require.Equal(t, 6*time.Second, wait)

	_, again = retry.Next(outside(0), 0, nil, nil)
	require.True(t, again)
}

func TestCheck_NamesEveryMistake(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		policy retry.Policy
		want   []string // none: fine
	}{
		"nil":                      {nil, nil},
		"from outside":             {outside(0), nil},
		"progressive":              {retry.Progressive(), nil},
		"none":                     {retry.None(), nil},
		"exponential":              {retry.Exponential(1, year), nil},
		"exponential zero":         {retry.Exponential(0, -1), []string{"exponential base is 0s", "exponential ceiling is -1ns"}},
		"exponential upside down":  {retry.Exponential(2*time.Second, time.Second), []string{"base 2s is above its ceiling 1s"}},
		"exponential beyond":       {retry.Exponential(time.Second, year+1), []string{"at most 365 days"}},
		"fixed zero":               {retry.Fixed(0), []string{"fixed wait is 0s"}},
		"fixed a year":             {retry.Fixed(year), nil},
		"steps none":               {retry.Steps(), []string{"0 steps; want 1 to 100"}},
		"steps too many":           {retry.Steps(make([]time.Duration, 101)...), []string{"101 steps"}},
		"steps two of three wrong": {retry.Steps(-1, time.Second, 0), []string{"step 1 is -1ns", "step 3 is 0s"}},
		"func nil":                 {retry.Func(nil), []string{"function is nil"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := retry.Check(c.policy)
			if c.want == nil {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, job.ErrInvalid)
			for _, want := range c.want {
				require.ErrorContains(t, err, want)
			}
		})
	}
}

func TestSteps_KeepsItsOwnCopy(t *testing.T) {
	t.Parallel()
	waits := []time.Duration{time.Second}
	p := retry.Steps(waits...)
	waits[0] = time.Hour
	require.Equal(t, time.Second, p.Wait(1, nil, nil))
}

func TestWait_NeverLeavesZeroToAYear(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := drawPolicy(t)
		n := rapid.Int().Draw(t, "n")
		seed := rapid.Uint64().Draw(t, "seed")
		wait := p.Wait(n, errBoom, rng(seed))
		if wait < 0 || wait > year {
			t.Fatalf("%s waits %s before retry %d", p, wait, n)
		}
		if again := p.Wait(n, errBoom, rng(seed)); again != wait {
			t.Fatalf("%s waits %s, then %s with the same seed", p, wait, again)
		}
	})
}

// drawPolicy draws a policy that retries and passes Check.
func drawPolicy(t *rapid.T) retry.Policy {
	waits := rapid.Custom(func(t *rapid.T) time.Duration {
		return time.Duration(rapid.Int64Range(1, int64(year)).Draw(t, "ns"))
	})
	switch rapid.IntRange(0, 4).Draw(t, "policy") {
	case 0:
		return retry.Progressive()
	case 1:
		return retry.TaskTowerClassic()
	case 2:
		a, b := waits.Draw(t, "a"), waits.Draw(t, "b")
		return retry.Exponential(min(a, b), max(a, b))
	case 3:
		return retry.Fixed(waits.Draw(t, "wait"))
	}
	return retry.Steps(rapid.SliceOfN(waits, 1, retry.MaxSteps).Draw(t, "waits")...)
}
