// Command bench measures Task Tower on a PostgreSQL server: how fast jobs are
// enqueued and worked off, how long an enqueued job waits, and how much
// write-ahead log a job costs. Every figure stands beside a bare floor measured
// in the same run.
//
//	go run . -database-url postgres://localhost/scratch
//
// Without -database-url it starts a server of its own from the binaries on this
// machine, with fsync and synchronous_commit on. The schema "tasktower_bench" of
// the database is dropped and made anew.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime/pprof"
	"slices"
	"strings"
)

type config struct {
	url   string
	role  string
	runs  int
	jobs  int
	only  string
	slots int
	json  bool
	cpu   string
}

func main() {
	var cfg config
	flag.StringVar(&cfg.url, "database-url", "", "server to measure on; empty: start one")
	flag.StringVar(&cfg.role, "role", "", "internal: what a child process does")
	flag.IntVar(&cfg.runs, "runs", 3, "how often each workload runs; medians are printed")
	flag.IntVar(&cfg.jobs, "jobs", 200_000, "jobs of the drain")
	flag.IntVar(&cfg.slots, "slots", 1000, "slots of the draining worker")
	flag.StringVar(&cfg.only, "only", "", "comma-separated workloads; empty: all")
	flag.BoolVar(&cfg.json, "json", false, "print JSON instead of a table")
	flag.StringVar(&cfg.cpu, "cpuprofile", "", "write a CPU profile of this process to the file")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, cfg); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, cfg config) error {
	if cfg.role == "worker" {
		return latencyWorker(ctx, cfg.url)
	}
	if cfg.cpu != "" {
		end, err := profile(cfg.cpu)
		if err != nil {
			return err
		}
		defer end()
	}
	url, stop, err := server(ctx, cfg.url)
	if err != nil {
		return err
	}
	defer stop()

	b := &bench{cfg: cfg, url: url}
	var only []string
	if cfg.only != "" {
		only = strings.Split(cfg.only, ",")
	}
	var errs []error
	for run := range cfg.runs {
		for _, w := range workloads {
			if only != nil && !slices.Contains(only, w.name) {
				continue
			}
			fmt.Fprintf(os.Stderr, "run %d of %d: %s\n", run+1, cfg.runs, w.name)
			if err := b.once(ctx, w); err != nil {
				errs = append(errs, fmt.Errorf("%s: %w", w.name, err))
			}
		}
	}
	b.report(os.Stdout)
	return errors.Join(errs...)
}

// profile writes a CPU profile until end is called.
func profile(path string) (end func(), err error) {
	out, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	if err := pprof.StartCPUProfile(out); err != nil {
		return nil, err
	}
	return func() {
		pprof.StopCPUProfile()
		out.Close()
	}, nil
}

// workload is one thing measured; it reports figures by name.
type workload struct {
	name string
	run  func(ctx context.Context, b *bench, e *env) error
}

var workloads = []workload{
	{"enqueue", enqueue},
	{"drain", drain},
	{"latency", latency},
}
