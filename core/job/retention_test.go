package job_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/core/job"
)

func TestDefaultRetention(t *testing.T) {
	t.Parallel()
	day := 24 * time.Hour
	require.Equal(t, job.Retention{Completed: day, Cancelled: day, Dead: 30 * day}, job.DefaultRetention())
}

func TestRetention_Check(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		r      job.Retention
		fields []string
	}{
		"takes the zero value":             {job.Retention{}, nil},
		"takes the default":                {job.DefaultRetention(), nil},
		"takes for ever":                   {job.Retention{Completed: job.KeepForever, Cancelled: job.KeepForever, Dead: job.KeepForever}, nil},
		"takes the limits":                 {job.Retention{Completed: time.Millisecond, Dead: job.MaxRetention}, nil},
		"refuses a negative time":          {job.Retention{Dead: -time.Hour}, []string{"Retention.Dead"}},
		"refuses less than a millisecond":  {job.Retention{Completed: 1}, []string{"Retention.Completed"}},
		"names every field that is wrong":  {job.Retention{Completed: -2, Cancelled: job.MaxRetention + 1}, []string{"Retention.Completed", "Retention.Cancelled"}},
		"refuses what is longer than ever": {job.Retention{Cancelled: 1<<63 - 1}, []string{"Retention.Cancelled"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := c.r.Check()
			if c.fields == nil {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, job.ErrInvalid)
			for _, f := range c.fields {
				require.ErrorContains(t, err, f)
			}
		})
	}
}

func TestRetention_CountsFromTheEnd(t *testing.T) {
	t.Parallel()
	ended := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	r := job.Retention{Completed: time.Hour, Dead: job.KeepForever}.Or(job.DefaultRetention())
	require.Equal(t, job.Retention{Completed: time.Hour, Cancelled: 24 * time.Hour, Dead: job.KeepForever}, r)
	require.Equal(t, time.Hour, r.Shortest())
	require.Equal(t, 24*time.Hour, r.Longest())

	at, ok := r.Expiry(job.Completed, ended)
	require.True(t, ok)
	require.Equal(t, ended.Add(time.Hour), at)
	for _, s := range []job.State{job.Dead, job.Enqueued, job.Processing, job.Scheduled, job.Retrying} {
		_, ok = r.Expiry(s, ended)
		require.False(t, ok, s)
	}
	ever := job.Retention{Completed: job.KeepForever, Cancelled: job.KeepForever, Dead: job.KeepForever}
	require.Negative(t, ever.Shortest())
	require.Negative(t, ever.Longest())
	require.Zero(t, job.Retention{}.Shortest())
}
