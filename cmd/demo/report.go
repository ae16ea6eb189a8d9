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
	Seconds  float64 `json:"seconds"` // until everything was final, or the stop
	Joined   bool    `json:"joined"`  // another process started the run
	Stopped  bool    `json:"stopped"` // before everything was final

	// What this process ran.
	Rows     []row    `json:"rows"`
	Files    int      `json:"files"`
	Total    counts   `json:"total"`
	Largest  []file   `json:"largest"`
	Messages []string `json:"messages"`
	Troubles []string `json:"troubles,omitempty"`

	// What the store says of the whole run, by kind and state.
	Stored map[string]map[string]int `json:"stored"`
	// Recovered is how many jobs were taken over because the process that held them was lost.
	Recovered int `json:"recovered"`
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
	what := "indexed in"
	if r.Stopped {
		what = "stopped after"
	}
	fmt.Fprintf(&b, "%s %s %.1f s: run %s of %s, %s, strategy %s, %s\n",
		r.Dir, what, r.Seconds, r.Run, r.User, r.Store, r.Strategy, counted(int64(r.Workers), "slot"))
	r.part(&b)
	if len(r.Rows) > 0 {
		b.WriteString("\n")
		r.table(&b)
	}
	fmt.Fprintf(&b, "\nThis process indexed %s: %s, %s, %s, %s.\n", counted(int64(r.Files), "file"), counted(r.Total.Bytes, "byte"),
		counted(r.Total.Lines, "line"), counted(r.Total.Words, "word"), counted(r.Total.Identifiers, "Go identifier"))
	if len(r.Largest) > 0 {
		b.WriteString("The largest of them:\n")
		r.largest(&b)
	}
	section(&b, "Death interceptors said:", r.Messages)
	section(&b, "On the way:", r.Troubles)
	if r.Stopped {
		_, err := io.WriteString(w, b.String())
		return err
	}
	b.WriteString("\nThe store says of the whole run:\n")
	for _, kind := range slices.Sorted(maps.Keys(r.Stored)) {
		for _, state := range slices.Sorted(maps.Keys(r.Stored[kind])) {
			fmt.Fprintf(&b, "  %-12s %-10s %s\n", kind, state, grouped(int64(r.Stored[kind][state])))
		}
	}
	if r.Recovered > 0 {
		fmt.Fprintf(&b, "\n%s recovered: the process that held them was lost, and others took them over.\n", counted(int64(r.Recovered), "job"))
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
		fmt.Fprintf(t, "%s\t%s\t  %s\n", counted(f.Bytes, "byte"), counted(f.Lines, "line"), f.Path)
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

// part says what this process had to do with the run, if it did not start it.
func (r *report) part(b *strings.Builder) {
	switch {
	case !r.Joined:
	case len(r.Rows) == 0 && !r.Stopped:
		fmt.Fprintf(b, "This process joined a run that was over, and had nothing to do. Runs can be joined for %s after their start.\n", joinFor)
	default:
		b.WriteString("This process joined a run that another one had started; the figures are its own part.\n")
	}
}

// counted is a number of things: "1 line", "1,234 lines".
func counted(n int64, thing string) string {
	if n != 1 {
		thing += "s"
	}
	return grouped(n) + " " + thing
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
