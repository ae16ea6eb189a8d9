package scenario

import (
	"context"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower"
	"github.com/task-tower/tasktower/core/job"
)

var recurring = map[string]func(*house){
	"each instant's job keeps its parameters and its deadline": recurringFires,
	"a job triggered by hand keeps them as well":               recurringTriggered,
	"what somebody removed stays removed across starts":        recurringRemoved,
}

// yearly is a recurring job whose next instant no test sees.
func yearly(key string, opts ...tasktower.Option) tasktower.Recurring {
	return tasktower.Recurring{Key: key, When: tasktower.Every(365 * 24 * time.Hour), Args: Work{}, Options: opts}
}

// by is a client whose jobs say who asked for them.
func (h *house) by(user string) *tasktower.Client {
	return h.client.WithContext(func(_ context.Context, p tasktower.Params) error {
		return p.Set("User", user)
	})
}

// requireAsAdded checks that a job is what ada added, with an hour to start in.
func (h *house) requireAsAdded(r *tasktower.Record) {
	h.Helper()
	user, err := job.Param[string](r.Params, "User")
	require.NoError(h, err)
	require.Equal(h, "ada", user)
	require.Equal(h, time.Hour, r.Deadline.Sub(r.CreatedAt))
}

func recurringFires(h *house) {
	got := make(chan *tasktower.Record, 9)
	h.work(tasktower.WorkerConfig{}, func(_ context.Context, j *tasktower.Job[Work]) error {
		got <- j.Record
		return nil
	})
	each := yearly("tick", tasktower.DeadlineIn(time.Hour))
	each.When = tasktower.Every(time.Second)
	require.NoError(h, h.by("ada").AddRecurring(h.Context(), each))
	h.requireAsAdded(soon(h, got))
}

func recurringTriggered(h *house) {
	require.NoError(h, h.by("ada").AddRecurring(h.Context(), yearly("tick", tasktower.DeadlineIn(time.Hour))))
	rec, err := h.by("bob").TriggerRecurring(h.Context(), "tick")
	require.NoError(h, err)
	h.requireAsAdded(rec)
	h.requireAsAdded(h.get(rec.ID))
}

func recurringRemoved(h *house) {
	start := func(keys ...string) (stop func()) {
		var declared []tasktower.Recurring
		for _, key := range keys {
			declared = append(declared, yearly(key))
		}
		return h.work(tasktower.WorkerConfig{Recurring: declared}, func(context.Context, *tasktower.Job[Work]) error { return nil })
	}
	until := func(want ...string) {
		h.Helper()
		var keys []string
		h.until(func() bool {
			all, err := h.client.RecurringJobs(h.Context())
			require.NoError(h, err)
			keys = nil
			for _, r := range all {
				keys = append(keys, r.Key)
			}
			return len(keys) >= len(want)
		}, "there are %d keys", len(want))
		require.Equal(h, want, keys)
	}
	stop := start("a")
	until("a")
	require.NoError(h, h.client.RemoveRecurring(h.Context(), "a"))
	stop()
	start("a", "b") // in this order
	until("b")
	require.NoError(h, h.client.AddRecurring(h.Context(), yearly("a")))
	until("a", "b")
}
