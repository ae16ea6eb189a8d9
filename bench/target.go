package main

import "fmt"

// target is what Task Tower should reach in comparison.
type target struct {
	title  string
	peer   string // that figure is of
	figure string
	than   string // the peer that it is compared with; empty: figure itself is to reach the bound
	other  string // the figure of that peer, if it is not the same
	bound  float64
	atMost bool // the bound is a ceiling, not a floor
	noisy  bool // too much so for bench-check
}

// verdict is what became of a target.
type verdict struct {
	target
	mine, theirs float64
	value        float64 // what the bound is about
	known        bool    // whether both sides were measured
}

func (v verdict) met() bool {
	if v.atMost {
		return v.value <= v.bound
	}
	return v.value >= v.bound
}

// goal is the bound in words.
func (t target) goal() string {
	if t.atMost {
		return "≤ " + number(t.bound)
	}
	return "≥ " + number(t.bound)
}

func targets(s size) []target {
	least, most := s.Drains[0], s.Slots[len(s.Slots)-1]
	cost := drainName(least, most) + ", enqueue + work: WAL bytes/job"
	var all []target
	for _, jobs := range s.Drains {
		all = append(all, target{title: drainName(jobs, most), peer: ours, figure: drainRate(jobs, most), than: river, bound: 5})
	}
	all = append(all,
		target{title: fmt.Sprintf("drain by %d processes", s.Processes), peer: ours, figure: processesRate(s.Processes), than: river, bound: 5},
		target{title: drainName(least, 100) + ", both otherwise at their defaults", peer: ours, figure: drainRate(least, 100), than: riverDefaults, bound: 20},
		target{title: drainName(least, 100), peer: ours, figure: drainRate(least, 100), than: asynqPeer, bound: 5},
		target{title: "enqueue in batches", peer: ours, figure: batchEnqueue, than: river, bound: 2.5},
		target{title: "enqueue one by one, 16 goroutines", peer: ours, figure: singleEnqueue(16), than: river, bound: 3},
		target{title: steadyWork, peer: ours, figure: steadyRate(steadyWork), than: river, bound: 5},
		target{title: "WAL of a job", peer: ours, figure: cost, than: river, bound: 0.25, atMost: true},
		target{title: "latency at 500 jobs/s, p50, 100 slots, both otherwise at their defaults", peer: ours, figure: latencyFigure(500, "p50"), than: riverDefaults, bound: 0.1, atMost: true},
		target{title: "latency at 500 jobs/s, p99, 100 slots, both otherwise at their defaults", peer: ours, figure: latencyFigure(500, "p99"), than: riverDefaults, bound: 0.1, atMost: true, noisy: true},
		target{title: "latency at 500 jobs/s, p99, River with a cooldown of 2 ms", peer: ours, figure: latencyFigure(500, "p99"), than: river, bound: 0.5, atMost: true, noisy: true},
	)
	for _, n := range s.Backlogs {
		all = append(all, target{title: "drain ahead of " + grouped(n) + " more", peer: ours, figure: backlogRate(n), than: ours, other: emptyRate, bound: 0.85})
	}
	all = append(all,
		target{title: "drain after a history of " + grouped(s.Many), peer: ours, figure: historyRate, than: ours, other: emptyRate, bound: 0.85},
		target{title: "drain under a held snapshot", peer: ours, figure: heldRate, than: ours, other: freeRate, bound: 0.85},
	)
	for _, strategy := range fiveStrategies[1:] {
		all = append(all, target{title: "five queues, " + strategy.Name(), peer: ours, figure: strategyRate(strategy), than: ours, other: strategyRate(fiveStrategies[0]), bound: 0.9})
	}
	return append(all,
		target{title: steadyHeld + ", last ÷ first part", peer: ours, figure: lastFirst(steadyHeld), bound: 0.8},
		target{title: steadyDump + ", last ÷ first part", peer: ours, figure: lastFirst(steadyDump), bound: 0.8},
		target{title: "dead rows stay flat over " + s.Sustained.String(), peer: ours, figure: deadGrowth(sustainedWork), bound: 1.5, atMost: true},
		target{title: "memory store, jobs/s", peer: inMemory, figure: memoryRate, bound: 1e6},
		target{title: fmt.Sprintf("memory of a worker, %s slots, %s jobs waiting, MB", grouped(2000), grouped(s.Many)), peer: ours, figure: processMemory, bound: 100, atMost: true},
	)
}

// judge compares medians with the targets.
func judge(r *results, all []target) []verdict {
	var verdicts []verdict
	for _, t := range all {
		v := verdict{target: t}
		v.mine, v.known = r.median(t.peer, t.figure)
		v.value = v.mine
		if t.than != "" {
			other := t.other
			if other == "" {
				other = t.figure
			}
			var ok bool
			v.theirs, ok = r.median(t.than, other)
			v.known = v.known && ok && v.theirs > 0
			v.value = ratio(v.mine, v.theirs)
		}
		verdicts = append(verdicts, v)
	}
	return verdicts
}

// ratio is a ÷ b; 0 if b is.
func ratio(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return a / b
}
