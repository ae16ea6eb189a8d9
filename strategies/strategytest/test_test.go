package strategytest_test

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/core/queue"
	"github.com/task-tower/tasktower/ports"
	"github.com/task-tower/tasktower/strategies/strategytest"
)

// answer is a strategy made of one function.
type answer struct {
	name string
	plan func(queue.View) queue.Plan
	err  error
}

func (a answer) Name() string                 { return a.name }
func (a answer) Plan(v queue.View) queue.Plan { return a.plan(v) }
func (a answer) Check() error                 { return a.err }
func good(queue.View) queue.Plan              { return queue.Plan{Rest: queue.RestByAge} }
func of(f func(queue.View) queue.Plan) answer { return answer{name: "broken", plan: f} }
func step(q string, quota int) queue.Step {
	return queue.Step{Queues: []string{q}, Quota: quota, Order: queue.ByPriority}
}

// broken are strategies that each break one rule, by the subtest that has to say so.
func broken() map[string]func() ports.Strategy {
	calls, shared := 0, []queue.Step{step("a", 1)}
	return map[string]func() ports.Strategy{
		"has a name":           func() ports.Strategy { return answer{plan: good} },
		"passes its own check": func() ports.Strategy { return answer{name: "x", plan: good, err: os.ErrInvalid} },
		"answers any view with a plan that can be obeyed": func() ports.Strategy {
			return of(func(v queue.View) queue.Plan {
				if v.Claim == 3 {
					panic("the third")
				}
				return queue.Plan{Steps: []queue.Step{step("a", v.Slots+1)}, Rest: queue.RestNone}
			})
		},
		"gives the same plan for the same view": func() ports.Strategy {
			return of(func(queue.View) queue.Plan {
				calls++
				return queue.Plan{Steps: []queue.Step{step("a", calls%2)}, Rest: queue.RestNone}
			})
		},
		"changes neither the view nor plans given before": func() ports.Strategy {
			return of(func(v queue.View) queue.Plan {
				shared[0].Quota = v.Slots
				return queue.Plan{Steps: shared, Rest: queue.RestNone}
			})
		},
		"leaves no slot free while there is work": func() ports.Strategy {
			return of(func(queue.View) queue.Plan {
				return queue.Plan{Steps: []queue.Step{step("a", 1)}, Rest: queue.RestNone}
			})
		},
	}
}

const brokenRule = "TASKTOWER_STRATEGYTEST_BROKEN"

// TestBroken is run by the test below, in a process of its own, and has to fail.
func TestBroken(t *testing.T) {
	rule := os.Getenv(brokenRule)
	if rule == "" {
		t.Skip("only run by TestTest_FindsWhoBreaksARule")
	}
	strategytest.Test(t, broken()[rule], strategytest.WorkConserving())
}

func TestTest_FindsWhoBreaksARule(t *testing.T) {
	t.Parallel()
	for rule := range broken() {
		t.Run(rule, func(t *testing.T) {
			t.Parallel()
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestBroken$", "-rapid.nofailfile", "-rapid.shrinktime=1s")
			cmd.Env = append(os.Environ(), brokenRule+"="+rule)
			out, err := cmd.CombinedOutput()
			require.Error(t, err)
			require.Contains(t, string(out), "--- FAIL: TestBroken/"+strings.ReplaceAll(rule, " ", "_"))
		})
	}
}

func TestTest_PassesAPlainStrategy(t *testing.T) {
	t.Parallel()
	strategytest.Test(t, func() ports.Strategy { return answer{name: "good", plan: good} }, strategytest.WorkConserving())
}
