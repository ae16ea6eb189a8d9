package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"
)

// result is how a row went.
type result struct {
	Row      string   `json:"row"`
	Fault    string   `json:"fault"`
	Promise  promise  `json:"promise"`
	Form     string   `json:"form"`
	NotRun   string   `json:"not_run,omitempty"`
	Jobs     int      `json:"jobs"`
	Lost     int      `json:"lost"`
	Twice    int      `json:"run_twice"`
	Recovery float64  `json:"recovery_seconds"`
	Notes    []string `json:"notes,omitempty"`
	Broken   []string `json:"broken,omitempty"`
	Held     bool     `json:"held"`
	Seed     uint64   `json:"seed"`
	Date     string   `json:"date"`
	Machine  string   `json:"machine"`
}

func (r *result) measured(w *world) {
	r.Jobs, r.Lost, r.Twice, r.Recovery = w.jobs, w.lost, w.twice, w.recovery.Seconds()
	r.Notes, r.Broken = w.notes, append(r.Broken, firsts(w.broken)...)
}

// firsts keeps a broken run readable.
func firsts(all []string) []string {
	const most = 5
	if len(all) > most {
		return append(slices.Clone(all[:most]), fmt.Sprintf("and %d more", len(all)-most))
	}
	return all
}

func (r *result) verdict() string {
	switch {
	case r.NotRun != "":
		return "not run"
	case r.Held:
		return "held"
	}
	return "BROKEN"
}

func (r *result) line() string {
	if r.NotRun != "" {
		return r.Fault + ": " + r.NotRun
	}
	text := fmt.Sprintf("%s: %d jobs, lost %d, twice %d, recovery %.2f s", r.Fault, r.Jobs, r.Lost, r.Twice, r.Recovery)
	return strings.Join(append(append([]string{text}, r.Notes...), r.Broken...), "; ")
}

func machine() string {
	return fmt.Sprintf("%d cores, %s/%s, %s", runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, runtime.Version())
}

// publish brings the JSON file and the table of the page up to date.
func publish(o options, latest []result) error {
	if o.results == "" {
		return nil
	}
	all, err := merge(o.results, latest)
	if err != nil {
		return err
	}
	text, err := json.MarshalIndent(all, "", "\t")
	if err != nil {
		return err
	}
	if err := os.WriteFile(o.results, append(text, '\n'), 0o644); err != nil {
		return err
	}
	if o.table == "" {
		return nil
	}
	return fillTable(o.table, all)
}

// merge puts the latest results in the place of earlier ones of the same rows.
func merge(name string, latest []result) ([]result, error) {
	var all []result
	text, err := os.ReadFile(name)
	if err == nil {
		err = json.Unmarshal(text, &all)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	for _, r := range latest {
		all = slices.DeleteFunc(all, func(old result) bool { return old.Row == r.Row })
		all = append(all, r)
	}
	slices.SortFunc(all, func(a, b result) int {
		return cmp.Or(cmp.Compare(leadingNumber(a.Row), leadingNumber(b.Row)), strings.Compare(a.Row, b.Row))
	})
	return all, nil
}

func leadingNumber(row string) int {
	n, _ := strconv.Atoi(strings.TrimRight(row, "abcdefghijklmnopqrstuvwxyz"))
	return n
}

// The table stands between these lines of the page.
const (
	tableBegin = "<!-- chaos: make chaos writes this table -->"
	tableEnd   = "<!-- /chaos -->"
)

func fillTable(page string, all []result) error {
	text, err := os.ReadFile(page)
	if err != nil {
		return err
	}
	before, rest, found := strings.Cut(string(text), tableBegin)
	_, after, ends := strings.Cut(rest, tableEnd)
	if !found || !ends {
		return fmt.Errorf("%s: the lines %q and %q are missing", page, tableBegin, tableEnd)
	}
	return os.WriteFile(page, []byte(before+tableBegin+"\n"+table(all)+tableEnd+after), 0o644)
}

func table(all []result) string {
	var b strings.Builder
	b.WriteString("| # | fault | promised: run twice | promised: recovery | jobs | lost | run twice | recovery | held | also measured | seed, date |\n")
	b.WriteString("|---|---|---|---|---|---|---|---|---|---|---|\n")
	for _, r := range all {
		if r.NotRun != "" {
			fmt.Fprintf(&b, "| %s | %s | %s | %s | | | | | not run | %s | |\n", r.Row, r.Fault, r.Promise.Twice, r.Promise.Recovery, r.NotRun)
			continue
		}
		held := "yes"
		if !r.Held {
			held = "**no**: " + strings.Join(r.Broken, "; ")
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %d | %d | %d | %s | %s | %s | %d, %s |\n", r.Row, r.Fault, r.Promise.Twice, r.Promise.Recovery,
			r.Jobs, r.Lost, r.Twice, seconds(r.Recovery), held, strings.Join(r.Notes, "; "), r.Seed, r.Date)
	}
	return b.String()
}

func seconds(s float64) string {
	if s == 0 {
		return "–"
	}
	return time.Duration(s * float64(time.Second)).Round(10 * time.Millisecond).String()
}
