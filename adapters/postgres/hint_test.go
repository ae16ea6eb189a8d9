package postgres

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/ports"
)

func FuzzParseHint(f *testing.F) {
	for _, seed := range []string{"", "*", "l", "o", "q:", "q:default", "q:a\x00b", "q:\xff", "x", "ll", "r", "p:1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, payload string) {
		hint, ok := parseHint(payload)
		if !ok {
			require.Equal(t, ports.Hint{}, hint)
			return
		}
		h := hints{later: hint.Later, orders: hint.Orders, recurring: hint.Recurring}
		if hint.Queue != "" {
			require.NoError(t, job.CheckName("queue", hint.Queue))
			h.claimable(hint.Queue)
		}
		if hint != (ports.Hint{}) {
			require.Equal(t, []string{payload}, h.payloads())
		}
	})
}
