package main

import (
	"context"
	"log"
	"os"

	"github.com/rs/zerolog"
	"go.uber.org/fx"

	"github.com/task-tower/tasktower"
	"github.com/task-tower/tasktower/docs/examples/welcome"
	"github.com/task-tower/tasktower/modules"
	"github.com/task-tower/tasktower/strategies"
)

// docs:Main
func main() {
	fx.New(
		modules.StopTimeout(), // enough time to stop for the grace period of running jobs
		app(),
	).Run()
}

// app is everything else, so that a test can look at it.
func app() fx.Option {
	return fx.Options(
		modules.Pool(),     // *pgxpool.Pool from TASKTOWER_DATABASE_URL; leave out if you have your own
		modules.Postgres(), // the store on that pool – or modules.Memory()
		modules.Worker(),   // Client and Worker; started and stopped with the app
		modules.Logging(zerolog.New(os.Stderr).With().Timestamp().Logger()),
		modules.Strategy(strategies.Weighted(map[string]int{"mail": 60, "default": 30, "bulk": 10})),
		fx.Provide(NewSMTP, welcome.NewMailer, NewSlackSaysDeath),
		modules.Handler[*welcome.Mailer](tasktower.MaxRetries(2), modules.OnDeath[*SlackSaysDeath]()),
	)
}

// docs:end

// printer stands in for a mail server: it writes to the log.
type printer struct{}

// NewSMTP makes what mails are sent with.
func NewSMTP() welcome.SMTP { return printer{} }

// SendWelcome implements welcome.SMTP.
func (printer) SendWelcome(_ context.Context, user int64) error {
	log.Printf("welcome, user %d", user)
	return nil
}

// SlackSaysDeath tells people of dead jobs.
type SlackSaysDeath struct{}

// NewSlackSaysDeath makes one.
func NewSlackSaysDeath() *SlackSaysDeath { return &SlackSaysDeath{} }

// Intercept implements modules.After.
func (*SlackSaysDeath) Intercept(_ context.Context, ic *tasktower.InterceptContext) error {
	log.Printf("%s is dead: %s", ic.Job.DisplayName, ic.Error.Message)
	return nil
}
