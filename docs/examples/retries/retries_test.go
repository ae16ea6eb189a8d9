package retries

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/core/retry"
)

func TestWaits_AreAsThePageSays(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../how-to/retry-failed-jobs.md")
	require.NoError(t, err)
	for _, policy := range []retry.Policy{
		retry.Progressive(), retry.TaskTowerClassic(), retry.Exponential(2*time.Second, time.Hour), retry.Fixed(time.Minute),
		retry.Steps(time.Second, time.Minute, time.Hour),
	} {
		var waits []string
		for n := range 10 {
			waits = append(waits, job.Short(policy.Wait(n+1, nil, nil).Round(time.Second)))
		}
		require.Contains(t, string(page), "| "+strings.Join(waits, ", ")+" |", policy.String())
	}

	var all time.Duration
	for n := range job.DefaultMaxRetries {
		all += retry.Default().Wait(n+1, nil, nil)
	}
	require.Contains(t, string(page), fmt.Sprintf("up to %d times, over about %.0f hours", job.DefaultMaxRetries, all.Hours()))
}
