package job_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/core/job"
)

func TestErrors_MatchTheirKindAndNoOther(t *testing.T) {
	t.Parallel()
	id := job.ID{0x01, 0x8f, 15: 9}
	kinds := []error{
		job.ErrInvalid, job.ErrNotFound, job.ErrConflict, job.ErrLeaseLost,
		job.ErrDuplicate, job.ErrUnavailable, job.ErrClosed,
	}
	cases := map[string]struct {
		err  error
		kind error
		text string
	}{
		"invalid":    {job.Invalid("tags[2]", "has %d bytes", 200), job.ErrInvalid, "invalid tags[2]: has 200 bytes"},
		"no move":    {&job.TransitionError{ID: id, From: job.Enqueued, To: job.Enqueued}, job.ErrConflict, "job 018f0000-0000-0000-0000-000000000009: is enqueued already"},
		"transition": {&job.TransitionError{ID: id, From: job.Processing, To: job.Enqueued}, job.ErrConflict, "job 018f0000-0000-0000-0000-000000000009: cannot move from processing to enqueued"},
		"not found":  {&job.NotFoundError{What: "queue", Name: "mail"}, job.ErrNotFound, "queue mail: not found"},
		"duplicate":  {&job.DuplicateError{Key: "k", Holder: id}, job.ErrDuplicate, `unique key "k" is held by job 018f0000-0000-0000-0000-000000000009`},
		"param type": {&job.ParamTypeError{Name: "User", Want: "int", Err: errors.New("why")}, job.ErrInvalid, `parameter "User" is not a int: why`},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.EqualError(t, c.err, c.text)
			wrapped := fmt.Errorf("postgres: %w", c.err)
			for _, kind := range kinds {
				require.Equal(t, kind == c.kind, errors.Is(wrapped, kind), kind)
			}
		})
	}
}
