package main

import (
	"context"
	"fmt"

	"github.com/task-tower/tasktower"
)

// maxFaults bounds what a report says of one mistake over and over.
const maxFaults = 20

// audit is what the store says of a run, and what of it is wrong.
type audit struct {
	stored    map[string]map[string]int // by kind and state
	recovered map[tasktower.ID]bool     // jobs whose worker was lost while they ran, and that ended as they should
	faults    []string
}

func newAudit() *audit {
	return &audit{stored: map[string]map[string]int{}, recovered: map[tasktower.ID]bool{}}
}

func (a *audit) fault(format string, args ...any) {
	if len(a.faults) < maxFaults {
		a.faults = append(a.faults, fmt.Sprintf(format, args...))
	}
}

// inspect reads every job of a run and checks that it ended as it should.
func inspect(ctx context.Context, client *tasktower.Client, run string) (*audit, error) {
	a := newAudit()
	filter := tasktower.Filter{Tags: []string{runTag(run)}, Limit: 200}
	for {
		page, err := client.List(ctx, filter)
		if err != nil {
			return nil, err
		}
		for _, rec := range page.Jobs {
			if a.stored[rec.Kind] == nil {
				a.stored[rec.Kind] = map[string]int{}
			}
			a.stored[rec.Kind][string(rec.State)]++
			if err := a.judge(ctx, client, rec); err != nil {
				return nil, err
			}
		}
		if page.Next == "" {
			break
		}
		filter.After = page.Next
	}
	for _, args := range []tasktower.Args{Scan{}, Flaky{}, Doomed{}, Summary{}} {
		if a.stored[args.Kind()] == nil {
			a.fault("no %s job is stored", args.Kind())
		}
	}
	return a, nil
}

func (a *audit) judge(ctx context.Context, client *tasktower.Client, rec *tasktower.Record) error {
	want, attempts := tasktower.Completed, 1
	switch rec.Kind {
	case Doomed{}.Kind():
		want, attempts = tasktower.Dead, 2
	case Flaky{}.Kind():
		attempts = 3
	case IndexFile{}.Kind():
		if rec.State == tasktower.Cancelled {
			return nil // its file was gone
		}
	}
	if rec.State != want {
		a.fault("%s job %s is %s; want %s", rec.Kind, rec.ID, rec.State, want)
		return nil
	}
	if rec.Crashes > 0 {
		a.recovered[rec.ID] = true // a run that a crash ended is an attempt, unless it had not begun
	}
	if rec.Attempt < attempts || rec.Attempt > attempts+rec.Crashes {
		a.fault("%s job %s took %d attempts and %d crashes; want %d attempts", rec.Kind, rec.ID, rec.Attempt, rec.Crashes, attempts)
	}
	if rec.Failures == 0 {
		return nil
	}
	failed, err := client.Failures(ctx, rec.ID)
	if err == nil && len(failed) != rec.Failures {
		a.fault("%s job %s has %d failures on record; want %d", rec.Kind, rec.ID, len(failed), rec.Failures)
	}
	return err
}
