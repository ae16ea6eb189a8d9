package modules

import (
	"context"

	"go.uber.org/fx"

	"github.com/task-tower/tasktower"
)

// Before is an interceptor that acts before the handler; see
// tasktower.PreProcessing.
type Before interface {
	PreProcess(ctx context.Context, ic *tasktower.InterceptContext) (context.Context, error)
}

// After is an interceptor that acts after the fact; see tasktower.OnSuccess,
// tasktower.OnFailure and tasktower.OnDeath.
type After interface {
	Intercept(ctx context.Context, ic *tasktower.InterceptContext) error
}

// PreProcessing lets a T of the app act before the handler.
func PreProcessing[T Before]() Injected {
	return inject(func(t T) stages { return stages{before: t.PreProcess} })
}

// OnSuccess lets a T of the app act once a job is completed.
func OnSuccess[T After]() Injected {
	return inject(func(t T) stages { return stages{success: t.Intercept} })
}

// OnFailure lets a T of the app act after each failed attempt.
func OnFailure[T After]() Injected {
	return inject(func(t T) stages { return stages{failure: t.Intercept} })
}

// OnDeath lets a T of the app act once a job is dead; at least once, also when a
// worker crashes in between.
func OnDeath[T After]() Injected {
	return inject(func(t T) stages { return stages{death: t.Intercept} })
}

// Injected is an interceptor that comes from fx. Inside Handler's parentheses it
// acts on jobs of that kind; among the options of the app on jobs of every kind,
// before those of the kind. Either way, several run in the order in which they
// stand.
type Injected struct {
	forApp
	forKind

	own func(place int) fx.Option // provides it to the fx.Module of one handler
}

// Injected is an option of both worlds, whose methods are told apart by package.
type (
	forApp  interface{ fx.Option }
	forKind interface{ tasktower.Option }
)

// stages is one interceptor at its stage.
type stages struct {
	before                  tasktower.Before
	success, failure, death tasktower.After
}

func inject[T any](at func(T) stages) Injected {
	return Injected{
		forApp: into(globalsGroup, func(s *sequence, t T) placed[stages] {
			return placed[stages]{s.next(), at(t)}
		}),
		// Handler takes it apart; anywhere else this option is a mistake.
		forKind: tasktower.OnDeath(nil),
		own: func(place int) fx.Option {
			return fx.Provide(fx.Annotate(func(t T) placed[tasktower.Option] {
				return placed[tasktower.Option]{place, at(t).option()}
			}, fx.ResultTags(ownGroup)), fx.Private)
		},
	}
}

// option is the interceptor as an option of a kind.
func (s stages) option() tasktower.Option {
	switch {
	case s.before != nil:
		return tasktower.PreProcessing(s.before)
	case s.success != nil:
		return tasktower.OnSuccess(s.success)
	case s.failure != nil:
		return tasktower.OnFailure(s.failure)
	}
	return tasktower.OnDeath(s.death)
}

// global puts the interceptor among those of every kind.
func (s stages) global(c *tasktower.WorkerConfig) {
	switch {
	case s.before != nil:
		c.PreProcessing = append(c.PreProcessing, s.before)
	case s.success != nil:
		c.OnSuccess = append(c.OnSuccess, s.success)
	case s.failure != nil:
		c.OnFailure = append(c.OnFailure, s.failure)
	default:
		c.OnDeath = append(c.OnDeath, s.death)
	}
}
