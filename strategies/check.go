package strategies

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/task-tower/tasktower/core/job"
)

// checkQueues reports an empty map and bad names, joined, by name.
func checkQueues[V any](field string, queues map[string]V) error {
	if len(queues) == 0 {
		return job.Invalid(field, "are empty; want at least one queue")
	}
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(queues)) {
		errs = append(errs, job.CheckName(fmt.Sprintf("%s[%q]", field, job.Clip(name, 40)), name))
	}
	return errors.Join(errs...)
}

// checkInner reports a missing inner strategy, or what it reports itself.
func checkInner(field string, inner any) error {
	if inner == nil {
		return job.Invalid(field, "has no strategy to wrap")
	}
	if checked, ok := inner.(interface{ Check() error }); ok {
		return checked.Check()
	}
	return nil
}
