package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/task-tower/tasktower"
)

// history is what the database says of one job's claims.
type history struct {
	outcomes  int      // claims that ended by a handler's result
	successes int      // of those, good ones
	winners   []string // the workers of those
}

// readHistory says what a history comes to, and whether it is consistent: each
// claim has one end, by the worker that made it, and nothing comes from a worker
// whose jobs were taken back before.
func readHistory(entries []tasktower.Entry) (h history, err error) {
	var holder string // the worker whose claim is open
	var gone []string // workers that were lost
	for i, e := range entries {
		reason, _, _ := strings.Cut(e.Reason, ":")
		if e.Worker != "" && slices.Contains(gone, e.Worker) {
			return h, fmt.Errorf("entry %d, %s, is a stale write of the lost worker %s", i, e.Reason, e.Worker)
		}
		if e.State == tasktower.Processing {
			if holder != "" {
				return h, fmt.Errorf("entry %d is a claim although the one before has no end", i)
			}
			holder = e.Worker
			continue
		}
		if e.Worker == "" {
			continue // an enqueue, a command, or it became due
		}
		if holder != e.Worker {
			return h, fmt.Errorf("entry %d, %s, ends no claim of worker %s", i, e.Reason, e.Worker)
		}
		holder = ""
		switch reason {
		case "rescue":
			gone = append(gone, e.Worker)
		case "success":
			h.outcomes, h.successes, h.winners = h.outcomes+1, h.successes+1, append(h.winners, e.Worker)
		case "release":
		default:
			h.outcomes++
		}
	}
	if holder != "" && entries[len(entries)-1].State != tasktower.Processing {
		return h, fmt.Errorf("the claim of worker %s has no end", holder)
	}
	return h, nil
}
