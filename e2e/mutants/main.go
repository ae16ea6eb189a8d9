// Command mutants takes one safeguard after the other out of the library and
// shows that a named test turns red without it. The tree stays as it is: the
// changed files are laid over it for the compiler only.
//
//	cd e2e && go run ./mutants
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// mutant is the library without one safeguard.
type mutant struct {
	without string
	file    string   // from the root of the repository
	swaps   []string // pairs: what stands there, exactly once, and what instead
	pkg     string
	test    string // red without the safeguard, green with it
}

var mutants = []mutant{
	{
		without: "the fencing predicate of a settle",
		file:    "adapters/postgres/queries/settle.sql",
		swaps: []string{
			"    WHERE l.bucket = $1::int AND l.id = ANY(ARRAY(SELECT DISTINCT i.lease_id FROM input i))\n" +
				"        AND l.id BETWEEN (SELECT min(i.lease_id) FROM input i) AND (SELECT max(i.lease_id) FROM input i)\n", "    WHERE l.bucket = $1::int\n",
			"JOIN held h ON h.job_id = i.job_id AND h.lease_id = i.lease_id AND h.seq = i.seq", "JOIN held h ON h.job_id = i.job_id AND h.seq = i.seq",
		},
		pkg: "./adapters/postgres", test: "^TestStore$/^Fence$",
	},
	{
		without: "the end of claims that were recalled",
		file:    "adapters/postgres/queries/claim.sql",
		swaps:   []string{" AND w.recalled < $2::bigint", ""},
		pkg:     "./adapters/postgres", test: "^TestStore$/^Claim$",
	},
	{
		without: "the end of a lease that nobody has noticed",
		file:    "core/engine/registry.go",
		swaps:   []string{"now.Before(g.until)", "true"},
		pkg:     "./core/engine", test: "^TestWorker_StartsNothingPastItsLease$",
	},
	{
		without: "the timer of scheduled jobs",
		file:    "core/engine/promote.go",
		swaps:   []string{"due := next >= 0 && next < d", "due := false"},
		pkg:     "./core/engine", test: "^TestPromote_StartsJobsAtTheVeryInstant$",
	},
	{
		without: "the timer of recurring jobs",
		file:    "core/engine/recur.go",
		swaps:   []string{"d = min(d, next)", "d = max(d, 0)"},
		pkg:     "./core/engine", test: "^TestRecurrer_StartsJobsAtTheVeryInstant$",
	},
	{
		without: "the lock of a lease that a cancellation takes",
		file:    "adapters/postgres/command.go",
		swaps:   []string{`"lease_lock"), bucket, int64(rec.Lease)`, `"lease_lock"), bucket, int64(-rec.Lease)`},
		pkg:     "./adapters/postgres", test: "^TestStore$/^Race$",
	},
	{
		without: "the gap guard after an outage",
		file:    "core/engine/rescue.go",
		swaps:   []string{"time.Since(g.since) >= g.w.cfg.Lease", "time.Since(g.since) >= 0"},
		pkg:     "./core/engine", test: "^TestRescue_WaitsForAFullLeaseAfterAnOutage$",
	},
	{
		without: "the beat that comes before a rescue",
		file:    "core/engine/rescue.go",
		swaps:   []string{"time.Since(g.beaten) <= g.harmless()", "time.Since(g.beaten) >= 0"},
		pkg:     "./core/engine", test: "^TestRescue_WaitsForABeatAfterAnOutage$",
	},
	{
		without: "the one suspect that is blamed",
		file:    "core/engine/blame.go",
		swaps:   []string{"known && ran == claimOf(r):", "known && ran == claimOf(r) || true:"},
		pkg:     "./core/engine", test: "^TestRescue_BlamesOneSuspectPerCrash$",
	},
	{
		without: "the holder of a unique key",
		file:    "adapters/postgres/queries/unique_take.sql",
		swaps: []string{
			"WHERE NOT u.live AND u.until <= now() OR u.job_id = excluded.job_id", "WHERE true",
			"AND (h.live OR h.until > now())", "AND false",
		},
		pkg: "./adapters/postgres", test: "^TestStore$/^Unique$",
	},
	{
		without: "the bisection of refused batches",
		file:    "adapters/postgres/settle.go",
		swaps:   []string{"case !isData(err):", "case true:"},
		pkg:     "./adapters/postgres", test: "^TestSettle_KeepsABadResultFromHarmingItsNeighbours$",
	},
}

func main() {
	var errs []error
	for _, m := range mutants {
		if err := m.dies(".."); err != nil {
			errs = append(errs, fmt.Errorf("without %s: %w", m.without, err))
			continue
		}
		fmt.Printf("without %s: %s %s turns red\n", m.without, m.pkg, m.test)
	}
	if err := errors.Join(errs...); err != nil {
		fmt.Fprintln(os.Stderr, "mutants:", err)
		os.Exit(1)
	}
}

// dies tells whether the mutant's test passes with the safeguard and fails without.
func (m mutant) dies(root string) error {
	dir, err := os.MkdirTemp("", "tasktower-mutant-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	overlay, err := m.overlay(root, dir)
	if err != nil {
		return err
	}
	if out, err := m.run(root); err != nil {
		return fmt.Errorf("%s fails with it, too: %w\n%s", m.test, err, out)
	}
	out, err := m.run(root, "-overlay", overlay)
	switch {
	case err == nil:
		return fmt.Errorf("%s stays green", m.test)
	case !strings.Contains(out, "--- FAIL") && !strings.Contains(out, "panic:"):
		return fmt.Errorf("no test ran: %w\n%s", err, out)
	}
	return nil
}

// overlay writes the changed file and the map that puts it in place.
func (m mutant) overlay(root, dir string) (string, error) {
	file, err := filepath.Abs(filepath.Join(root, m.file))
	if err != nil {
		return "", err
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	changed := string(text)
	for i := 0; i < len(m.swaps); i += 2 {
		if n := strings.Count(changed, m.swaps[i]); n != 1 {
			return "", fmt.Errorf("%s holds %q %d times", m.file, m.swaps[i], n)
		}
		changed = strings.Replace(changed, m.swaps[i], m.swaps[i+1], 1)
	}
	instead := filepath.Join(dir, filepath.Base(file))
	if err := os.WriteFile(instead, []byte(changed), 0o644); err != nil {
		return "", err
	}
	table, err := json.Marshal(map[string]map[string]string{"Replace": {file: instead}})
	if err != nil {
		return "", err
	}
	name := filepath.Join(dir, "overlay.json")
	return name, os.WriteFile(name, table, 0o644)
}

func (m mutant) run(root string, flags ...string) (string, error) {
	args := append([]string{"test", "-count=1", "-timeout=2m", "-run", m.test}, flags...)
	cmd := exec.Command("go", append(args, m.pkg)...)
	cmd.Dir = root
	out, err := cmd.CombinedOutput()
	return string(out), err
}
