package modules_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/core/event"
	"github.com/task-tower/tasktower/modules"
)

func TestFanOut_OfNobodyIsNobody(t *testing.T) {
	t.Parallel()
	require.Nil(t, modules.FanOut())
	require.Nil(t, modules.FanOut(nil, nil))
}

func TestFanOut_KeepsOneFromHurtingTheOthers(t *testing.T) {
	t.Parallel()
	counts := &counter{types: map[event.Type]int{}}
	all := modules.FanOut(rowdy{}, nil, counts, rowdy{})
	for range 3 {
		all.Observe(event.Event{Type: event.JobStarted})
	}
	require.Equal(t, 3, counts.of(event.JobStarted))
	require.Equal(t, 2, counts.of(event.InterceptFail), "once of each")
}
