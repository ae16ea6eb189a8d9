package main

import (
	"context"
	"fmt"
	"time"
)

// workload is one thing that is measured.
type workload struct {
	name  string // for -only; several may share it
	title string
	peers []string
	run   func(ctx context.Context, c *cell) error
}

// workloads are all, in order.
func workloads(s size) []workload {
	postgres := []string{ours, river}
	everyone := []string{ours, river, riverDefaults, asynqPeer}
	all := []workload{{"enqueue", "enqueue", []string{ours, river, asynqPeer, floor}, enqueue}}
	for _, jobs := range s.Drains {
		costs := jobs == s.Drains[0]
		for _, slots := range s.Slots {
			who := []string{ours, river, asynqPeer}
			if slots == 100 {
				who = everyone
			}
			all = append(all, workload{"drain", drainName(jobs, slots), who, drain(jobs, slots, costs)})
		}
		all = append(all, workload{"drain", drainName(jobs, 1), []string{floor}, drain(jobs, 1, costs)})
	}
	for _, rate := range s.Rates {
		all = append(all, workload{"latency", fmt.Sprintf("latency at %s jobs/s", grouped(rate)),
			append([]string{notify}, everyone...), latency(rate)})
	}
	return append(all,
		workload{"lateness", "lateness of scheduled jobs", everyone, lateness},
		workload{"steady", steadyWork, everyone, steady(steadyWork, func(s size) time.Duration { return s.Steady }, nil)},
		workload{"processes", "drain by processes", postgres, processes},
		workload{"backlog", "backlog and history", []string{ours}, backlog},
		workload{"strategies", "five queues", []string{ours}, fiveQueuesDrain},
		workload{"failing", "10 % failing", []string{ours, river, asynqPeer}, failing},
		workload{"held", "held snapshot", postgres, held},
		workload{"memory", "memory store", []string{inMemory}, drainMemory},
		workload{"steady-held", steadyHeld, []string{ours}, steady(steadyHeld, func(s size) time.Duration { return s.Long }, besideSnapshot)},
		workload{"steady-dump", steadyDump, []string{ours}, steady(steadyDump, func(s size) time.Duration { return s.Long }, besideDump)},
		workload{"sustained", sustainedWork, postgres, steady(sustainedWork, func(s size) time.Duration { return s.Sustained }, nil)},
	)
}
