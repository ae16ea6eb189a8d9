package modules_test

import (
	"context"
	"strings"
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
		`TASKTOWER_QUEUE_PRIORITIZATION: is "index", and the app brings a strategy of its own`,
	} {
		require.ErrorContains(t, err, want)
	}
	require.False(t, constructed, "mistakes are found before anything is made")
}

func TestApp_ReportsAWorkerWithoutHandlers(t *testing.T) {
	t.Parallel()
	app := fx.New(fx.NopLogger, modules.Settings(modules.DefaultConfig()), modules.Memory(), modules.Worker())
	require.ErrorContains(t, app.Err(), "invalid Handlers: are empty")
}

func TestApp_ReportsAKindWithTwoHandlers(t *testing.T) {
	t.Parallel()
	app := fx.New(fx.NopLogger, modules.Settings(modules.DefaultConfig()), modules.Memory(), modules.Worker(),
		fx.Supply(&journal{}), modules.HandlerFunc(sendBill), modules.HandlerFunc(sendBill))
	require.ErrorContains(t, app.Err(), `Handlers[1] "bill": invalid kind: has a handler already`)
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

func TestApp_ReportsAVariableThatCannotBeReadWithAllElse(t *testing.T) {
	t.Setenv("TASKTOWER_GRACE", "x")
	app := fx.New(fx.NopLogger, modules.StopTimeout(), modules.Pool(), modules.Postgres(), modules.Worker())
	require.ElementsMatch(t, []string{
		`invalid TASKTOWER_GRACE: is "x"; want a duration such as 500ms, 30s or 5m`,
		"invalid TASKTOWER_DATABASE_URL: is not set; want postgres://user:password@host:port/name",
		"invalid Handlers: are empty; a worker takes only kinds that it has handlers for, see modules.Handler",
	}, strings.Split(app.Err().Error(), "\n"), "fx asks the modules in any order")
}

func TestApp_RefusesVariablesThatItsStrategyWouldBeat(t *testing.T) {
	fifo := strategies.FIFO()
	for name, c := range map[string]struct {
		variable, value string
		strategy        fx.Option
		says            string // empty: nothing
	}{
		"another":                 {"TASKTOWER_QUEUE_PRIORITIZATION", "alphanumeric", modules.Strategy(fifo), `TASKTOWER_QUEUE_PRIORITIZATION: is "alphanumeric", and the app brings a strategy of its own; leave the variable out, or modules.Strategy`},
		"the default, explicitly": {"TASKTOWER_QUEUE_PRIORITIZATION", "fifo", modules.Strategy(strategies.AlphaNumeric()), `is "fifo", and the app`},
		"priorities":              {"TASKTOWER_QUEUE_PRIORITIES", "a:1", modules.Strategy(fifo), `TASKTOWER_QUEUE_PRIORITIES: is "a:1", and the app`},
		"one that fx makes": {"TASKTOWER_QUEUE_PRIORITIZATION", "alphanumeric",
			fx.Provide(func() tasktower.Strategy { return fifo }), `is "alphanumeric", and the app`},
		"no variable": {"TASKTOWER_QUEUE_PRIORITIZATION", "", modules.Strategy(fifo), ""},
		"no strategy": {"TASKTOWER_QUEUE_PRIORITIZATION", "alphanumeric", fx.Options(), ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv(c.variable, c.value)
			app := fx.New(fx.NopLogger, modules.Memory(), modules.Worker(), fx.Supply(&journal{}), modules.HandlerFunc(sendBill), c.strategy)
			if c.says == "" {
				require.NoError(t, app.Err())
				return
			}
			require.ErrorIs(t, app.Err(), tasktower.ErrInvalid)
			require.ErrorContains(t, app.Err(), c.says)
		})
	}
}
