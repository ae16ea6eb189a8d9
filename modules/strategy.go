package modules

import (
	"go.uber.org/fx"

	"github.com/task-tower/tasktower"
)

// Strategy decides which queues the app's worker serves first. Without it, the
// app's own tasktower.Strategy does if fx has one, else what
// TASKTOWER_QUEUE_PRIORITIZATION names.
func Strategy(s tasktower.Strategy) fx.Option {
	return fx.Options(
		fx.Provide(func() tasktower.Strategy { return s }),
		into(checksGroup, func() checked {
			if s == nil {
				return checked{invalid("strategy", "is nil")}
			}
			if c, ok := s.(interface{ Check() error }); ok {
				return checked{c.Check()}
			}
			return checked{}
		}),
	)
}
