package strategies

import (
	"errors"
	"strings"

	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/core/queue"
	"github.com/task-tower/tasktower/ports"
)

const choices = "fifo (or none), alphanumeric, index, strict or weighted"

// Parse makes a strategy from configuration texts: a name in any case, and
// priorities or weights as "critical:3,default:1" (see queue.ParsePriorities). FIFO
// and AlphaNumeric have no use for any, and refuse them.
//
// The strategy that comes back passes its Check. The error joins every mistake;
// each matches job.ErrInvalid and names "strategy", "priorities", or the queue.
func Parse(name, priorities string) (ports.Strategy, error) {
	numbers, err := queue.ParsePriorities("priorities", priorities)
	var s ports.Strategy
	switch strings.ToLower(strings.TrimSpace(name)) {
	case "fifo", "none":
		s = FIFO()
	case "alphanumeric":
		s = AlphaNumeric()
	case "index":
		s = Index(numbers)
	case "strict":
		s = Strict(numbers)
	case "weighted":
		s = Weighted(numbers)
	default:
		return nil, errors.Join(job.Invalid("strategy", "unknown %q; want %s", job.Clip(name, 40), choices), err)
	}
	if _, plain := s.(rest); plain && len(numbers) > 0 {
		err = errors.Join(err, job.Invalid("priorities",
			"are of no use to %s; want index, strict or weighted as the strategy, or no priorities", s.Name()))
	}
	if len(numbers) > 0 || err == nil { // else the map is empty only because nothing could be read
		err = errors.Join(err, checkInner("strategy", s))
	}
	if err != nil {
		return nil, err
	}
	return s, nil
}
