package modules

import (
	"cmp"
	"slices"

	"go.uber.org/fx"
)

// The value groups in which an app's options meet.
const (
	checksGroup    = `group:"tasktower.checks"`
	kindsGroup     = `group:"tasktower.kinds"`
	handlersGroup  = `group:"tasktower.handlers"`
	recurringGroup = `group:"tasktower.recurring"`
	globalsGroup   = `group:"tasktower.globals"`
	contextsGroup  = `group:"tasktower.contextualizers"`
	observersGroup = `group:"tasktower.observers"`
	ownGroup       = `group:"tasktower.own"` // of one handler, in its fx.Module
)

// sequence numbers what joins a group: fx hands groups out in random order, but
// constructs their members in the order of the app's options.
type sequence struct{ last int }

func (s *sequence) next() int {
	s.last++
	return s.last
}

// placed is a member of a group.
type placed[T any] struct {
	place int
	value T
}

// inOrder are the values of a group in the order of the app's options.
func inOrder[T any](group []placed[T]) []T {
	group = slices.Clone(group)
	slices.SortFunc(group, func(a, b placed[T]) int { return cmp.Compare(a.place, b.place) })
	values := make([]T, len(group))
	for i, m := range group {
		values[i] = m.value
	}
	return values
}

// into provides what the constructor makes to a group. tags are those of the
// constructor's parameters.
func into(group string, constructor any, tags ...string) fx.Option {
	return fx.Provide(fx.Annotate(constructor, fx.ParamTags(tags...), fx.ResultTags(group)))
}

const optional = `optional:"true"`
