package modules_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/fx"

	"github.com/task-tower/tasktower/modules"
)

func TestStopTimeout_LeavesRoomForTheDrain(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		config modules.Config
		want   time.Duration
	}{
		"zero values":  {modules.Config{}, 45 * time.Second},
		"defaults":     {modules.DefaultConfig(), 45 * time.Second},
		"no grace":     {modules.Config{Grace: -1, Overstay: time.Second}, 11 * time.Second},
		"a long grace": {modules.Config{Grace: time.Hour}, time.Hour + 15*time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, c.want, fx.New(fx.NopLogger, c.config.StopTimeout()).StopTimeout())
		})
	}
}

func TestStopTimeout_ReadsTheEnvironment(t *testing.T) {
	t.Setenv("TASKTOWER_GRACE", "2m")
	require.Equal(t, 135*time.Second, fx.New(fx.NopLogger, modules.StopTimeout()).StopTimeout())
	t.Setenv("TASKTOWER_GRACE", "soon")
	app := fx.New(fx.NopLogger, modules.StopTimeout())
	require.NoError(t, app.Err(), "the modules report it")
	require.Equal(t, 45*time.Second, app.StopTimeout())
}
