package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/task-tower/tasktower"
)

// wrongClocks lets workers work whose clocks are an hour off.
func wrongClocks(ctx context.Context, w *world) error {
	for _, off := range []time.Duration{-time.Hour, 0, time.Hour} {
		program, err := w.withClock(ctx, off)
		if err != nil {
			return err
		}
		o := w.orders()
		o.Program, o.ClockOff = program, off
		if _, err := w.start(ctx, o); err != nil {
			return err
		}
	}
	if err := w.enqueue(ctx, 3000, lasting(20)); err != nil {
		return err
	}
	due := map[tasktower.ID]time.Time{}
	for i := range 200 {
		wait := 5*time.Second + time.Duration(w.rng.IntN(10_000))*time.Millisecond // the others have run by then
		rec, err := w.client.Schedule(ctx, Work{Seq: i}, tasktower.In(wait))
		if err != nil {
			return err
		}
		w.book.write(acked, rec, "")
		due[rec.ID] = rec.RunAt
	}
	if err := w.settled(ctx, time.Minute); err != nil {
		return err
	}
	tale, err := readChronicle(w.dir)
	if err != nil {
		return err
	}
	early := 0
	for id, at := range due {
		if runs := tale.jobs[id].runs; len(runs) > 0 {
			if late := runs[0].from.Sub(at); late < 0 {
				early++
			} else {
				w.recovery = max(w.recovery, late)
			}
		}
	}
	w.note("%d scheduled jobs, %d too early", len(due), early)
	w.require(early == 0, "%d jobs started before their time", early)
	w.require(w.recovery <= w.profile.Poll+slack, "a job started %s late", w.recovery)
	w.require(len(tale.cuts) == 0 && tale.lost == 0, "%d contexts ended, %d results refused", len(tale.cuts), tale.lost)
	return nil
}

// withClock builds this program with a clock that is off: what time.Now reads of
// the wall is shifted, the monotonic clock is not. The compiler is handed a changed
// file of the standard library; nothing else is.
func (w *world) withClock(ctx context.Context, off time.Duration) (string, error) {
	if off == 0 {
		return os.Args[0], nil
	}
	root, err := exec.CommandContext(ctx, "go", "env", "GOROOT").Output()
	if err != nil {
		return "", err
	}
	file := filepath.Join(strings.TrimSpace(string(root)), "src", "time", "time.go")
	text, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	const reads = "func Now() Time {\n\tsec, nsec, mono := runtimeNow()\n"
	if strings.Count(string(text), reads) != 1 {
		return "", fmt.Errorf("%s reads the clock in another way than expected", file)
	}
	changed := strings.Replace(string(text), reads, fmt.Sprintf("%s\tsec += %d\n", reads, int64(off/time.Second)), 1)
	name := filepath.Join(w.dir, fmt.Sprintf("clock%+d", int(off.Hours())))
	table, err := json.Marshal(map[string]map[string]string{"Replace": {file: name + ".go"}})
	if err != nil {
		return "", err
	}
	if err := os.WriteFile(name+".go", []byte(changed), 0o644); err != nil {
		return "", err
	}
	if err := os.WriteFile(name+".json", table, 0o644); err != nil {
		return "", err
	}
	if out, err := exec.CommandContext(ctx, "go", "build", "-overlay", name+".json", "-o", name, "./chaos").CombinedOutput(); err != nil {
		return "", fmt.Errorf("build with a clock that is off: %w: %s", err, out)
	}
	return name, nil
}
