package strategytest

import "github.com/task-tower/tasktower/ports"

// Load is work for Simulate.
type Load struct {
	Full   []string // queues that never run dry
	Slots  int      // free slots at each claim, at least 1
	Starts int      // how many starts to look at
}

// Simulate runs the strategy over the load and returns the queues of the first
// Starts jobs in the order of their starts; fewer if a claim gives nothing.
func Simulate(s ports.Strategy, load Load) []string {
	sim := NewSim(s)
	order := make([]string, 0, load.Starts+load.Slots)
	for len(order) < load.Starts {
		for _, q := range load.Full {
			sim.Fill(q, load.Slots)
		}
		jobs := sim.Run(load.Slots)
		if len(jobs) == 0 {
			return order
		}
		for _, r := range jobs {
			order = append(order, r.Queue)
		}
	}
	return order[:load.Starts]
}

// Count counts names.
func Count(names []string) map[string]int {
	counts := map[string]int{}
	for _, n := range names {
		counts[n]++
	}
	return counts
}
