package modules

import (
	"go.uber.org/fx"

	"github.com/task-tower/tasktower"
)

// Client provides the *tasktower.Client on the app's store. Worker brings it
// along; alone it is for programs that enqueue and leave the work to others.
// There, too, Handler's options hold for the jobs it enqueues, if the app has any.
func Client() fx.Option {
	return fx.Module("tasktower.client",
		fx.Provide(func() *sequence { return &sequence{} }),
		fx.Provide(fx.Annotate(gather, fx.ParamTags(observersGroup))),
		checking(func(Config) error { return nil }),
		fx.Provide(newClient),
		fx.Invoke(refuse),
	)
}

type clientIn struct {
	fx.In

	Sound           sound
	Store           tasktower.Store
	Kinds           []placed[tasktower.Registration]   `group:"tasktower.kinds"`
	Contextualizers []placed[tasktower.Contextualizer] `group:"tasktower.contextualizers"`
	Audience        audience
}

func newClient(in clientIn) (*tasktower.Client, error) {
	c, err := in.Sound.config()
	if err != nil {
		return nil, err
	}
	cfg := c.client()
	cfg.Handlers = inOrder(in.Kinds)
	cfg.Contextualizers = inOrder(in.Contextualizers)
	cfg.Observer = in.Audience.Observer
	return tasktower.NewClient(in.Store, cfg)
}
