package welcome_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower"
	"github.com/task-tower/tasktower/docs/examples/welcome"
	"github.com/task-tower/tasktower/tasktowertest"
)

// fakeSMTP sends nothing and remembers to whom.
type fakeSMTP struct{ Sent []int64 }

func (s *fakeSMTP) SendWelcome(_ context.Context, user int64) error {
	s.Sent = append(s.Sent, user)
	return nil
}

// signUp is the code under test: it greets a new user after ten minutes.
func signUp(ctx context.Context, client *tasktower.Client, _ string) error {
	_, err := client.Enqueue(ctx, welcome.Email{UserID: 7}, tasktower.In(10*time.Minute))
	return err
}

// docs:SignUp
func TestSignUp_SendsOneWelcomeMail(t *testing.T) {
	smtp := &fakeSMTP{}
	h := tasktowertest.New(t, tasktower.Handle(welcome.NewMailer(smtp))) // memory store, its own clock
	require.NoError(t, signUp(t.Context(), h.Client, "ada@example.org"))
	require.Equal(t, int64(7), tasktowertest.RequireEnqueued[welcome.Email](t, h).Args.UserID)
	h.Advance(t, 10*time.Minute) // runs whatever falls due on the way, on this goroutine
	require.Len(t, smtp.Sent, 1)
}

// docs:end
