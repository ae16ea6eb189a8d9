package modules

import (
	"context"

	"go.uber.org/fx"

	"github.com/task-tower/tasktower"
)

// Handler lets an H of the app do the work of the kind of its args, which the
// compiler finds in H's Handle method:
//
//	modules.Handler[*welcome.Mailer](tasktower.MaxRetries(2), modules.OnDeath[*SlackSaysDeath]())
//
// Options are those of tasktower.Handle, and interceptors that come from fx.
func Handler[H tasktower.Handler[T], T tasktower.Args](opts ...tasktower.Option) fx.Option {
	return handler[T](opts, func(h H, opts []tasktower.Option) tasktower.Registration {
		return tasktower.Handle(h, opts...)
	})
}

// HandlerFunc is Handler for a function with dependencies: a D of the app, or
// several in a struct that embeds fx.In.
//
//	func cleanUp(ctx context.Context, db *sql.DB, j *tasktower.Job[Clean]) error
//
//	modules.HandlerFunc(cleanUp, tasktower.Timeout(time.Minute))
func HandlerFunc[D any, T tasktower.Args](f func(ctx context.Context, deps D, j *tasktower.Job[T]) error, opts ...tasktower.Option) fx.Option {
	return handler[T](opts, func(deps D, opts []tasktower.Option) tasktower.Registration {
		return tasktower.HandleFunc(func(ctx context.Context, j *tasktower.Job[T]) error { return f(ctx, deps, j) }, opts...)
	})
}

// Handlers registers what depends on nothing in fx, or was made elsewhere.
func Handlers(all ...tasktower.Registration) fx.Option {
	var out []fx.Option
	for _, r := range all {
		member := func(s *sequence) placed[tasktower.Registration] {
			return placed[tasktower.Registration]{s.next(), r}
		}
		out = append(out, into(kindsGroup, member), into(handlersGroup, member))
	}
	return fx.Options(out...)
}

// handler provides two registrations: that of the worker, which needs what comes
// from fx, and one that only says what the kind's options are. The client and the
// checks use the latter, so that handlers may depend on the client.
func handler[T tasktower.Args, D any](opts []tasktower.Option, register func(D, []tasktower.Option) tasktower.Registration) fx.Option {
	var plain []tasktower.Option
	var own []fx.Option
	for place, o := range opts {
		if i, ok := o.(Injected); ok && i.own != nil {
			own = append(own, i.own(place))
			continue
		}
		plain = append(plain, o)
		own = append(own, fx.Supply(
			fx.Annotate(placed[tasktower.Option]{place, o}, fx.ResultTags(ownGroup)), fx.Private))
	}
	kind := tasktower.HandleFunc(func(context.Context, *tasktower.Job[T]) error { return nil }, plain...)
	return fx.Module("tasktower.handler",
		fx.Options(own...),
		into(kindsGroup, func(s *sequence) placed[tasktower.Registration] {
			return placed[tasktower.Registration]{s.next(), kind}
		}),
		into(handlersGroup, func(s *sequence, d D, opts []placed[tasktower.Option]) placed[tasktower.Registration] {
			return placed[tasktower.Registration]{s.next(), register(d, inOrder(opts))}
		}, "", "", ownGroup),
	)
}
