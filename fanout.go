package tasktower

import (
	"fmt"
	"sync/atomic"

	"github.com/task-tower/tasktower/core/event"
)

// FanOut is an Observer that passes each event on to all of them; nil if there are
// none. One that panics hurts neither the caller nor the others, who hear once that
// it did.
func FanOut(observers ...Observer) Observer {
	var out fanOut
	for _, o := range observers {
		if o != nil {
			out = append(out, &listener{Observer: o})
		}
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

type fanOut []*listener

// listener is an observer that need not be well-behaved.
type listener struct {
	Observer
	panicked atomic.Bool
}

// Observe implements Observer.
func (f fanOut) Observe(e Event) {
	for _, l := range f {
		if err := l.hear(e); err != nil && l.panicked.CompareAndSwap(false, true) {
			f.Observe(Event{
				Type: event.InterceptFail, At: e.At, Worker: e.Worker, Err: err,
				Note: fmt.Sprintf("observer %T", l.Observer),
			})
		}
	}
}

func (l *listener) hear(e Event) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("panic: %v", v)
		}
	}()
	l.Observer.Observe(e)
	return nil
}
