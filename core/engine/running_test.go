package engine

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestRunning_IsWhatHasJoinedAndNotLeft(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var l running
		var want []*slot
		for range rapid.IntRange(0, 50).Draw(t, "steps") {
			if len(want) > 0 && rapid.Bool().Draw(t, "leaves") {
				i := rapid.IntRange(0, len(want)-1).Draw(t, "which")
				l.remove(want[i])
				want = slices.Delete(want, i, i+1)
			} else {
				p := &slot{}
				l.add(p)
				want = slices.Insert(want, 0, p)
			}
			all := l.where(func(*slot) bool { return true })
			require.True(t, slices.Equal(want, all))
			require.Equal(t, len(want), l.n)
		}
	})
}
