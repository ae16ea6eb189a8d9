package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"runtime"
	"slices"
)

// bench gathers figures over the runs.
type bench struct {
	cfg     config
	url     string
	names   []string
	figures map[string][]float64
	version string
}

// once runs a workload on a fresh schema.
func (b *bench) once(ctx context.Context, w workload) error {
	e, err := open(ctx, b.url, true)
	if err != nil {
		return err
	}
	defer e.close()
	if b.version == "" {
		if err := e.pool.QueryRow(ctx, "SHOW server_version").Scan(&b.version); err != nil {
			return err
		}
	}
	if err := e.checkpoint(ctx); err != nil {
		return err
	}
	return w.run(ctx, b, e)
}

func (b *bench) add(name string, value float64) {
	if b.figures == nil {
		b.figures = map[string][]float64{}
	}
	if _, ok := b.figures[name]; !ok {
		b.names = append(b.names, name)
	}
	b.figures[name] = append(b.figures[name], value)
}

// report prints the medians, and the least and greatest run.
func (b *bench) report(out io.Writer) {
	if b.cfg.json {
		json.NewEncoder(out).Encode(map[string]any{
			"cores": runtime.NumCPU(), "go": runtime.Version(), "postgres": b.version, "runs": b.figures,
		})
		return
	}
	fmt.Fprintf(out, "PostgreSQL %s, %s, %d cores shared by client and server, medians of %d runs\n\n",
		b.version, runtime.Version(), runtime.NumCPU(), b.cfg.runs)
	fmt.Fprintln(out, "| figure | median | least | greatest |\n|---|---:|---:|---:|")
	for _, name := range b.names {
		v := slices.Sorted(slices.Values(b.figures[name]))
		fmt.Fprintf(out, "| %s | %s | %s | %s |\n", name, number(v[len(v)/2]), number(v[0]), number(v[len(v)-1]))
	}
}

func number(v float64) string {
	switch {
	case v >= 1000:
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.3f", v)
}
