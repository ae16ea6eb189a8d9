package schedule_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/core/schedule"
)

func TestEvery_CountsFromItsAnchor(t *testing.T) {
	t.Parallel()
	epoch := instant(t, "2026-03-29T00:00:07.25Z")
	s := parse(t, "@every 90s", "").Anchored(epoch)
	for after, want := range map[string]string{
		"2020-01-01T00:00:00Z":      "2026-03-29T00:00:07.25Z", // k = 0
		"2026-03-29T00:00:07.249Z":  "2026-03-29T00:00:07.25Z",
		"2026-03-29T00:00:07.25Z":   "2026-03-29T00:01:37.25Z",
		"2026-03-29T00:01:37.2499Z": "2026-03-29T00:01:37.25Z",
		"2026-03-29T00:01:37.25Z":   "2026-03-29T00:03:07.25Z",
		"2026-03-29T00:01:38Z":      "2026-03-29T00:03:07.25Z",
		"2026-03-30T00:00:00Z":      "2026-03-30T00:00:07.25Z", // 960 · 90 s are a day
	} {
		due, ok := s.Next(instant(t, after))
		require.True(t, ok)
		require.Equal(t, instant(t, want).UTC(), due, after)
	}
}

func TestEvery_TakesNoNoticeOfZones(t *testing.T) {
	t.Parallel()
	after := instant(t, "2026-03-29T00:00:00Z")
	want := []string{"2026-03-29T00:30:00Z", "2026-03-29T01:00:00Z", "2026-03-29T01:30:00Z", "2026-03-29T02:00:00Z"}
	require.Equal(t, want, texts(parse(t, "@every 30m", "Europe/Berlin").NextN(after, 4)))
	require.Equal(t, want, texts(parse(t, "@every 30m", "").NextN(after, 4)))
}

func TestEvery_AnchorsAreStorable(t *testing.T) {
	t.Parallel()
	s := parse(t, "@every 1s", "").Anchored(time.Unix(5, 1_999))
	due, ok := s.Next(time.Unix(5, 0))
	require.True(t, ok)
	require.Equal(t, time.Unix(5, 1_000).UTC(), due)

	daily := parse(t, "@daily", "")
	require.True(t, daily.Equal(daily.Anchored(time.Unix(5, 0))), "a cron line has no anchor")
}

func TestEvery_IsBounded(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"1s": "@every 1s", "1500ms": "@every 1.5s", "90s": "@every 1m30s", "0.5h": "@every 30m", "3600s": "@every 1h",
		"87600h": "@every 87600h", " \t24h ": "@every 24h", "1s1us": "@every 1.000001s",
	} {
		require.Equal(t, want, parse(t, "@EVERY "+text, "").String())
	}
	for text, want := range map[string]string{
		"":                "is not a duration; want one like 90s",
		"90":              `"90" is not a duration`,
		"1d":              `"1d" is not a duration`,
		"1h 30m":          `"1h 30m" is not a duration`,
		"0s":              "0s is outside 1s to 10 years",
		"999999us":        "999.999ms is outside 1s to 10 years",
		"-90s":            "-1m30s is outside 1s to 10 years",
		"87600h1s":        "is outside 1s to 10 years",
		"9999999999999h":  "is not a duration",
		"1s1ns":           "finer than the microseconds",
		"90s # each slot": "is not a duration",
	} {
		s, err := schedule.Parse("@every "+text, "")
		require.Equal(t, schedule.Schedule{}, s)
		require.ErrorIs(t, err, job.ErrInvalid, text)
		require.ErrorContains(t, err, "invalid spec.every: ")
		require.ErrorContains(t, err, want)
	}
}

func TestEvery_IsDueAtWholeStepsOnly(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		step := time.Duration(rapid.Int64Range(1e6, 1e12).Draw(t, "step in µs")) * time.Microsecond
		epoch := time.UnixMicro(rapid.Int64Range(-6e16, 2e17).Draw(t, "epoch"))
		after := time.UnixMicro(rapid.Int64Range(-6e16, 2e17).Draw(t, "after"))
		s, err := schedule.Parse("@every "+step.String(), "")
		require.NoError(t, err)

		due, ok := s.Anchored(epoch).Next(after)
		require.True(t, ok)
		require.True(t, due.After(after))
		require.False(t, due.Before(epoch))
		micros := due.UnixMicro() - epoch.UnixMicro()
		require.Zero(t, micros%step.Microseconds())
		require.True(t, micros == 0 || !due.Add(-step).After(after))
	})
}
