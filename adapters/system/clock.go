package system

import (
	"time"

	"github.com/task-tower/tasktower/ports"
)

// Clock is the wall clock. Inside a testing/synctest bubble it is the bubble's.
type Clock struct{}

var _ ports.Clock = Clock{}

// Now implements ports.Clock.
func (Clock) Now() time.Time { return time.Now() }
