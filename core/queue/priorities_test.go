package queue_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/core/queue"
)

func TestParsePriorities_ReadsNamesAndNumbers(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]queue.Priorities{
		"":                           {},
		"  ":                         {},
		"critical:3,default:2,low:1": {"critical": 3, "default": 2, "low": 1},
		" a : 1 , b b:-2,c:+3":       {"a": 1, "b b": -2, "c": 3},
		"https://x:8080:5":           {"https://x:8080": 5},
		"\u00fcber:2147483647,z:0":   {"\u00fcber": math.MaxInt32, "z": 0},
	} {
		got, err := queue.ParsePriorities("priorities", text)
		require.NoError(t, err, text)
		require.Equal(t, want, got)
	}
}

func TestParsePriorities_JoinsEveryMistake(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		"a":                      {`item "a" has no number`},
		"a:1,":                   {`item "" has no number`},
		"a:":                     {`item "a": "" is not a whole number`},
		"a:x,b:1.5,c":            {`"x" is not`, `"1.5" is not`, `item "c"`},
		":1":                     {"is empty"},
		"a:1,a:2":                {`queue "a" stands twice`},
		"a\x01b:1":               {"control character"},
		"a:9223372036854775808":  {"is not a whole number"},
		"a:1,\xff:2,b:oops,a :3": {"not valid UTF-8", `"oops"`, `"a" stands twice`},
	} {
		_, err := queue.ParsePriorities("weights", text)
		require.ErrorIs(t, err, job.ErrInvalid, text)
		for _, part := range want {
			require.ErrorContains(t, err, part)
		}
		require.ErrorContains(t, err, "invalid weights: ")
	}
}

func TestTiers_GroupByPriority(t *testing.T) {
	t.Parallel()
	require.Equal(t, [][]string{{"x"}, {"Z", "a", "b"}, {"low"}},
		queue.Priorities{"a": 0, "low": -7, "x": 12, "b": 0, "Z": 0}.Tiers())
	require.Empty(t, queue.Priorities{}.Tiers())
	require.Empty(t, queue.Priorities(nil).Tiers())

	rapid.Check(t, func(t *rapid.T) {
		p := queue.Priorities(rapid.MapOf(rapid.String(), rapid.IntRange(-3, 3)).Draw(t, "priorities"))
		count, last, first := 0, 0, true
		for _, tier := range p.Tiers() {
			require.NotEmpty(t, tier)
			require.IsNonDecreasing(t, tier)
			for _, q := range tier {
				require.Equal(t, p[tier[0]], p[q])
				count++
			}
			require.True(t, first || p[tier[0]] < last)
			last, first = p[tier[0]], false
		}
		require.Len(t, p, count)
	})
}

func FuzzParsePriorities(f *testing.F) {
	for _, text := range []string{"", "a:1", "critical:3,default:2,low:1", "a:b:-1, c :2", ":", ",", "a:1,a:1", "\xff:0"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := queue.ParsePriorities("priorities", text)
		if err != nil {
			require.ErrorIs(t, err, job.ErrInvalid)
			return
		}
		again := ""
		for name, n := range got {
			require.NoError(t, job.CheckName("name", name))
			if again != "" {
				again += ","
			}
			again += fmt.Sprintf("%s:%d", name, n)
		}
		back, err := queue.ParsePriorities("priorities", again)
		require.NoError(t, err)
		require.Equal(t, got, back)
	})
}
