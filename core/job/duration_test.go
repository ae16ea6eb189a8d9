package job_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/core/job"
)

func TestInvalid_SpellsDurationsForPeople(t *testing.T) {
	t.Parallel()
	for want, d := range map[string]time.Duration{
		"100 years":          100 * 366 * 24 * time.Hour,
		"10 years":           10 * 365 * 24 * time.Hour,
		"366 days":           366 * 24 * time.Hour,
		"720h":               720 * time.Hour,
		"24h":                24 * time.Hour,
		"1h30m":              90 * time.Minute,
		"1m30s":              90 * time.Second,
		"10s":                10 * time.Second,
		"0s":                 0,
		"-1h":                -time.Hour,
		"878400h0m0.000001s": 100*366*24*time.Hour + time.Microsecond,
	} {
		args := []any{d}
		require.EqualError(t, job.Invalid("x", "at most %s", args...), "invalid x: at most "+want)
		require.Equal(t, []any{d}, args)
	}
}
