package strategies_test

import (
	"fmt"
	"strings"
	"time"

	"github.com/task-tower/tasktower/core/queue"
	"github.com/task-tower/tasktower/ports"
	"github.com/task-tower/tasktower/strategies"
	"github.com/task-tower/tasktower/strategies/strategytest"
)

func ExampleFIFO() {
	sim := strategytest.NewSim(strategies.FIFO())
	sim.Put("low", 1)
	sim.Advance(time.Second)
	sim.Put("critical", 1)
	fmt.Println(queues(sim.Run(10)))
	// Output: [low critical]
}

func ExampleAlphaNumeric() {
	sim := strategytest.NewSim(strategies.AlphaNumeric())
	sim.Put("b-reports", 1)
	sim.Put("a-mail", 2)
	fmt.Println(queues(sim.Run(10)))
	// Output: [a-mail a-mail b-reports]
}

func ExampleIndex() {
	sim := strategytest.NewSim(strategies.Index(map[string]int{"critical": 3, "mail": 2}))
	sim.Put("unlisted", 1)
	sim.Put("mail", 1)
	sim.Put("critical", 1)
	fmt.Println(queues(sim.Run(10)))
	// Output: [critical mail unlisted]
}

func ExampleStrict() {
	sim := strategytest.NewSim(strategies.Strict(map[string]int{"critical": 3, "mail": 2}))
	sim.Put("unlisted", 1)
	sim.Put("mail", 1)
	sim.Put("critical", 1)
	fmt.Println(queues(sim.Run(10)))
	fmt.Println(sim.Waiting("unlisted"), "waits for a worker that serves it")
	// Output:
	// [critical mail]
	// 1 waits for a worker that serves it
}

func ExampleWeighted() {
	s := strategies.Weighted(map[string]int{"high": 60, "default": 30, "low": 10})
	order := strategytest.Simulate(s, strategytest.Load{Full: []string{"high", "default", "low"}, Slots: 5, Starts: 10})
	fmt.Println(order)

	// The share of an empty queue goes to the others.
	order = strategytest.Simulate(s, strategytest.Load{Full: []string{"default", "low"}, Slots: 1, Starts: 8})
	fmt.Println(order)
	// Output:
	// [high default high high default high low high default high]
	// [default default low default default default low default]
}

func ExampleCaps() {
	s := strategies.Caps(strategies.FIFO(), map[string]strategies.Cap{
		"critical": {Min: 2},       // two slots of this worker are its own
		"reports":  {PerWorker: 1}, // at most one at once here
		"imports":  {Cluster: 5},   // at most five at once on all workers
	})
	sim := strategytest.NewSim(s)
	sim.Put("reports", 3)
	sim.Put("mail", 9)
	fmt.Println(queues(sim.Claim(5)))
	fmt.Println(queues(sim.Claim(2)))
	sim.Put("critical", 1)
	fmt.Println(queues(sim.Claim(2)))
	// Output:
	// [reports mail mail]
	// []
	// [critical]
}

func ExampleAgeing() {
	s := strategies.Ageing(strategies.Strict(map[string]int{"critical": 2, "low": 1}), time.Hour)
	sim := strategytest.NewSim(s)
	sim.Put("low", 1)
	sim.Advance(2 * time.Hour)
	for range 19 {
		sim.Put("critical", 1)
		sim.Run(1)
	}
	sim.Put("critical", 1)
	fmt.Println(queues(sim.Run(1))) // the 20th claim
	// Output: [low]
}

func ExampleParse() {
	s, err := strategies.Parse("Weighted", "high:60,default:30,low:10")
	fmt.Println(s.Name(), err)
	_, err = strategies.Parse("random", "high")
	fmt.Println(err)
	// Output:
	// weighted <nil>
	// invalid strategy: unknown "random"; want fifo (or none), alphanumeric, index, strict or weighted
	// invalid priorities: item "high" has no number; want name:number
}

// Tenants is a strategy of one's own: each claim begins with another tenant, so
// that none stands behind another for long.
type Tenants struct {
	Names []string
}

var _ ports.Strategy = Tenants{}

// Name is shown in logs and on the dashboard.
func (Tenants) Name() string { return "tenants" }

// Check is called at the worker's start.
func (t Tenants) Check() error {
	if len(t.Names) == 0 {
		return fmt.Errorf("tenants: want at least one")
	}
	return nil
}

// Plan spills over the tenants in turn; queues of nobody are served last.
func (t Tenants) Plan(v queue.View) queue.Plan {
	spill := make([]string, 0, len(t.Names))
	for i := range t.Names {
		spill = append(spill, t.Names[(v.Claim%uint64(len(t.Names))+uint64(i))%uint64(len(t.Names))])
	}
	return queue.Plan{Spill: spill, Rest: queue.RestByAge}
}

// A strategy of one's own works wherever a built-in one does, also in decorators.
// Its test is strategytest.Test(t, func() ports.Strategy { return Tenants{…} }).
func Example_ownStrategy() {
	order := strategytest.Simulate(Tenants{[]string{"acme", "blue", "corp"}},
		strategytest.Load{Full: []string{"acme", "blue", "corp"}, Slots: 1, Starts: 7})
	fmt.Println(strings.Join(order, " "))
	// Output: acme blue corp acme blue corp acme
}
