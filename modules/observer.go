package modules

import (
	"go.uber.org/fx"

	"github.com/task-tower/tasktower"
)

// Observer lets a T of the app hear of everything that happens. Several hear of
// it one after the other, in no promised order.
func Observer[T tasktower.Observer]() fx.Option {
	return into(observersGroup, func(t T) tasktower.Observer { return t })
}

// Observers is Observer for values.
func Observers(observers ...tasktower.Observer) fx.Option {
	var all []fx.Option
	for _, o := range observers {
		all = append(all, into(observersGroup, func() tasktower.Observer { return o }))
	}
	return fx.Options(all...)
}

// audience is the app's observers as one, for its client and its worker.
type audience struct{ tasktower.Observer }

func gather(all []tasktower.Observer) audience { return audience{tasktower.FanOut(all...)} }
