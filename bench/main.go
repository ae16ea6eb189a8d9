// Command bench measures Task Tower and its peers on the same servers in the
// same run: how fast jobs are enqueued and worked off, how long an enqueued job
// waits, and what a job costs. A bare floor stands beside them.
//
//	go run . -out results -docs ../docs/benchmarks.md   # everything, for hours
//	go run . -short                                     # everything once and tiny: does it work?
//	go run . -only enqueue,drain -peers tasktower       # a part
//	go run . -check                                     # have ratios been lost since the last -check -record?
//
// Without -database-url it starts a PostgreSQL server of its own from the
// binaries on this machine, with fsync and synchronous_commit on. The schema
// "tasktower_bench" of the database is dropped and made anew for every run. Redis
// is always one of its own; without redis-server the peers on it are left out.
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
	url, redis string
	only       string
	peers      string
	short      bool
	check      bool
	record     bool
	resume     bool
	out        string
	docs       string
	baseline   string
	cpu        string
	role       string
	slots      int
	timed      bool
	size       size
}

// parse reads the flags. Those of sizes have other defaults with -short and -check.
func parse(args []string, defaults size) (config, error) {
	cfg := config{size: defaults}
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.StringVar(&cfg.url, "database-url", "", "server to measure on; empty: start one")
	flags.StringVar(&cfg.only, "only", "", "comma-separated workloads; empty: all")
	flags.StringVar(&cfg.peers, "peers", "", "comma-separated peers; empty: all")
	flags.BoolVar(&cfg.short, "short", false, "everything once and tiny, to see that it works")
	flags.BoolVar(&cfg.check, "check", false, "measure briefly and compare ratios with the baseline; a loss over 15 % is an error")
	flags.BoolVar(&cfg.record, "record", false, "with -check: write the baseline instead")
	flags.BoolVar(&cfg.resume, "resume", false, "keep what latest.json of -out has, and measure only the rest")
	flags.StringVar(&cfg.out, "out", "", "folder for latest.json, tables and plots; empty: print the tables")
	flags.StringVar(&cfg.docs, "docs", "", "page whose marked part becomes the tables")
	flags.StringVar(&cfg.baseline, "baseline", "results/baseline.json", "ratios that -check compares with")
	flags.StringVar(&cfg.cpu, "cpuprofile", "", "write a CPU profile of this process to the file")
	flags.StringVar(&cfg.role, "role", "", "internal: what a child process does")
	flags.StringVar(&cfg.redis, "redis", "", "internal: socket of the Redis of a child process")
	flags.IntVar(&cfg.slots, "role-slots", 0, "internal: slots of a child process")
	flags.BoolVar(&cfg.timed, "role-timed", false, "internal: whether a child process times jobs")
	cfg.size.register(flags)
	if err := flags.Parse(args); err != nil {
		return cfg, err
	}
	return cfg, errors.Join(cfg.size.check(), cfg.names())
}

// names checks what -only and -peers name.
func (cfg config) names() error {
	for _, name := range list(cfg.only) {
		if !slices.ContainsFunc(workloads(full), func(w workload) bool { return w.name == name }) {
			return fmt.Errorf("-only: there is no workload %q", name)
		}
	}
	for _, name := range list(cfg.peers) {
		if _, ok := peerNamed(name); !ok {
			return fmt.Errorf("-peers: there is no peer %q", name)
		}
	}
	return nil
}

// list are the words of a comma-separated text.
func list(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' })
}

func configure(args []string) (config, error) {
	cfg, err := parse(args, full)
	switch {
	case err != nil:
		return cfg, err
	case cfg.short:
		return parse(args, short)
	case cfg.check:
		if cfg, err = parse(args, brief); cfg.only == "" {
			cfg.only = "enqueue,drain,latency,steady,held,strategies"
		}
	}
	return cfg, err
}

func main() {
	cfg, err := configure(os.Args[1:])
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err == nil && cfg.role != "" {
		err = workRole(ctx, cfg)
	} else if err == nil {
		err = profiled(cfg.cpu, func() error { return run(ctx, cfg) })
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// profiled writes a CPU profile of f, if there is a path.
func profiled(path string, f func() error) error {
	if path == "" {
		return f()
	}
	out, err := os.Create(path)
	if err != nil {
		return err
	}
	defer out.Close()
	if err := pprof.StartCPUProfile(out); err != nil {
		return err
	}
	defer pprof.StopCPUProfile()
	return f()
}
