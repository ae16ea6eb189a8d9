package modules

import (
	"go.uber.org/fx"

	"github.com/task-tower/tasktower"
)

// Recurring declares recurring jobs, which the worker stores when it starts.
func Recurring(all ...tasktower.Recurring) fx.Option {
	var out []fx.Option
	for _, r := range all {
		out = append(out, into(recurringGroup, func(s *sequence) placed[tasktower.Recurring] {
			return placed[tasktower.Recurring]{s.next(), r}
		}))
	}
	return fx.Options(out...)
}
