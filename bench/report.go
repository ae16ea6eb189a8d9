package main

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// publish prints the tables, or writes them, the plots and the marked part of the docs.
func publish(cfg config, r *results) error {
	var tables strings.Builder
	report(&tables, r)
	if cfg.out == "" {
		fmt.Print(tables.String())
	} else {
		if err := r.save(latest(cfg.out)); err != nil {
			return err
		}
		if err := write(filepath.Join(cfg.out, "tables.md"), []byte(tables.String())); err != nil {
			return err
		}
		if err := plots(cfg.out, r); err != nil {
			return err
		}
	}
	if cfg.docs == "" {
		return nil
	}
	page, err := os.ReadFile(cfg.docs)
	if err != nil {
		return err
	}
	images(&tables, cfg)
	if page, err = include(page, tables.String()); err != nil {
		return fmt.Errorf("%s: %w", cfg.docs, err)
	}
	return write(cfg.docs, page)
}

// images writes links to the plots, as seen from the docs.
func images(out io.Writer, cfg config) {
	found, _ := filepath.Glob(filepath.Join(cfg.out, "*.svg"))
	for _, path := range found {
		link, err := filepath.Rel(filepath.Dir(cfg.docs), path)
		if err == nil && cfg.out != "" {
			fmt.Fprintf(out, "\n![%s](%s)\n", strings.TrimSuffix(filepath.Base(path), ".svg"), filepath.ToSlash(link))
		}
	}
}

const beginMark, endMark = "<!-- begin of what the harness writes -->\n", "<!-- end of what the harness writes -->\n"

// include puts the text between the marks of a page.
func include(page []byte, text string) ([]byte, error) {
	before, rest, begins := bytes.Cut(page, []byte(beginMark))
	_, after, ends := bytes.Cut(rest, []byte(endMark))
	if !begins || !ends {
		return nil, fmt.Errorf("the page has no lines %q and %q", strings.TrimSpace(beginMark), strings.TrimSpace(endMark))
	}
	return bytes.Join([][]byte{before, []byte(beginMark), []byte(text), []byte(endMark), after}, nil), nil
}

// report writes the tables.
func report(out io.Writer, r *results) {
	m := r.Machine
	fmt.Fprintf(out, "%s, %d cores shared by clients and servers, %s, memory %s. Medians of %d runs.\n\n",
		m.Processor, m.Cores, m.System, m.MemoryKiB, r.Size.Runs)
	fmt.Fprintf(out, "Versions: %s.\n\nPostgreSQL: %s.\n\n", pairs(r.Versions), pairs(r.Settings))

	fmt.Fprintln(out, "### Targets\n\n| comparison | Task Tower | with | it | ratio or value | target | met |\n|---|---:|---|---:|---:|---:|---|")
	for _, v := range judge(r, targets(r.Size)) {
		if !v.known {
			fmt.Fprintf(out, "| %s | – | %s | – | – | %s | – |\n", v.title, v.than, v.goal())
			continue
		}
		theirs, with, met := "–", "–", "**no**"
		if v.than != "" {
			theirs, with = number(v.theirs), v.than
		}
		if v.than == ours {
			with = "itself"
		}
		if v.met() {
			met = "yes"
		}
		fmt.Fprintf(out, "| %s | %s | %s | %s | %s | %s | %s |\n", v.title, number(v.mine), with, theirs, number(v.value), v.goal(), met)
	}
	medians(out, r)
	troubles(out, r)
}

// medians writes a row per figure and a column per peer, with the least and the
// greatest run.
func medians(out io.Writer, r *results) {
	fmt.Fprint(out, "\n### Medians (least – greatest)\n\n")
	var present []peer
	for _, p := range peers {
		if slices.ContainsFunc(r.Results, func(one *result) bool { return one.Peer == p.name && len(one.Figures) > 0 }) {
			present = append(present, p)
			fmt.Fprintf(out, "- **%s**: %s\n", p.name, p.title)
		}
	}
	fmt.Fprint(out, "\n| figure |")
	for _, p := range present {
		fmt.Fprintf(out, " %s |", p.name)
	}
	fmt.Fprintf(out, "\n|---|%s\n", strings.Repeat("---:|", len(present)))
	for _, name := range r.figures() {
		fmt.Fprintf(out, "| %s |", name)
		for _, p := range present {
			values := r.values(p.name, name)
			switch len(values) {
			case 0:
				fmt.Fprint(out, " |")
			case 1:
				fmt.Fprintf(out, " %s |", number(values[0]))
			default:
				fmt.Fprintf(out, " %s (%s – %s) |", number(median(values)), number(slices.Min(values)), number(slices.Max(values)))
			}
		}
		fmt.Fprintln(out)
	}
}

// troubles writes what failed or was left out.
func troubles(out io.Writer, r *results) {
	title := "\n### Not measured\n\n"
	for _, one := range r.Results {
		if why := one.Error + one.Skipped; why != "" {
			fmt.Fprintf(out, "%s- %s, %s, run %d: %s\n", title, one.Workload, one.Peer, one.Run, why)
			title = ""
		}
	}
}

func pairs(all map[string]string) string {
	var words []string
	for _, name := range slices.Sorted(maps.Keys(all)) {
		words = append(words, name+" "+all[name])
	}
	return strings.Join(words, ", ")
}

// number writes three digits at least, and no more than tell something.
func number(v float64) string {
	switch size := math.Abs(v); {
	case math.Round(size) >= 1000:
		return grouped(int(math.Round(v)))
	case size >= 100 || v == math.Trunc(v):
		return fmt.Sprintf("%.0f", v)
	case size >= 10:
		return fmt.Sprintf("%.1f", v)
	case size >= 1:
		return fmt.Sprintf("%.2f", v)
	}
	return fmt.Sprintf("%.3f", v)
}
