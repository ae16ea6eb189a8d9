package modules_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/rs/zerolog"
	"go.uber.org/fx"

	"github.com/task-tower/tasktower"
	"github.com/task-tower/tasktower/modules"
	"github.com/task-tower/tasktower/strategies"
)

// Email asks for one welcome mail to one new user.
type Email struct {
	UserID int64 `json:"user_id"`
}

// Kind is the name stored with the job. It outlives renames of the Go type.
func (Email) Kind() string { return "welcome_email" }

// Defaults hold for every Email unless Enqueue is told otherwise.
func (Email) Defaults() []tasktower.Option {
	return []tasktower.Option{tasktower.Queue("mail"), tasktower.DisplayName("Welcome mail"), tasktower.MaxRetries(4)}
}

// SMTP sends mails, or says that it does.
type SMTP struct{ done chan struct{} }

// NewSMTP makes one.
func NewSMTP() *SMTP { return &SMTP{make(chan struct{})} }

// errUserGone says that nobody is left to write to.
var errUserGone = errors.New("user is gone")

// SendWelcome writes to users with a number.
func (s *SMTP) SendWelcome(_ context.Context, user int64) error {
	if user < 1 {
		return tasktower.Discard(errors.New("no such mailbox"))
	}
	fmt.Println("welcome, user", user)
	return nil
}

// Mailer sends welcome mails.
type Mailer struct{ smtp *SMTP }

// NewMailer makes one.
func NewMailer(s *SMTP) *Mailer { return &Mailer{s} }

// Handle sends the mail. A user deleted in the meantime is no reason to try again.
func (m *Mailer) Handle(ctx context.Context, j *tasktower.Job[Email]) error {
	err := m.smtp.SendWelcome(ctx, j.Args.UserID)
	if errors.Is(err, errUserGone) {
		return tasktower.Cancel(err)
	}
	return err
}

// SlackSaysDeath tells a channel of dead jobs.
type SlackSaysDeath struct{ smtp *SMTP }

// NewSlackSaysDeath makes one.
func NewSlackSaysDeath(s *SMTP) *SlackSaysDeath { return &SlackSaysDeath{s} }

// Intercept implements modules.After.
func (s *SlackSaysDeath) Intercept(_ context.Context, ic *tasktower.InterceptContext) error {
	fmt.Printf("%s is dead: %s\n", ic.Job.DisplayName, ic.Error.Message)
	close(s.smtp.done)
	return nil
}

// A program that enqueues and works. In production modules.Pool() and
// modules.Postgres() stand where modules.Memory() does, and .Run() at the end.
func Example() {
	var client *tasktower.Client
	var smtp *SMTP
	app := fx.New(
		modules.Memory(), // or modules.Pool() and modules.Postgres()
		modules.Worker(), // Client and Worker; started and stopped with the app
		modules.Strategy(strategies.Weighted(map[string]int{"high": 60, "default": 30, "low": 10})),
		fx.Provide(NewSMTP, NewMailer, NewSlackSaysDeath),
		modules.Handler[*Mailer](tasktower.MaxRetries(2), modules.OnDeath[*SlackSaysDeath]()),

		modules.Logging(zerolog.Nop()),
		fx.Populate(&client, &smtp),
		fx.NopLogger,
	)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := app.Start(ctx); err != nil {
		fmt.Println(err)
		return
	}
	for _, user := range []int64{7, -1} {
		if _, err := client.Enqueue(ctx, Email{UserID: user}); err != nil {
			fmt.Println(err)
		}
	}
	<-smtp.done
	if err := app.Stop(ctx); err != nil {
		fmt.Println(err)
	}
	// Unordered output:
	// welcome, user 7
	// Welcome mail is dead: no such mailbox
}

// fx finds missing constructors without running any.
func Example_validate() {
	err := fx.ValidateApp(
		fx.NopLogger,
		modules.Pool(), modules.Postgres(), modules.Worker(),
		fx.Provide(NewSMTP, NewMailer, NewSlackSaysDeath),
		modules.Handler[*Mailer](modules.OnDeath[*SlackSaysDeath]()),
	)
	fmt.Println(err)
	// Output: <nil>
}
