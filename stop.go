package tasktower

import (
	"context"
	"os"
	"os/signal"
	"sync"
	"syscall"
)

// Stop ends Run as the end of Run's context does, and returns when Run has
// returned. If ctx ends first, so does the grace period: the contexts of the
// handlers end, and what does not return at once is given back. So a ctx that has
// ended already releases everything now. Any number of goroutines may call Stop.
//
// A stop takes at most the grace period, Overstay, which only handlers use up that
// ignore their contexts, and ten seconds if the store does not answer; once ctx has
// ended, little more than two seconds.
//
// A worker that does not run will not: Run then returns nil at once. ErrConflict:
// ctx is that of one of the worker's own handlers, for whose end Stop would have
// to wait; the worker stops nevertheless.
func (w *Worker) Stop(ctx context.Context) error { return w.engine.Stop(ctx) }

// RunUntilSignal is Run for main functions: the first of the signals begins the
// graceful stop, a second one ends the grace period, as Stop does. Without signals
// it heeds os.Interrupt and SIGTERM. After the second, or once it has returned,
// signals do again what they did before: a third ends the process.
func (w *Worker) RunUntilSignal(ctx context.Context, signals ...os.Signal) error {
	if len(signals) == 0 {
		signals = []os.Signal{os.Interrupt, syscall.SIGTERM}
	}
	heard := make(chan os.Signal, 2)
	signal.Notify(heard, signals...)
	defer signal.Stop(heard)

	ended := make(chan struct{})
	var listening sync.WaitGroup
	listening.Go(func() { w.heed(heard, ended) })
	err := w.Run(ctx)
	close(ended)
	listening.Wait()
	return err
}

// heed stops the worker at the first signal and hurries it at the second, unless
// it has ended by itself.
func (w *Worker) heed(heard chan os.Signal, ended <-chan struct{}) {
	patience, hurry := context.WithCancel(context.Background())
	defer hurry()
	var stopping sync.WaitGroup
	defer stopping.Wait()
	select {
	case <-heard:
		stopping.Go(func() { _ = w.Stop(patience) }) // nil: patience is no handler's context
	case <-ended:
		return
	}
	select {
	case <-heard:
		signal.Stop(heard)
		hurry()
	case <-ended:
	}
}
