package postgres

import (
	"slices"
	"strings"

	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/ports"
)

// maxHints is how many queues are announced one by one; past it the hint says
// that anything may have changed.
const maxHints = 64

// hints is what a call leaves to hint at.
type hints struct {
	queues []string
	later  bool
	orders bool

	recurring bool
	always    bool // also if nobody dozes
}

// claimable hints at a queue, once.
func (h *hints) claimable(queue string) {
	if n := len(h.queues); n > 0 && h.queues[n-1] == queue {
		return
	}
	if len(h.queues) <= maxHints && !slices.Contains(h.queues, queue) {
		h.queues = append(h.queues, queue)
	}
}

func (h *hints) empty() bool { return len(h.queues) == 0 && !h.later && !h.orders && !h.recurring }

// list is what listeners are told.
func (h *hints) list() []ports.Hint {
	if len(h.queues) > maxHints {
		return []ports.Hint{{}}
	}
	out := make([]ports.Hint, 0, len(h.queues)+3)
	for _, q := range h.queues {
		out = append(out, ports.Hint{Queue: q})
	}
	if h.later {
		out = append(out, ports.Hint{Later: true})
	}
	if h.orders {
		out = append(out, ports.Hint{Orders: true})
	}
	if h.recurring {
		out = append(out, ports.Hint{Recurring: true})
	}
	return out
}

// The payloads of notifications. The schema's trigger writes them too.
const (
	payloadAny    = "*"
	payloadQueue  = "q:"
	payloadLater  = "l"
	payloadOrders = "o"

	payloadRecurring = "r"

	payloadProbe = "p:" // by which a listener finds out whether it hears; see ear
)

// payloads is what notifications carry.
func (h *hints) payloads() []string {
	out := []string{}
	for _, hint := range h.list() {
		switch {
		case hint.Queue != "":
			out = append(out, payloadQueue+hint.Queue)
		case hint.Later:
			out = append(out, payloadLater)
		case hint.Orders:
			out = append(out, payloadOrders)
		case hint.Recurring:
			out = append(out, payloadRecurring)
		default:
			out = append(out, payloadAny)
		}
	}
	return out
}

// parseHint reads a payload; false for what is not ours.
func parseHint(payload string) (ports.Hint, bool) {
	switch payload {
	case payloadAny:
		return ports.Hint{}, true
	case payloadLater:
		return ports.Hint{Later: true}, true
	case payloadOrders:
		return ports.Hint{Orders: true}, true
	case payloadRecurring:
		return ports.Hint{Recurring: true}, true
	}
	name, ok := strings.CutPrefix(payload, payloadQueue)
	if !ok || job.CheckName("queue", name) != nil {
		return ports.Hint{}, false
	}
	return ports.Hint{Queue: name}, true
}
