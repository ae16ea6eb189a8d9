package modules

import (
	"fmt"
	"slices"
	"sync/atomic"

	"go.uber.org/fx"

	"github.com/task-tower/tasktower"
	"github.com/task-tower/tasktower/core/event"
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

func gather(all []tasktower.Observer) audience { return audience{FanOut(all...)} }

// FanOut is an observer that passes each event on to all of them; nil if there
// are none. One that panics hurts neither the caller nor the others, who hear
// once that it did.
func FanOut(observers ...tasktower.Observer) tasktower.Observer {
	var out fanOut
	for _, o := range slices.DeleteFunc(slices.Clone(observers), isNil) {
		out = append(out, &listener{Observer: o})
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

func isNil(o tasktower.Observer) bool { return o == nil }

type fanOut []*listener

// listener is an observer that need not be well-behaved.
type listener struct {
	tasktower.Observer
	panicked atomic.Bool
}

// Observe implements tasktower.Observer.
func (f fanOut) Observe(e event.Event) {
	for _, l := range f {
		if err := l.hear(e); err != nil && l.panicked.CompareAndSwap(false, true) {
			f.Observe(event.Event{
				Type: event.InterceptFail, At: e.At, Worker: e.Worker, Err: err,
				Note: fmt.Sprintf("observer %T", l.Observer),
			})
		}
	}
}

func (l *listener) hear(e event.Event) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("panic: %v", v)
		}
	}()
	l.Observer.Observe(e)
	return nil
}
