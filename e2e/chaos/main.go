package main

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if orders := os.Getenv(envOrders); orders != "" {
		exit(work(ctx, orders))
		return
	}
	var o options
	var only string
	flag.BoolVar(&o.short, "short", false, "each row for some seconds")
	flag.Uint64Var(&o.seed, "seed", 0, "replays a run; 0: a new one")
	flag.StringVar(&only, "only", "", "comma-separated rows; empty: all")
	flag.StringVar(&o.results, "results", "", "JSON file to bring up to date; empty: none")
	flag.StringVar(&o.table, "table", "", "Markdown page to bring up to date; empty: none")
	flag.Parse()
	if o.seed == 0 {
		o.seed = rand.Uint64N(1_000_000) + 1
	}
	if only != "" {
		o.only = strings.Split(only, ",")
	}
	exit(run(ctx, o))
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "chaos:", err)
		os.Exit(1)
	}
}

// options are what the command line says.
type options struct {
	short   bool
	seed    uint64
	only    []string
	results string
	table   string
}

// run does the rows one after the other, each on a database of its own.
func run(ctx context.Context, o options) error {
	fmt.Printf("seed %d (replay with SEED=%d)\n", o.seed, o.seed)
	s, err := newSite(ctx, o)
	if err != nil {
		return err
	}
	defer s.close()
	var results []result
	var failed []string
	for _, r := range rows {
		if o.only != nil && !slices.Contains(o.only, r.number) {
			continue
		}
		began := time.Now()
		got := s.once(ctx, r)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		fmt.Printf("%-4s %-9s %6.1f s  %s\n", got.Row, got.verdict(), time.Since(began).Seconds(), got.line())
		if !got.Held && got.NotRun == "" {
			failed = append(failed, got.Row)
		}
		results = append(results, got)
	}
	if err := publish(o, results); err != nil {
		return err
	}
	if len(failed) > 0 {
		return fmt.Errorf("rows %s did not hold; replay with -seed %d", strings.Join(failed, ", "), o.seed)
	}
	return nil
}
