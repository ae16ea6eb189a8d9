package welcome

import (
	"context"
	"errors"

	"github.com/task-tower/tasktower"
)

// ErrUserGone says that nobody is left to write to.
var ErrUserGone = errors.New("user is gone")

// SMTP is what a Mailer sends with.
type SMTP interface {
	SendWelcome(ctx context.Context, user int64) error
}

// Mailer sends welcome mails.
type Mailer struct{ smtp SMTP }

// NewMailer makes a Mailer.
func NewMailer(smtp SMTP) *Mailer { return &Mailer{smtp} }

// docs:Handle

// Handle sends the mail. A user deleted in the meantime is no reason to try again.
func (m *Mailer) Handle(ctx context.Context, j *tasktower.Job[Email]) error {
	err := m.smtp.SendWelcome(ctx, j.Args.UserID)
	if errors.Is(err, ErrUserGone) {
		return tasktower.Cancel(err) // also: Snooze(d), RetryIn(d, err), Discard(err)
	}
	return err
}

// docs:end
