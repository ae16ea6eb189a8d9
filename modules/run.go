package modules

import (
	"context"
	"errors"
	"fmt"

	"go.uber.org/fx"

	"github.com/task-tower/tasktower"
)

// errIdle says that a worker ended although nobody asked it to.
var errIdle = errors.New("worker stopped on its own")

// run ties the worker's life to that of the app.
func run(lc fx.Lifecycle, w *tasktower.Worker, app fx.Shutdowner) {
	o := &owner{work: w.Run, shutdown: app.Shutdown}
	lc.Append(fx.Hook{OnStart: o.start, OnStop: o.stop})
}

// owner owns the goroutine on which a worker works.
type owner struct {
	work     func(context.Context) error
	shutdown func(...fx.ShutdownOption) error

	end  context.CancelFunc
	done chan struct{} // closed when the worker has stopped
	err  error         // why; read after done
}

// start returns at once; the worker outlives the start's context.
func (o *owner) start(context.Context) error {
	ctx, end := context.WithCancel(context.Background())
	o.end, o.done = end, make(chan struct{})
	go func() {
		defer close(o.done)
		o.err = o.work(ctx)
		if ctx.Err() != nil {
			return
		}
		if o.err == nil {
			o.err = errIdle
		}
		o.err = errors.Join(o.err, o.shutdown(fx.ExitCode(1)))
	}()
	return nil
}

// stop drains the worker, for as long as ctx allows, and says why it stopped if
// it did on its own.
func (o *owner) stop(ctx context.Context) error {
	o.end()
	select {
	case <-o.done:
		return o.err
	case <-ctx.Done():
		return fmt.Errorf("worker is still draining: %w; its jobs are rescued when its lease ends; "+
			"see modules.Config.StopTimeout", context.Cause(ctx))
	}
}
