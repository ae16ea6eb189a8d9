package modules_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/fx"

	"github.com/task-tower/tasktower"
	"github.com/task-tower/tasktower/modules"
	"github.com/task-tower/tasktower/strategies"
)

func TestApp_ReportsEveryMistakeAtOnce(t *testing.T) {
	for name, value := range map[string]string{
		"TASKTOWER_CONCURENCY":           "20",
		"TASKTOWER_CONCURRENCY":          "20000",
		"TASKTOWER_LEASE":                "6s",
		"TASKTOWER_SCHEMA":               "Robert'); --",
		"TASKTOWER_MIGRATE":              "perhaps",
		"TASKTOWER_QUEUE_PRIORITIZATION": "index",
		"TASKTOWER_QUEUE_PRIORITIES":     "high",
	} {
		t.Setenv(name, value)
	}
	constructed := false
	app := fx.New(fx.NopLogger,
		modules.Pool(), modules.Postgres(), modules.Worker(),
		modules.Strategy(strategies.Weighted(map[string]int{"high": 0})),
		fx.Provide(func() *journal { constructed = true; return &journal{} }),
		modules.HandlerFunc(sendBill, tasktower.MaxRetries(-1)),
		modules.HandlerFunc(sendBill, tasktower.UniqueKey("x")),
		fx.Invoke(func(*journal) {}),
	)
	err := app.Err()
	require.ErrorIs(t, err, tasktower.ErrInvalid)
	for _, want := range []string{
		"TASKTOWER_CONCURENCY: is no variable of Task Tower; did you mean TASKTOWER_CONCURRENCY?",
		"TASKTOWER_CONCURRENCY: is 20000; want 1 to 10000",
		"TASKTOWER_LEASE: is 6s; want more than two heartbeats of 5s",
		"TASKTOWER_SCHEMA: is ",
		`TASKTOWER_MIGRATE: is "perhaps"; want true or false`,
		"TASKTOWER_QUEUE_PRIORITIES: item \"high\" has no number",
		"TASKTOWER_DATABASE_URL: is not set",
		`weighted weights["high"]: is 0; want at least 1`,
		"max_retries: is -1",
		"UniqueKey belongs to an enqueue",
	} {
		require.ErrorContains(t, err, want)
	}
	require.False(t, constructed, "mistakes are found before anything is made")
}

func TestApp_ReportsAWorkerWithoutHandlers(t *testing.T) {
	t.Parallel()
	app := fx.New(fx.NopLogger, modules.Settings(modules.DefaultConfig()), modules.Memory(), modules.Worker())
	require.ErrorContains(t, app.Err(), "invalid handlers: are empty")
}

func TestApp_ReportsAKindWithTwoHandlers(t *testing.T) {
	t.Parallel()
	app := fx.New(fx.NopLogger, modules.Settings(modules.DefaultConfig()), modules.Memory(), modules.Worker(),
		fx.Supply(&journal{}), modules.HandlerFunc(sendBill), modules.HandlerFunc(sendBill))
	require.ErrorContains(t, app.Err(), `handlers[1] "bill": invalid kind: has a handler already`)
}

func TestApp_ReportsAMissingStrategy(t *testing.T) {
	t.Parallel()
	app := fx.New(fx.NopLogger, modules.Settings(modules.DefaultConfig()), modules.Memory(), modules.Worker(),
		fx.Supply(&journal{}), modules.HandlerFunc(sendBill), modules.Strategy(nil))
	require.ErrorContains(t, app.Err(), "invalid strategy: is nil")
}

func TestInjected_IsAMistakeOutsideOfModules(t *testing.T) {
	t.Parallel()
	_, err := tasktower.NewClient(nil, tasktower.ClientConfig{Handlers: []tasktower.Registration{
		tasktower.HandleFunc(func(context.Context, *tasktower.Job[bill]) error { return nil }, modules.OnDeath[first]()),
	}})
	require.ErrorContains(t, err, "OnDeath[0]: is nil")
}
