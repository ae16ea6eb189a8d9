package scenario

import (
	"testing"

	"github.com/task-tower/tasktower"
)

// Open returns an empty store of the test's own, closed when the test ends.
type Open func(t *testing.T) tasktower.Store

// Transactional is a store that can begin a transaction of its kind; a store that
// plays the scenarios is one.
type Transactional interface {
	BeginTx(t *testing.T) (tx any, commit, rollback func() error)
}

// Run plays every scenario, each on a store of its own.
func Run(t *testing.T, open Open) {
	for _, chapter := range []struct {
		name      string
		scenarios map[string]func(*house)
	}{
		{"load", load},
		{"order", order},
		{"failure", failure},
		{"verdict", verdict},
		{"context", contexts},
		{"enqueue", enqueue},
		{"command", command},
		{"control", control},
		{"limit", limit},
		{"stop", stop},
		{"punctual", punctual},
		{"report", report},
		{"complete", complete},
		{"explain", explained},
		{"recurring", recurring},
	} {
		t.Run(chapter.name, func(t *testing.T) {
			for name, play := range chapter.scenarios {
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					play(newHouse(t, open(t)))
				})
			}
		})
	}
}
