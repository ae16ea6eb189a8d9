package tasktowertest_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower"
	"github.com/task-tower/tasktower/tasktowertest"
)

// Email asks for one welcome mail to one new user.
type Email struct {
	UserID int64 `json:"user_id"`
}

// Kind is the name stored with the job.
func (Email) Kind() string { return "welcome_email" }

// Defaults hold for every Email unless Enqueue is told otherwise.
func (Email) Defaults() []tasktower.Option {
	return []tasktower.Option{tasktower.Queue("mail"), tasktower.DisplayName("Welcome mail"), tasktower.MaxRetries(4)}
}

// errUserGone says that nobody is left to write to.
var errUserGone = errors.New("user is gone")

// fakeSMTP sends nothing, and fails as often as it is told to.
type fakeSMTP struct {
	Fail []error
	Sent []int64
}

func (s *fakeSMTP) SendWelcome(_ context.Context, user int64) error {
	if len(s.Fail) > 0 {
		err := s.Fail[0]
		s.Fail = s.Fail[1:]
		return err
	}
	s.Sent = append(s.Sent, user)
	return nil
}

// Mailer sends welcome mails.
type Mailer struct{ smtp *fakeSMTP }

// Handle sends the mail. A user deleted in the meantime is no reason to try again.
func (m *Mailer) Handle(ctx context.Context, j *tasktower.Job[Email]) error {
	err := m.smtp.SendWelcome(ctx, j.Args.UserID)
	if errors.Is(err, errUserGone) {
		return tasktower.Cancel(err)
	}
	return err
}

// signUp is the code under test: it greets a new user after ten minutes.
func signUp(ctx context.Context, client *tasktower.Client, _ string) error {
	_, err := client.Enqueue(ctx, Email{UserID: 7}, tasktower.In(10*time.Minute))
	return err
}

func TestSignUp_SendsOneWelcomeMail(t *testing.T) {
	smtp := &fakeSMTP{}
	h := tasktowertest.New(t, tasktower.Handle(&Mailer{smtp})) // memory store, its own clock
	require.NoError(t, signUp(t.Context(), h.Client, "ada@example.org"))
	require.Equal(t, int64(7), tasktowertest.RequireEnqueued[Email](t, h).Args.UserID)
	h.Advance(t, 10*time.Minute) // runs whatever falls due on the way, on this goroutine
	require.Len(t, smtp.Sent, 1)
}

func TestSignUp_RetriesTheMail(t *testing.T) {
	smtp := &fakeSMTP{Fail: []error{errors.New("busy"), errors.New("busy again")}}
	h := tasktowertest.New(t, tasktower.Handle(&Mailer{smtp}))
	require.NoError(t, signUp(t.Context(), h.Client, "ada@example.org"))

	h.Advance(t, 10*time.Minute) // the first try fails
	job := tasktowertest.RequireEnqueued[Email](t, h)
	require.Equal(t, tasktower.Retrying, job.State)

	h.Advance(t, time.Hour) // past both retries, whatever their jitter
	require.Equal(t, []int64{7}, smtp.Sent)
	h.RequireState(t, job.ID, tasktower.Completed)
}

func TestSignUp_DoesNotWriteToWhoIsGone(t *testing.T) {
	h := tasktowertest.New(t, tasktower.Handle(&Mailer{&fakeSMTP{Fail: []error{errUserGone}}}))
	rec, err := h.Client.Enqueue(t.Context(), Email{UserID: 7})
	require.NoError(t, err)

	h.Drain(t)
	h.RequireState(t, rec.ID, tasktower.Cancelled)
	tasktowertest.RequireNotEnqueued[Email](t, h)
}

func TestSignUp_WritesNothingIfItsTransactionFails(t *testing.T) {
	h := tasktowertest.New(t, tasktower.Handle(&Mailer{&fakeSMTP{}}))
	tx := h.Begin(t)
	require.NoError(t, signUp(t.Context(), h.Client.InTx(tx), "ada@example.org"))
	require.NoError(t, tx.Rollback())
	tasktowertest.RequireNotEnqueued[Email](t, h)

	tx = h.Begin(t)
	require.NoError(t, signUp(t.Context(), h.Client.InTx(tx), "ada@example.org"))
	require.NoError(t, tx.Commit())
	tasktowertest.RequireEnqueued[Email](t, h)
}
