package modules

import (
	"log/slog"

	"go.uber.org/fx"

	"github.com/task-tower/tasktower"
)

// Worker provides the *tasktower.Client and the *tasktower.Worker on the app's
// store, with the app's handlers, interceptors, strategy and observers. The worker
// starts and stops with the app. One that stops on its own
// shuts the app down: with exit code 0 if somebody drained it, 1 if it failed.
//
// Stopping takes up to TASKTOWER_GRACE and TASKTOWER_OVERSTAY, which is more than
// the 15 s that fx gives an app to stop: see StopTimeout. Shortly before that
// time is over, what still runs is given back; a second SIGINT or SIGTERM meanwhile
// gives it back at once, a third ends the process.
func Worker() fx.Option {
	return fx.Module("tasktower.worker",
		Client(),
		into(checksGroup, checkHandlers, optional, kindsGroup, recurringGroup),
		fx.Provide(newWorker),
		fx.Invoke(run),
	)
}

// checkHandlers reports what is wrong with the options of handlers.
func checkHandlers(given *Config, kinds []placed[tasktower.Registration], recurring []placed[tasktower.Recurring]) checked {
	c, _ := configure(given)
	if len(kinds) == 0 {
		return checked{invalid("Handlers", "are empty; a worker takes only kinds that it has handlers for, see modules.Handler")}
	}
	return checked{c.checkWorker(inOrder(kinds), inOrder(recurring))}
}

type workerIn struct {
	fx.In

	Sound     sound
	Store     tasktower.Store
	Handlers  []placed[tasktower.Registration] `group:"tasktower.handlers"`
	Recurring []placed[tasktower.Recurring]    `group:"tasktower.recurring"`
	Globals   []placed[stages]                 `group:"tasktower.globals"`
	Audience  audience
	Strategy  tasktower.Strategy `optional:"true"`
	Logger    *handlerLogger     `optional:"true"`
	Slog      *slog.Logger       `optional:"true"`
}

func newWorker(in workerIn) (*tasktower.Worker, error) {
	c, err := in.Sound.config()
	if err != nil {
		return nil, err
	}
	cfg := c.worker()
	cfg.Handlers, cfg.Recurring = inOrder(in.Handlers), inOrder(in.Recurring)
	cfg.Observer = in.Audience.Observer
	cfg.Logger = in.Slog
	if in.Logger != nil {
		cfg.Logger = in.Logger.Logger
	}
	cfg.Strategy = in.Strategy
	if cfg.Strategy == nil {
		cfg.Strategy, err = c.strategy()
	} else {
		err = c.checkNoStrategy() // one that fx made is not known before
	}
	if err != nil {
		return nil, err
	}
	for _, s := range inOrder(in.Globals) {
		s.global(&cfg)
	}
	return tasktower.NewWorker(in.Store, cfg)
}
