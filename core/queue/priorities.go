package queue

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/task-tower/tasktower/core/job"
)

// Priorities maps queues to their priority or weight.
type Priorities map[string]int

// ParsePriorities reads "critical:3,default:2,low:1". Names may hold colons: the
// last one counts. Blanks around names and numbers are dropped. The error joins
// every mistake; each matches job.ErrInvalid.
func ParsePriorities(field, text string) (Priorities, error) {
	out := Priorities{}
	var errs []error
	if strings.TrimSpace(text) == "" {
		return out, nil
	}
	for _, item := range strings.Split(text, ",") {
		item = strings.TrimSpace(item)
		cut := strings.LastIndexByte(item, ':')
		if cut < 0 {
			errs = append(errs, job.Invalid(field, "item %q has no number; want name:number", job.Clip(item, 40)))
			continue
		}
		name, number := strings.TrimSpace(item[:cut]), strings.TrimSpace(item[cut+1:])
		n, err := strconv.Atoi(number)
		if err != nil {
			errs = append(errs, job.Invalid(field, "item %q: %q is not a whole number", job.Clip(name, 40), job.Clip(number, 40)))
			continue
		}
		if err := job.CheckName(field, name); err != nil {
			errs = append(errs, err)
			continue
		}
		if _, twice := out[name]; twice {
			errs = append(errs, job.Invalid(field, "queue %q stands twice", name))
			continue
		}
		out[name] = n
	}
	return out, errors.Join(errs...)
}

// Tiers groups the queues by priority, highest first; names within a tier are
// sorted bytewise.
func (p Priorities) Tiers() [][]string {
	byPriority := map[int][]string{}
	var levels []int
	for name, n := range p {
		if byPriority[n] == nil {
			levels = append(levels, n)
		}
		byPriority[n] = append(byPriority[n], name)
	}
	slices.Sort(levels)
	slices.Reverse(levels)
	tiers := make([][]string, 0, len(levels))
	for _, n := range levels {
		slices.Sort(byPriority[n])
		tiers = append(tiers, byPriority[n])
	}
	return tiers
}
