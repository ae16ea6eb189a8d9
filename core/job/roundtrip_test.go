package job_test

import (
	"encoding/json"
	"math"
	"reflect"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/task-tower/tasktower/core/job"
)

// value draws what Go programs put into args: any text, number and nesting.
func value(depth int) *rapid.Generator[any] {
	leaves := []*rapid.Generator[any]{
		rapid.Map(rapid.String(), func(s string) any { return s }),
		rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) any { return string(b) }),
		rapid.Map(rapid.Float64(), func(n float64) any { return n }),
		rapid.Map(rapid.Bool(), func(b bool) any { return b }),
		rapid.Just[any](nil),
	}
	if depth > 0 {
		leaves = append(leaves,
			rapid.Map(rapid.SliceOfN(rapid.Deferred(func() *rapid.Generator[any] { return value(depth - 1) }), 0, 4), func(s []any) any { return s }),
			rapid.Map(rapid.MapOfN(rapid.String(), rapid.Deferred(func() *rapid.Generator[any] { return value(depth - 1) }), 0, 4), func(m map[string]any) any { return m }),
		)
	}
	return rapid.OneOf(leaves...)
}

func TestCheckPayload_AcceptsOnlyWhatComesBackEqual(t *testing.T) {
	t.Parallel()
	accepted := 0
	rapid.Check(t, func(t *rapid.T) {
		v := value(4).Draw(t, "value")
		raw, err := json.Marshal(v)
		if err != nil {
			return // NaN and the like
		}
		if job.CheckPayload("args", raw, 1<<20) != nil {
			return
		}
		accepted++
		var back any
		if err := json.Unmarshal(raw, &back); err != nil {
			t.Fatal(err)
		}
		if !equal(v, back) {
			t.Fatalf("%#v came back as %#v", v, back)
		}
	})
	require.Positive(t, accepted)
}

// equal is reflect.DeepEqual, but -0 is 0 and no elements are no elements.
func equal(a, b any) bool {
	switch a := a.(type) {
	case float64:
		n, ok := b.(float64)
		return ok && (a == n || math.Abs(a-n) <= math.Abs(a)*1e-15)
	case []any:
		s, ok := b.([]any)
		if !ok || len(a) != len(s) {
			return false
		}
		for i := range a {
			if !equal(a[i], s[i]) {
				return false
			}
		}
		return true
	case map[string]any:
		m, ok := b.(map[string]any)
		if !ok || len(a) != len(m) {
			return false
		}
		for k, v := range a {
			if !equal(v, m[k]) {
				return false
			}
		}
		return true
	}
	return reflect.DeepEqual(a, b)
}
