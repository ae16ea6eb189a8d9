package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// run measures what cfg names and reports it.
func run(ctx context.Context, cfg config) error {
	url, stop, err := server(ctx, cfg.url)
	if err != nil {
		return err
	}
	defer stop()
	socket, redisVersion, stopRedis, err := startRedis(ctx)
	switch {
	case errors.Is(err, errNoRedis):
		fmt.Fprintf(os.Stderr, "asynq is left out: %v\n", err)
	case err != nil:
		return err
	default:
		defer stopRedis()
	}
	e, err := newEnv(ctx, url, socket)
	if err != nil {
		return err
	}
	defer e.close()

	r := &results{}
	if cfg.resume {
		if r, err = load(latest(cfg.out)); err != nil {
			return err
		}
	}
	r.Machine, r.Versions, r.Size = thisMachine(), versions(), cfg.size
	if redisVersion != "" {
		r.Versions["redis"] = redisVersion
	}
	if r.Settings, err = e.settings(ctx); err != nil {
		return err
	}

	failed := measure(ctx, cfg, e, r)
	if cfg.check {
		return errors.Join(failed, checkBaseline(os.Stdout, cfg, r))
	}
	return errors.Join(failed, publish(cfg, r))
}

func latest(dir string) string { return filepath.Join(dir, "latest.json") }

// measure runs every workload on every peer in turn, as often as cfg says. What
// fails does not keep the rest from being measured, and what is done is saved.
func measure(ctx context.Context, cfg config, e *env, r *results) error {
	var errs []error
	only, who := list(cfg.only), list(cfg.peers)
	began := time.Now()
	for run := 1; run <= cfg.size.Runs; run++ {
		for _, w := range workloads(cfg.size) {
			if len(only) > 0 && !slices.Contains(only, w.name) {
				continue
			}
			for _, name := range w.peers {
				if len(who) > 0 && !slices.Contains(who, name) || cfg.resume && r.has(w.title, name, run) {
					continue
				}
				if err := ctx.Err(); err != nil {
					return errors.Join(append(errs, err)...)
				}
				fmt.Fprintf(os.Stderr, "%s  run %d of %d: %s, %s", time.Since(began).Round(time.Second), run, cfg.size.Runs, w.title, name)
				one := once(ctx, cfg, e, w, name, run)
				r.put(one)
				switch {
				case one.Error != "":
					fmt.Fprintf(os.Stderr, "  FAILED: %s\n", one.Error)
					errs = append(errs, fmt.Errorf("%s, %s: %s", w.title, name, one.Error))
				case one.Skipped != "":
					fmt.Fprintln(os.Stderr, "  skipped")
				default:
					fmt.Fprintf(os.Stderr, "  %s\n", one.brief())
				}
				if cfg.out != "" && !cfg.check {
					if err := r.save(latest(cfg.out)); err != nil {
						return errors.Join(append(errs, err)...)
					}
				}
			}
		}
	}
	return errors.Join(errs...)
}

// once runs one workload on one peer. It takes an hour at most.
func once(ctx context.Context, cfg config, e *env, w workload, name string, run int) *result {
	ctx, cancel := context.WithTimeout(ctx, time.Hour)
	defer cancel()
	p, _ := peerNamed(name)
	one := &result{Workload: w.title, Peer: name, Run: run}
	err := e.clean(ctx)
	if err == nil {
		err = w.run(ctx, &cell{result: one, env: e, peer: p, size: cfg.size})
	}
	if errors.Is(err, errNoRedis) {
		one.Skipped = err.Error()
	} else if err != nil {
		one.Error = err.Error()
		one.Figures, one.Points = nil, nil // half a run tells nothing
	}
	return one
}

// brief is the first figure.
func (r *result) brief() string {
	if len(r.Figures) == 0 {
		return "done"
	}
	return r.Figures[0].Name + " " + number(r.Figures[0].Value)
}
