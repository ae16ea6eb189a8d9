package scenario_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower"
	"github.com/task-tower/tasktower/adapters/memory"
	"github.com/task-tower/tasktower/internal/scenario"
)

// inMemory begins transactions as a scenario wants them.
type inMemory struct{ *memory.Store }

func (s inMemory) BeginTx(*testing.T) (tx any, commit, rollback func() error) {
	t := s.Begin()
	return t, t.Commit, t.Rollback
}

func TestMemory(t *testing.T) {
	t.Parallel()
	scenario.Run(t, func(t *testing.T) tasktower.Store {
		store := memory.New(memory.Config{})
		t.Cleanup(func() { require.NoError(t, store.Close()) })
		return inMemory{store}
	})
}
