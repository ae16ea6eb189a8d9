package ports_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/ports"
)

func TestStateAt(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	ago := func(d time.Duration) time.Time { return now.Add(-d) }
	beat := func(at time.Time) ports.Worker {
		return ports.Worker{Heartbeat: 5 * time.Second, BeatAt: at, LiveUntil: at.Add(30 * time.Second)}
	}
	draining := func(w ports.Worker) ports.Worker { w.DrainingAt = ago(time.Minute); return w }
	stopped := func(w ports.Worker) ports.Worker { w.StoppedAt = ago(time.Second); return w }
	silent := beat(ago(20 * time.Second))
	silent.Heartbeat = 0
	paused := beat(now)
	paused.PausedAt = now
	for name, c := range map[string]struct {
		worker ports.Worker
		want   ports.WorkerState
	}{
		"a beat just now":                      {beat(now), ports.WorkerLive},
		"one beat is late":                     {beat(ago(9 * time.Second)), ports.WorkerLive},
		"the second beat is due now":           {beat(ago(10 * time.Second)), ports.WorkerLive},
		"two beats are missed":                 {beat(ago(10*time.Second + 1)), ports.WorkerStale},
		"nobody knows when beats are due":      {silent, ports.WorkerLive},
		"its life ends now":                    {beat(ago(30 * time.Second)), ports.WorkerLost},
		"it drains":                            {draining(beat(now)), ports.WorkerDraining},
		"it drains and has missed two beats":   {draining(beat(ago(11 * time.Second))), ports.WorkerStale},
		"it was lost while it drained":         {draining(beat(ago(time.Minute))), ports.WorkerLost},
		"it took its leave":                    {stopped(beat(ago(2 * time.Second))), ports.WorkerStopped},
		"it took its leave a long time ago":    {stopped(beat(ago(time.Hour))), ports.WorkerStopped},
		"it is paused, which is not a state":   {paused, ports.WorkerLive},
		"it has drained, and took its leave":   {stopped(draining(beat(now))), ports.WorkerStopped},
		"the clock says that it beat too soon": {beat(now.Add(time.Second)), ports.WorkerLive},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, c.want, c.worker.StateAt(now))
		})
	}
}
