package job_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/core/job"
)

func TestNewRecord_DatesASpec(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 5, 1, 12, 0, 0, 1_500, time.FixedZone("x", 3600))
	cases := map[string]struct {
		spec     job.Spec
		state    job.State
		runAt    time.Time
		deadline time.Time
	}{
		"now":                            {job.Spec{}, job.Enqueued, job.Micro(now), time.Time{}},
		"in a while":                     {job.Spec{Delay: time.Minute}, job.Scheduled, job.Micro(now.Add(time.Minute)), time.Time{}},
		"at a time":                      {job.Spec{RunAt: now.Add(time.Hour), Delay: time.Minute}, job.Scheduled, job.Micro(now.Add(time.Hour)), time.Time{}},
		"at a time gone by":              {job.Spec{RunAt: now.Add(-time.Hour)}, job.Enqueued, job.Micro(now.Add(-time.Hour)), time.Time{}},
		"within less than a microsecond": {job.Spec{Delay: time.Nanosecond}, job.Enqueued, job.Micro(now), time.Time{}},
		"deadline":                       {job.Spec{Deadline: now.Add(time.Hour), DeadlineIn: time.Second}, job.Enqueued, job.Micro(now), job.Micro(now.Add(time.Hour))},
		"deadline in an hour":            {job.Spec{DeadlineIn: time.Hour}, job.Enqueued, job.Micro(now), job.Micro(now.Add(time.Hour))},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := job.NewRecord(&c.spec, now)
			require.Equal(t, c.state, r.State)
			require.Equal(t, c.runAt, r.RunAt)
			require.Equal(t, c.deadline, r.Deadline)
			require.Zero(t, r.Attempt)
		})
	}
}

func TestMicro_IsWhatStoresKeep(t *testing.T) {
	t.Parallel()
	got := job.Micro(time.Now().In(time.FixedZone("x", 3600)))
	require.Equal(t, time.UTC, got.Location())
	require.Zero(t, got.Nanosecond()%1000)
	require.Equal(t, got, got.Round(0), "no monotonic reading")
}

func TestClone_SharesNothingThatCanChange(t *testing.T) {
	t.Parallel()
	r := &job.Record{Payload: []byte("{}"), Tags: []string{"a"}, Params: job.Params{"u": json.RawMessage("1")}}
	c := r.Clone()
	require.Equal(t, r, c)
	c.Payload[0], c.Tags[0] = 'x', "x"
	c.Params["new"] = nil
	require.Equal(t, &job.Record{Payload: []byte("{}"), Tags: []string{"a"}, Params: job.Params{"u": json.RawMessage("1")}}, r)
}
