package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
)

// report is what the demo has to say at its end.
type report struct {
	Run      string  `json:"run"`
	User     string  `json:"user"` // who started the run
	Dir      string  `json:"dir"`
	Store    string  `json:"store"`
	Strategy string  `json:"strategy"`
	Workers  int     `json:"workers"`
	Seconds  float64 `json:"seconds"` // until everything was final

	// What this process ran.
	Rows     []row    `json:"rows"`
	Files    int      `json:"files"`
	Total    counts   `json:"total"`
	Largest  []file   `json:"largest"`
	Messages []string `json:"messages"`
	Troubles []string `json:"troubles,omitempty"`

	// What the store says of the whole run, by kind and state.
	Stored map[string]map[string]int `json:"stored"`
	// Faults is what should have worked and did not.
	Faults []string `json:"faults"`
}

// row is one line of the table; times are in milliseconds.
type row struct {
	Queue     string  `json:"queue"`
	Kind      string  `json:"kind"`
	Done      int     `json:"done"`
	Retried   int     `json:"retried"`
	Snoozed   int     `json:"snoozed"`
	Cancelled int     `json:"cancelled"`
	Dead      int     `json:"dead"`
	Wait50    float64 `json:"wait_p50_ms"`
	Wait99    float64 `json:"wait_p99_ms"`
	Run50     float64 `json:"run_p50_ms"`
	Run99     float64 `json:"run_p99_ms"`
	Rate      float64 `json:"jobs_per_second"`
}

func (r *report) writeJSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(r)
}

// writeText writes the report for people.
func (r *report) writeText(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s indexed in %.1f s: run %s of %s, %s, strategy %s, %d slots\n\n",
		r.Dir, r.Seconds, r.Run, r.User, r.Store, r.Strategy, r.Workers)
	r.table(&b)
	fmt.Fprintf(&b, "\nThis process indexed %s files: %s bytes, %s lines, %s words, %s Go identifiers.\n",
		grouped(int64(r.Files)), grouped(r.Total.Bytes), grouped(r.Total.Lines), grouped(r.Total.Words), grouped(r.Total.Identifiers))
	if len(r.Largest) > 0 {
		b.WriteString("The largest of them:\n")
		r.largest(&b)
	}
	section(&b, "Death interceptors said:", r.Messages)
	section(&b, "On the way:", r.Troubles)
	b.WriteString("\nThe store says of the whole run:\n")
	for _, kind := range slices.Sorted(maps.Keys(r.Stored)) {
		for _, state := range slices.Sorted(maps.Keys(r.Stored[kind])) {
			fmt.Fprintf(&b, "  %-12s %-10s %s\n", kind, state, grouped(int64(r.Stored[kind][state])))
		}
	}
	if len(r.Faults) == 0 {
		b.WriteString("\nEvery job is final, and each ended as it should.\n")
	}
	section(&b, "What should have worked and did not:", r.Faults)
	_, err := io.WriteString(w, b.String())
	return err
}

func (r *report) table(b *strings.Builder) {
	t := tabwriter.NewWriter(b, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "queue\tkind\tdone\tretried\tsnoozed\tcancelled\tdead\twait p50\tp99 ms\trun p50\tp99 ms\tjobs/s\t")
	for _, l := range r.Rows {
		rate := "-"
		if l.Rate > 0 {
			rate = grouped(int64(l.Rate))
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%.2f\t%.2f\t%.2f\t%.2f\t%s\t\n", l.Queue, l.Kind,
			grouped(int64(l.Done)), some(l.Retried), some(l.Snoozed), some(l.Cancelled), some(l.Dead),
			l.Wait50, l.Wait99, l.Run50, l.Run99, rate)
	}
	t.Flush()
}

func (r *report) largest(b *strings.Builder) {
	t := tabwriter.NewWriter(b, 0, 0, 2, ' ', tabwriter.AlignRight)
	for _, f := range r.Largest {
		fmt.Fprintf(t, "%s bytes\t%s lines\t  %s\n", grouped(f.Bytes), grouped(f.Lines), f.Path)
	}
	t.Flush()
}

func section(b *strings.Builder, title string, lines []string) {
	if len(lines) == 0 {
		return
	}
	b.WriteString("\n" + title + "\n")
	for _, l := range lines {
		b.WriteString("  " + l + "\n")
	}
}

// some is a count, or nothing for zero.
func some(n int) string {
	if n == 0 {
		return ""
	}
	return grouped(int64(n))
}

// grouped is 1234567 as "1,234,567".
func grouped(n int64) string {
	s := strconv.FormatInt(n, 10)
	start := 0
	if n < 0 {
		start = 1
	}
	for at := len(s) - 3; at > start; at -= 3 {
		s = s[:at] + "," + s[at:]
	}
	return s
}
