package retry_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/core/retry"
)

func TestParse_ReadsWhatStringWrites(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		policy retry.Policy
		text   string
	}{
		"progressive":                {retry.Progressive(), "progressive"},
		" Progressive ":              {retry.Progressive(), "progressive"},
		"classic":                    {retry.TaskTowerClassic(), "classic"},
		"NONE":                       {retry.None(), "none"},
		"exponential:1s:1h":          {retry.Exponential(time.Second, time.Hour), "exponential:1s:1h"},
		"Exponential: 1m30s : 8760h": {retry.Exponential(90*time.Second, year), "exponential:1m30s:8760h"},
		"fixed:30s":                  {retry.Fixed(30 * time.Second), "fixed:30s"},
		"fixed:0.5h":                 {retry.Fixed(30 * time.Minute), "fixed:30m"},
		"fixed:3600s":                {retry.Fixed(time.Hour), "fixed:1h"},
		"fixed:1h0m10s":              {retry.Fixed(time.Hour + 10*time.Second), "fixed:1h0m10s"},
		"fixed:1.000000001s":         {retry.Fixed(time.Second + 1), "fixed:1.000000001s"},
		"steps:1s,5s":                {retry.Steps(time.Second, 5*time.Second), "steps:1s,5s"},
		"steps: 10m , 1h10m":         {retry.Steps(10*time.Minute, 70*time.Minute), "steps:10m,1h10m"},
	}
	for text, c := range cases {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			got, err := retry.Parse(text)
			require.NoError(t, err)
			require.Equal(t, c.policy, got)
			require.Equal(t, c.text, got.String())
			stored, ok := retry.Storable(got)
			require.True(t, ok)
			require.Equal(t, c.text, stored)
		})
	}
}

func TestParse_RefusesAnythingElse(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                      `unknown policy ""; want progressive`,
		"often":                 `unknown policy "often"`,
		"func":                  `unknown policy "func"`,
		"none:1s":               "none takes no waits",
		"progressive:":          "progressive takes no waits",
		"exponential":           "wants a base and a ceiling",
		"exponential:1s":        "wants a base and a ceiling",
		"exponential:1h:1s":     "above its ceiling",
		"exponential:1s:2s:3s":  "not a duration",
		"exponential:x:1s":      `"x" is not a duration`,
		"fixed":                 `"" is not a duration`,
		"fixed:0s":              "fixed wait is 0s",
		"fixed:-1s":             "fixed wait is -1s",
		"fixed:8760h1ns":        "at most 365 days",
		"fixed:30":              `"30" is not a duration`,
		"steps:":                `"" is not a duration`,
		"steps:1s,,2s":          `"" is not a duration`,
		"steps:1s,0s":           "step 2 is 0s",
		"fixed:99999999999999h": "not a duration",
		"steps:" + strings.Repeat("1s,", 100) + "1s":    "more than 100 steps",
		"steps:" + strings.Repeat("1s,", 90_000) + "1s": "more than 100 steps",
	} {
		t.Run(job.Clip(text, 30), func(t *testing.T) {
			t.Parallel()
			p, err := retry.Parse(text)
			require.Nil(t, p)
			require.ErrorIs(t, err, job.ErrInvalid)
			require.ErrorContains(t, err, "invalid retry: ")
			require.ErrorContains(t, err, want)
		})
	}
}

func TestStorable_RefusesWhatParseWouldNotGiveBack(t *testing.T) {
	t.Parallel()
	for name, p := range map[string]retry.Policy{
		"a func":               retry.Func(func(int, error) time.Duration { return 0 }),
		"a policy of others":   outside(0),
		"nil":                  nil,
		"a refused wait":       retry.Fixed(0),
		"steps of nothing":     retry.Steps(),
		"a ceiling too high":   retry.Exponential(time.Second, 2*year),
		"a base above ceiling": retry.Exponential(2, 1),
	} {
		_, ok := retry.Storable(p)
		require.False(t, ok, name)
	}
}

func TestParse_RoundTripsEveryPolicy(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := drawPolicy(t)
		text, ok := retry.Storable(p)
		require.True(t, ok)
		back, err := retry.Parse(text)
		require.NoError(t, err)
		require.Equal(t, p, back)
	})
}

func FuzzParse(f *testing.F) {
	for _, text := range []string{"progressive", "classic", "none", "exponential:1s:1h", "fixed:30s", "steps:1s,5s", "steps:1h0m0.5s,9ns", ":", "fixed:1µs", "fixed:+.5h"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := retry.Parse(text)
		if err != nil {
			require.Nil(t, p)
			require.ErrorIs(t, err, job.ErrInvalid)
			return
		}
		require.NoError(t, retry.Check(p))
		back, err := retry.Parse(p.String())
		require.NoError(t, err)
		require.Equal(t, p, back)
	})
}

func FuzzBackoff(f *testing.F) {
	f.Add(1, int64(time.Second), int64(time.Hour), uint64(1))
	f.Add(64, int64(1), int64(1)<<62, uint64(2))
	f.Add(-1, int64(-1), int64(-1), uint64(3))
	f.Fuzz(func(t *testing.T, n int, base, ceiling int64, seed uint64) {
		r := rng(seed)
		for _, p := range []retry.Policy{
			retry.Progressive(), retry.TaskTowerClassic(), retry.Fixed(time.Duration(base)),
			retry.Exponential(time.Duration(base), time.Duration(ceiling)),
			retry.Steps(time.Duration(base), time.Duration(ceiling)),
		} {
			wait := p.Wait(n, nil, r)
			require.GreaterOrEqual(t, wait, time.Duration(0), p)
			require.LessOrEqual(t, wait, year, p)
		}
		full := retry.FullJitter(n, time.Duration(base), time.Duration(ceiling), r)
		require.GreaterOrEqual(t, full, time.Duration(0))
		require.LessOrEqual(t, full, time.Duration(max(0, ceiling)))
	})
}
