package schedule_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/core/schedule"
)

func FuzzParse(f *testing.F) {
	for _, spec := range []string{
		"@daily", "@every 90s", "@every 1.000001s", "0 3 * * *", "*/15 * * * *", "*/7 1-5,30/9 2 L-3,15W,LW,1-31/2 jan,MAR-jun ?",
		"0 0 ? 2 MON#5", "0 0 29 2 */7", "30 2 ? 3 SUN#2", "0 0 */31 * 7L,sat-sun", "59 59 23 31 12 *", "0 0 30 2 *", "0 0 5,*,L * *,1",
		"? * * * *", "0 0 * * FRI-MON", "*/ * * * *", "TZ=UTC * * * * *", "1,,2 * * * *", "\xff * * * *",
	} {
		f.Add(spec, "America/New_York", int64(1_772_953_200)) // when the clock there leaps
		f.Add(spec, "", int64(-1)<<63)
	}
	f.Add("30 1 * * *", "Australia/Lord_Howe", int64(1_775_314_800))
	f.Add("@hourly", "Mars/Olympus", int64(0))

	f.Fuzz(func(t *testing.T, spec, zone string, unix int64) {
		s, err := schedule.Parse(spec, zone)
		if err != nil {
			require.Equal(t, schedule.Schedule{}, s)
			require.ErrorIs(t, err, job.ErrInvalid)
			return
		}
		again, err := schedule.Parse(s.String(), s.Zone())
		require.NoError(t, err)
		require.True(t, s.Equal(again), "%q and %q", spec, s)
		require.Equal(t, s.String(), again.String())

		after := time.Unix(unix, 0)
		for range 20 {
			due, ok := s.Next(after)
			if !ok {
				require.Greater(t, unix, int64(250_000_000_000), "%q ends after %s", spec, after)
				return
			}
			require.True(t, due.After(after), "%q after %s: %s", spec, after, due)

			// Nothing lies between: asked from anywhere before, the answer is the same.
			between := due.Add(-1)
			if middle := after.Add(due.Sub(after) / 2); middle.Before(due) && !middle.Before(after) {
				between = middle
			}
			same, ok := s.Next(between)
			require.True(t, ok)
			require.Equal(t, due, same, "%q after %s", spec, between)
			after, unix = due, due.Unix()
		}
	})
}
