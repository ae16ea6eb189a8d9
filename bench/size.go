package main

import (
	"flag"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// size is how much is measured.
type size struct {
	Runs       int           `json:"runs"`
	Enqueue    time.Duration `json:"enqueue"`     // of enqueueing one by one
	Batches    int           `json:"batches"`     // of 1,000 jobs
	Drains     ints          `json:"drains"`      // jobs that wait
	Slots      ints          `json:"slots"`       // of the draining worker
	DrainLimit time.Duration `json:"drain_limit"` // a drain ends then; its rate is of what was done
	Steady     time.Duration `json:"steady"`
	Rates      ints          `json:"rates"` // of latency, jobs/s
	Latency    time.Duration `json:"latency"`
	Processes  int           `json:"processes"` // that drain together
	Many       int           `json:"many"`      // jobs that they drain, and jobs of history
	Some       int           `json:"some"`      // jobs of drains that compare a peer with itself
	Backlogs   ints          `json:"backlogs"`  // jobs that wait behind those that are measured
	Long       time.Duration `json:"long"`      // of steady work under a held snapshot and beside pg_dump
	Sustained  time.Duration `json:"sustained"`
	Memory     int           `json:"memory"` // jobs of the memory store
}

var full = size{
	Runs: 3, Enqueue: 3 * time.Second, Batches: 100,
	Drains: ints{200_000, 1_000_000}, Slots: ints{100, 1000, 2000}, DrainLimit: time.Minute,
	Steady: time.Minute, Rates: ints{1, 100, 500, 2000}, Latency: 30 * time.Second,
	Processes: 4, Many: 1_000_000, Some: 200_000, Backlogs: ints{10_000, 100_000, 1_000_000},
	Long: 5 * time.Minute, Sustained: 10 * time.Minute, Memory: 1_000_000,
}

// short is everything once, to see that it works. Its figures mean nothing.
var short = size{
	Runs: 1, Enqueue: 100 * time.Millisecond, Batches: 2,
	Drains: ints{2_000}, Slots: ints{100, 2000}, DrainLimit: 2 * time.Second,
	Steady: time.Second, Rates: ints{500}, Latency: time.Second,
	Processes: 4, Many: 2_000, Some: 2_000, Backlogs: ints{2_000},
	Long: 2 * time.Second, Sustained: 2 * time.Second, Memory: 10_000,
}

// brief is enough for ratios: what bench-check measures.
var brief = size{
	Runs: 3, Enqueue: 2 * time.Second, Batches: 50,
	Drains: ints{50_000}, Slots: ints{100, 2000}, DrainLimit: 20 * time.Second,
	Steady: 8 * time.Second, Rates: ints{500}, Latency: 5 * time.Second,
	Processes: 4, Many: 50_000, Some: 50_000, Backlogs: ints{100_000},
	Long: 10 * time.Second, Sustained: 10 * time.Second, Memory: 200_000,
}

// register makes a flag of each field, whose default is its value.
func (s *size) register(flags *flag.FlagSet) {
	flags.IntVar(&s.Runs, "runs", s.Runs, "how often each workload runs; medians are compared")
	flags.DurationVar(&s.Enqueue, "enqueue", s.Enqueue, "time of enqueueing one by one")
	flags.IntVar(&s.Batches, "batches", s.Batches, "batches of 1,000 that are enqueued")
	flags.Var(&s.Drains, "drains", "jobs of the drains")
	flags.Var(&s.Slots, "slots", "slots of the drains")
	flags.DurationVar(&s.DrainLimit, "drain-limit", s.DrainLimit, "when a drain ends at the latest; its rate is of what was done")
	flags.DurationVar(&s.Steady, "steady", s.Steady, "time of steady enqueue and work")
	flags.Var(&s.Rates, "rates", "jobs/s of the latency workloads")
	flags.DurationVar(&s.Latency, "latency", s.Latency, "time of each latency workload")
	flags.IntVar(&s.Processes, "processes", s.Processes, "processes that drain together")
	flags.IntVar(&s.Many, "many", s.Many, "jobs that they drain, and jobs of history")
	flags.IntVar(&s.Some, "some", s.Some, "jobs of the drains that compare a peer with itself")
	flags.Var(&s.Backlogs, "backlogs", "jobs that wait behind those that are measured")
	flags.DurationVar(&s.Long, "long", s.Long, "time of steady work under a held snapshot and beside pg_dump")
	flags.DurationVar(&s.Sustained, "sustained", s.Sustained, "time of the sustained run")
	flags.IntVar(&s.Memory, "memory", s.Memory, "jobs of the drain of the memory store")
}

func (s size) check() error {
	for name, n := range map[string]int{
		"runs": s.Runs, "batches": s.Batches, "processes": s.Processes, "many": s.Many, "some": s.Some,
		"memory": s.Memory, "drains": len(s.Drains), "slots": len(s.Slots), "rates": len(s.Rates), "backlogs": len(s.Backlogs),
	} {
		if n < 1 {
			return fmt.Errorf("-%s must be at least 1", name)
		}
	}
	for name, d := range map[string]time.Duration{
		"enqueue": s.Enqueue, "drain-limit": s.DrainLimit, "steady": s.Steady, "latency": s.Latency,
		"long": s.Long, "sustained": s.Sustained,
	} {
		if d <= 0 {
			return fmt.Errorf("-%s must be positive", name)
		}
	}
	return nil
}

// ints is a flag of positive numbers, as in "100,1000".
type ints []int

func (n ints) String() string {
	var words []string
	for _, v := range n {
		words = append(words, strconv.Itoa(v))
	}
	return strings.Join(words, ",")
}

// Set implements flag.Value.
func (n *ints) Set(text string) error {
	var all ints
	for word := range strings.SplitSeq(text, ",") {
		v, err := strconv.Atoi(strings.TrimSpace(word))
		if err != nil || v < 1 {
			return fmt.Errorf("%q is no positive number", word)
		}
		all = append(all, v)
	}
	*n = all
	return nil
}

// grouped writes 200000 as 200,000.
func grouped(n int) string {
	text := strconv.Itoa(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
