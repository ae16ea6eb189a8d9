package tasktower

import (
	"errors"
	"fmt"

	"github.com/task-tower/tasktower/core/job"
)

// leaves are the errors that were joined into err, however deep. One that says
// more than its parts do is a leaf itself.
func leaves(err error) []error {
	if err == nil {
		return nil
	}
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok || errors.Join(joined.Unwrap()...).Error() != err.Error() {
		return []error{err}
	}
	var all []error
	for _, e := range joined.Unwrap() {
		all = append(all, leaves(e)...)
	}
	return all
}

// owned puts the owner in front of each mistake in err.
func owned(owner string, err error) error {
	var all []error
	for _, e := range leaves(err) {
		all = append(all, fmt.Errorf("%s: %w", owner, e))
	}
	return errors.Join(all...)
}

// ownerOf is an entry of a list in words: its place, and its name if it has one.
func ownerOf(list string, place int, name string) string {
	owner := fmt.Sprintf("%s[%d]", list, place)
	if name != "" {
		owner += fmt.Sprintf(" %q", job.Clip(name, 40))
	}
	return owner
}

// someNil reports each nil among n parts of a field.
func someNil(field string, n int, missing func(int) bool) error {
	var all []error
	for i := range n {
		if missing(i) {
			all = append(all, job.Invalid(fmt.Sprintf("%s[%d]", field, i), "is nil"))
		}
	}
	return errors.Join(all...)
}
