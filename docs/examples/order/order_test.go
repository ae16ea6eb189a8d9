package order

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower"
	"github.com/task-tower/tasktower/strategies"
	"github.com/task-tower/tasktower/strategies/strategytest"
)

// due is the example: jobs of four queues in the order in which they fell due.
const due = "bulk1 mail1 zoo1 bulk2 alarm1 mail2 alarm2"

// starts lets a worker with one slot run them all, and tells the order of their starts.
func starts(s tasktower.Strategy) string {
	sim := strategytest.NewSim(s)
	for _, name := range strings.Fields(due) {
		sim.Put(strings.TrimRight(name, "12"), 1)
		sim.Advance(time.Second)
	}
	seen := map[string]int{}
	var out []string
	for jobs := sim.Run(1); len(jobs) > 0; jobs = sim.Run(1) {
		for _, r := range jobs {
			seen[r.Queue]++
			out = append(out, r.Queue+string('0'+rune(seen[r.Queue])))
		}
	}
	return strings.Join(out, " ")
}

func TestOrder_IsAsThePageSays(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../explanation/strategies.md")
	require.NoError(t, err)
	require.Contains(t, string(page), "\n    "+due+"\n")

	priorities := map[string]int{"alarm": 3, "mail": 2, "bulk": 2}
	weights := map[string]int{"alarm": 2, "mail": 1, "bulk": 1}
	for name, s := range map[string]tasktower.Strategy{
		"FIFO":         strategies.FIFO(),
		"AlphaNumeric": strategies.AlphaNumeric(),
		"Index":        strategies.Index(priorities),
		"Strict":       strategies.Strict(priorities),
		"Weighted":     strategies.Weighted(weights),
	} {
		require.Regexp(t, `(?m)^\| `+name+` \|[^|]*\| `+"`"+starts(s)+"`", string(page))
	}
}

func TestOrder_OnlyFIFOIgnoresPriorities(t *testing.T) {
	t.Parallel()
	for s, urgentFirst := range map[tasktower.Strategy]bool{
		strategies.FIFO():                              false,
		strategies.AlphaNumeric():                      true,
		strategies.Index(map[string]int{"mail": 1}):    true,
		strategies.Strict(map[string]int{"mail": 1}):   true,
		strategies.Weighted(map[string]int{"mail": 1}): true,
	} {
		sim := strategytest.NewSim(s)
		sim.PutJob("mail", 0)
		sim.Advance(time.Second)
		urgent := sim.PutJob("mail", 100)
		require.Equal(t, urgentFirst, sim.Run(1)[0].ID == urgent.ID, s.Name())
	}
}
