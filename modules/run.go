package modules

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"go.uber.org/fx"

	"github.com/task-tower/tasktower"
)

// Of the time that an app has to stop, the worker keeps reserve for storing its last
// results and taking its leave, or a third if that is less.
const reserve = 3 * time.Second

// run ties the worker's life to that of the app.
func run(lc fx.Lifecycle, w *tasktower.Worker, app fx.Shutdowner) {
	o := &owner{worker: w, shutdown: app.Shutdown}
	lc.Append(fx.Hook{OnStart: o.start, OnStop: o.stop})
}

// owner owns the goroutine on which a worker works.
type owner struct {
	worker   *tasktower.Worker
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
		o.err = o.worker.Run(ctx)
		if ctx.Err() != nil {
			return
		}
		code := 0 // it was stopped or drained
		if o.err != nil {
			code = 1
		}
		o.err = errors.Join(o.err, o.shutdown(fx.ExitCode(code)))
	}()
	return nil
}

// stop drains the worker, gives back what still runs shortly before ctx ends or as
// soon as a signal comes, and says why the worker stopped if it did on its own.
func (o *owner) stop(ctx context.Context) error {
	grace, hurry := allButReserve(ctx)
	defer hurry()
	heard := make(chan os.Signal, 1)
	signal.Notify(heard, signals...)
	defer signal.Stop(heard)
	o.end()
	go func() { _ = o.worker.Stop(grace) }() // ends with the worker
	for {
		select {
		case <-o.done:
			return o.err
		case <-heard:
			signal.Reset(signals...) // fx would swallow the next one, too
			hurry()
		case <-ctx.Done():
			return fmt.Errorf("worker is still draining: %w; its jobs are rescued when its lease ends; "+
				"see modules.StopTimeout", context.Cause(ctx))
		}
	}
}

// signals are those by which an app is told to stop.
var signals = []os.Signal{os.Interrupt, syscall.SIGTERM}

// With its first Notify package os/signal starts a goroutine that never ends. A
// synctest bubble in which an app is the first to stop would wait for it for ever,
// so it is started here, outside of any.
func init() {
	heard := make(chan os.Signal, 1)
	signal.Notify(heard, os.Interrupt)
	signal.Stop(heard)
}

// allButReserve ends so long before ctx that what is left to do can be done.
func allButReserve(ctx context.Context) (context.Context, context.CancelFunc) {
	end, bounded := ctx.Deadline()
	if !bounded {
		return context.WithCancel(ctx)
	}
	return context.WithDeadline(ctx, end.Add(-min(reserve, time.Until(end)/3)))
}
