package system

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/core/job"
)

func TestNext_CarriesPastTheFixedBits(t *testing.T) {
	t.Parallel()
	cases := map[string]struct{ id, want string }{
		"one more":                    {"0197f3c4-0000-7000-8000-000000000000", "0197f3c4-0000-7000-8000-000000000001"},
		"a carry between bytes":       {"0197f3c4-0000-7000-8000-0000000000ff", "0197f3c4-0000-7000-8000-000000000100"},
		"a carry past the variant":    {"0197f3c4-0000-7000-bfff-ffffffffffff", "0197f3c4-0000-7001-8000-000000000000"},
		"a carry past the version":    {"0197f3c4-0000-7fff-bfff-ffffffffffff", "0197f3c4-0001-7000-8000-000000000000"},
		"a carry through all of time": {"0197f3c4-ffff-7fff-bfff-ffffffffffff", "0197f3c5-0000-7000-8000-000000000000"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, c.want, next(job.ID(uuid.MustParse(c.id))).String())
		})
	}
}
