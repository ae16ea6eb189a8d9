package memory

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/task-tower/tasktower/core/job"
)

func TestAgenda_GivesWhatIsLiveInOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		var (
			g    agenda
			want []item // live, sorted
			ids  byte
		)
		pop := func() {
			got, ok := g.first()
			require.Equal(rt, len(want) > 0, ok)
			if !ok {
				return
			}
			require.Equal(rt, want[0].id, got.id)
			want = want[1:]
			g.pop()
		}
		rt.Repeat(map[string]func(*rapid.T){
			"push": func(rt *rapid.T) {
				ids++
				r := &row{rec: job.Record{ID: job.ID{ids}}}
				it := item{at: rapid.Int64Range(0, 9).Draw(rt, "at"), id: r.rec.ID, row: r}
				g.push(it)
				at, _ := slices.BinarySearchFunc(want, it, func(a, b item) int {
					if a.before(b) {
						return -1
					}
					return 1
				})
				want = slices.Insert(want, at, it)
			},
			"pop": func(*rapid.T) { pop() },
			"drop": func(rt *rapid.T) {
				if len(want) == 0 {
					rt.Skip("nothing to drop")
				}
				i := rapid.IntRange(0, len(want)-1).Draw(rt, "which")
				want[i].row.stay++
				want = slices.Delete(want, i, i+1)
				g.dropped()
			},
			"": func(rt *rapid.T) { require.Equal(rt, len(want), g.live) },
		})
		for range len(want) + 1 {
			pop()
		}
	})
}

func TestAgenda_ForgetsStaleItems(t *testing.T) {
	t.Parallel()
	var g agenda
	for i := range 10_000 {
		r := &row{rec: job.Record{ID: job.ID{byte(i >> 8), byte(i)}}}
		g.push(item{at: int64(10_000 - i), id: r.rec.ID, row: r})
		if i%100 != 0 {
			r.stay++
			g.dropped()
		}
	}
	require.Equal(t, 100, g.live)
	require.Less(t, len(g.run)-g.head+len(g.heap), 300)
}

func TestAgenda_ReusesItsRoom(t *testing.T) {
	t.Parallel()
	var g agenda
	for i := range 100_000 {
		r := &row{rec: job.Record{ID: job.ID{byte(i >> 16), byte(i >> 8), byte(i)}}}
		g.push(item{at: int64(i), id: r.rec.ID, row: r})
		if i >= 100 {
			g.first()
			g.pop()
		}
	}
	require.Less(t, cap(g.run), 1000)
}
