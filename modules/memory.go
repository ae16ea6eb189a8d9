package modules

import (
	"context"

	"go.uber.org/fx"

	"github.com/task-tower/tasktower"
	"github.com/task-tower/tasktower/adapters/memory"
)

// Memory provides a store in this process, for tests, demos and small programs:
// as the tasktower.Store and as the *memory.Store. It forgets everything when the
// app stops.
func Memory() fx.Option {
	return fx.Module("tasktower.memory",
		fx.Provide(fx.Annotate(newMemory, fx.As(fx.Self()), fx.As(new(tasktower.Store)))),
	)
}

func newMemory(lc fx.Lifecycle) *memory.Store {
	store := memory.New(memory.Config{})
	lc.Append(fx.StopHook(func(context.Context) error { return store.Close() }))
	return store
}
