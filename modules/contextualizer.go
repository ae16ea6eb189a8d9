package modules

import (
	"context"

	"go.uber.org/fx"

	"github.com/task-tower/tasktower"
)

// Contextual fills context parameters at enqueue; see tasktower.Contextualizer.
type Contextual interface {
	Contextualize(ctx context.Context, params tasktower.Params) error
}

// Contextualizer lets a T of the app run for every enqueue of the app's client.
// Several run in the order in which they stand.
func Contextualizer[T Contextual]() fx.Option {
	return into(contextsGroup, func(s *sequence, t T) placed[tasktower.Contextualizer] {
		return placed[tasktower.Contextualizer]{s.next(), t.Contextualize}
	})
}
