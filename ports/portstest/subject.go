package portstest

import (
	"testing"
	"time"

	"github.com/task-tower/tasktower/ports"
)

// Subject is a store under test and what a test needs to steer it. Every field is required.
type Subject struct {
	// Store is empty: no jobs, queues or workers.
	Store ports.Store
	// Now is the store's clock, give or take a second.
	Now func() time.Time
	// Advance lets d pass on the store's clock: a fake clock is moved, a real one
	// waited for. The suite asks for 60 ms, and for more only where the machine was
	// too slow for that.
	Advance func(t testing.TB, d time.Duration)
	// Begin opens a transaction of the kind that Store.InTx knows. A test calls
	// commit or rollback once; a transaction that it left open is rolled back by
	// the time the test ends.
	Begin func(t testing.TB) (tx any, commit, rollback func() error)
	// Close ends the store, whose methods return ErrClosed from then on.
	Close func() error
}

// Open returns an empty store for one test. What it opened is closed by a
// cleanup of t, whether or not the test called Subject.Close. It is called from
// many tests at once.
type Open func(t testing.TB) Subject

// TestStore proves that a store obeys the contract of package ports. Every case
// opens a store of its own and runs in parallel with the others.
func TestStore(t *testing.T, open Open) {
	groups := map[string]cases{
		"Enqueue": enqueueCases(),
		"Alike":   alikeCases(),
		"Unique":  uniqueCases(),
		"Promote": promoteCases(),
		"Claim":   claimCases(),
		"Order":   orderCases(),
		"Plan":    planCases(),
		"Bound":   boundCases(),
		"Race":    raceCases(),
		"Settle":  settleCases(),
		"Fence":   fenceCases(),
		"Cancel":  cancelCases(),
		"Requeue": requeueCases(),
		"Delete":  deleteCases(),
		"Tag":     tagCases(),
		"Pause":   pauseCases(),
		"List":    listCases(),
		"Inspect": inspectCases(),
		"Stands":  standingCases(),
		"Workers": workerCases(),
		"Control": controlCases(),
		"Deaths":  deathCases(),
		"Rescue":  rescueCases(),
		"Report":  reportCases(),
		"Recur":   recurCases(),
		"Prune":   pruneCases(),
		"Notify":  notifyCases(),
		"InTx":    txCases(),
		"Manners": mannerCases(),
		"Copies":  copyCases(),
	}
	for name, group := range groups {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for sentence, play := range group {
				t.Run(sentence, func(t *testing.T) {
					t.Parallel()
					play(newWorld(t, open(t)))
				})
			}
		})
	}
}

// cases maps a sentence to what proves it.
type cases map[string]func(w *world)
