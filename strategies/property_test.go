package strategies_test

import (
	"testing"
	"time"

	"github.com/task-tower/tasktower/ports"
	"github.com/task-tower/tasktower/strategies"
	"github.com/task-tower/tasktower/strategies/strategytest"
)

var three = map[string]int{"high": 60, "default": 30, "low": 10}

func TestStrategies_KeepTheirProperties(t *testing.T) {
	t.Parallel()
	everywhere := strategytest.WorkConserving()
	cases := map[string]struct {
		open    func() ports.Strategy
		options []strategytest.Option
	}{
		"fifo":         {strategies.FIFO, []strategytest.Option{everywhere}},
		"alphanumeric": {strategies.AlphaNumeric, []strategytest.Option{everywhere}},
		"index":        {func() ports.Strategy { return strategies.Index(three) }, []strategytest.Option{everywhere}},
		"strict": {func() ports.Strategy { return strategies.Strict(three) },
			[]strategytest.Option{strategytest.WorkConserving("high", "default", "low")}},
		"weighted": {func() ports.Strategy { return strategies.Weighted(three) }, []strategytest.Option{everywhere}},
		"weighted, one queue": {func() ports.Strategy { return strategies.Weighted(map[string]int{"a": 7}) },
			[]strategytest.Option{everywhere}},
		"ageing weighted": {func() ports.Strategy { return strategies.Ageing(strategies.Weighted(three), 30*time.Second) },
			[]strategytest.Option{everywhere}},
		"ageing fifo": {func() ports.Strategy { return strategies.Ageing(strategies.FIFO(), time.Second) },
			[]strategytest.Option{everywhere}},
		"capped index": {open: func() ports.Strategy {
			return strategies.Caps(strategies.Index(three), map[string]strategies.Cap{
				"high": {Min: 2, PerWorker: 5}, "low": {Cluster: 1}, "other": {Min: 1},
			})
		}},
		"ageing capped weighted": {open: func() ports.Strategy {
			return strategies.Ageing(strategies.Caps(strategies.Weighted(three), map[string]strategies.Cap{
				"high": {Min: 3, PerWorker: 4}, "low": {PerWorker: 1, Cluster: 2},
			}), time.Minute)
		}},
		"capped ageing strict": {open: func() ports.Strategy {
			return strategies.Caps(strategies.Ageing(strategies.Strict(three), time.Minute), map[string]strategies.Cap{
				"default": {Min: 1}, "elsewhere": {Min: 2},
			})
		}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			strategytest.Test(t, c.open, c.options...)
		})
	}
}

func TestTenants_TheStrategyOfTheExample(t *testing.T) {
	t.Parallel()
	strategytest.Test(t, func() ports.Strategy { return Tenants{[]string{"acme", "blue"}} }, strategytest.WorkConserving())
}
