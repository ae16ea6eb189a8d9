package main

import (
	"context"
	"fmt"
	"sync"

	"github.com/jackc/pgx/v5"

	"github.com/task-tower/tasktower"
)

// sample is how many jobs that ran once have their history read; those that ran
// more or less often always have.
const sample = 2000

// check joins the ledgers with the database: nothing acknowledged is lost,
// nothing that no fault explains ran twice, nothing stale was accepted, and each
// claim has one end.
func (w *world) check(ctx context.Context) error {
	tale, err := readChronicle(w.dir)
	if err != nil {
		return err
	}
	final, err := w.finals(ctx)
	if err != nil {
		return err
	}
	var suspicious []tasktower.ID
	sampled := 0
	for id, s := range tale.jobs {
		if s.gone {
			_, there := final[id]
			w.require(!there, "job %s is there although it was deleted", id)
			continue
		}
		if !s.acked.IsZero() {
			w.jobs++
			if !final[id] {
				w.lost++
			}
		}
		w.overlaps += s.overlaps(w.faults)
		if sampled++; len(s.runs) != 1 || sampled <= sample {
			suspicious = append(suspicious, id)
		}
	}
	w.require(w.lost == 0, "%d acknowledged jobs are lost", w.lost)
	for id, isFinal := range final {
		if tale.jobs[id] == nil {
			w.require(!isFinal, "job %s ended without ever running", id)
		}
	}
	w.require(w.overlapping || w.overlaps == 0, "%d runs began while another of the same job went on", w.overlaps)
	if err := w.checkHistories(ctx, tale, suspicious); err != nil {
		return err
	}
	if w.recovery == 0 {
		w.recovery = tale.recovery(w.faults)
	}
	return nil
}

// finals tells of every job in the database whether it is final.
func (w *world) finals(ctx context.Context) (map[tasktower.ID]bool, error) {
	rows, err := w.pool.Query(ctx, "SELECT id, state IN ('completed', 'cancelled', 'dead') FROM tasktower.jobs")
	if err != nil {
		return nil, err
	}
	out := map[tasktower.ID]bool{}
	var id [16]byte
	var final bool
	_, err = pgx.ForEachRow(rows, []any{&id, &final}, func() error {
		out[tasktower.ID(id)] = final
		return nil
	})
	return out, err
}

// checkHistories reads the histories of jobs, some at once.
func (w *world) checkHistories(ctx context.Context, tale *chronicle, ids []tasktower.ID) error {
	work := make(chan tasktower.ID)
	errs := make(chan error, 4)
	var mu sync.Mutex
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for id := range work {
				entries, err := w.client.History(ctx, id)
				if err != nil {
					select {
					case errs <- fmt.Errorf("job %s: %w", id, err):
					default:
					}
					continue
				}
				mu.Lock()
				w.checkHistory(id, tale.jobs[id], entries)
				mu.Unlock()
			}
		})
	}
	for _, id := range ids {
		work <- id
	}
	close(work)
	all.Wait()
	select {
	case err := <-errs:
		return err
	default:
		return nil
	}
}

// checkHistory compares a job's history with its story.
func (w *world) checkHistory(id tasktower.ID, s *story, entries []tasktower.Entry) {
	h, err := readHistory(entries)
	w.require(err == nil, "job %s: %v in %v", id, err, entries)
	w.require(s.told <= h.successes, "job %s: %d workers were told that their success is stored, the history has %d", id, s.told, h.successes)
	for _, worker := range h.winners {
		seen := false
		for _, r := range s.runs {
			seen = seen || r.worker == worker && r.well
		}
		w.require(seen, "job %s: worker %s has a success without having run it to its end", id, worker)
	}
	if again := len(s.runs) - h.outcomes; again > 0 {
		w.twice += again
		w.require(s.caught(w.faults), "job %s ran %d times with %d outcomes, and no fault caught it: %s", id, len(s.runs), h.outcomes, s.times(w.faults))
	}
}
