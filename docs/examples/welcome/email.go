package welcome

import "github.com/task-tower/tasktower"

// docs:Email

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

// docs:end
