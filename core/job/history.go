package job

import "time"

// Entry is one line of a job's history: one transition.
type Entry struct {
	At      time.Time `json:"at"`
	State   State     `json:"state"` // the state the job moved to
	Attempt int       `json:"attempt"`
	Worker  string    `json:"worker,omitempty"` // the worker's id; empty where no worker acted
	Reason  string    `json:"reason"`           // a Cause, or "enqueue" for the first entry; followed by ": note" where somebody left one
}

// Limits of what a failed attempt keeps, in bytes.
const (
	MaxFailureType    = 256
	MaxFailureMessage = 8 << 10
	MaxFailureStack   = 32 << 10
)

// Failure is what a failed attempt leaves behind.
type Failure struct {
	Attempt int       `json:"attempt"`
	At      time.Time `json:"at"`
	Worker  string    `json:"worker"`
	Type    string    `json:"type"`    // the error's Go type, at most 256 bytes
	Message string    `json:"message"` // at most 8 KiB
	Stack   string    `json:"stack,omitempty"`
}

// NewFailure sanitises and caps its texts, so that every store can keep it.
func NewFailure(errType, message, stack string) *Failure {
	return &Failure{
		Type:    Sanitize(errType, MaxFailureType),
		Message: Sanitize(message, MaxFailureMessage),
		Stack:   Sanitize(stack, MaxFailureStack),
	}
}
