// Package modules wires Task Tower with fx. It is the only package that reads
// the environment.
//
//	fx.New(
//		modules.StopTimeout(), // enough time to stop for the grace period of running jobs
//
//		modules.Pool(),     // *pgxpool.Pool from TASKTOWER_DATABASE_URL; leave out if you have your own
//		modules.Postgres(), // the store on that pool – or modules.Memory()
//		modules.Worker(),   // Client and Worker; started and stopped with the app
//		modules.Strategy(strategies.Weighted(map[string]int{"mail": 60, "default": 30, "bulk": 10})),
//		fx.Provide(smtp.New, welcome.NewMailer, NewSlackSaysDeath),
//		modules.Handler[*welcome.Mailer](tasktower.MaxRetries(2), modules.OnDeath[*SlackSaysDeath]()),
//	).Run()
//
// A store comes from Memory, from Postgres (on the pool of Pool, or one of your
// own), or from your own fx.Provide of a tasktower.Store. Worker, which brings
// the Client along, or Client alone comes on top. Everything else is optional and
// adds up: Handler, HandlerFunc and Handlers register what the worker runs;
// PreProcessing, OnSuccess, OnFailure and OnDeath are interceptors, of one kind
// inside Handler's parentheses and of every kind outside; Contextualizer captures
// context parameters; Recurring declares recurring jobs; Observer, Observers and Logging listen.
//
// Types in brackets come from fx with their dependencies injected. Handlers may
// depend on the *tasktower.Client: the client knows the options of each kind
// without them.
//
// Mistakes in the configuration, in the options of handlers and in the strategy
// are found before anything is constructed, and reported together by fx.New.
// What only fx can know, such as a missing constructor, it reports itself;
// fx.ValidateApp finds that in a test.
package modules
