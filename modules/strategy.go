package modules

import (
	"errors"

	"go.uber.org/fx"

	"github.com/task-tower/tasktower"
)

// Strategy decides which queues the app's worker serves first. Without it, the
// app's own tasktower.Strategy does if fx has one, else what
// TASKTOWER_QUEUE_PRIORITIZATION names. Beside a strategy of the app that variable
// and TASKTOWER_QUEUE_PRIORITIES are mistakes: they would have no effect.
func Strategy(s tasktower.Strategy) fx.Option {
	return fx.Options(
		fx.Provide(func() tasktower.Strategy { return s }),
		checking(func(c Config) error {
			if s == nil {
				return invalid("strategy", "is nil")
			}
			err := c.checkNoStrategy()
			if own, ok := s.(interface{ Check() error }); ok {
				err = errors.Join(err, own.Check())
			}
			return err
		}),
	)
}
