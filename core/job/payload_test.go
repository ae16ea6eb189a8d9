package job_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/core/job"
)

func TestCheckPayload_TakesWhatComesBackAsItWas(t *testing.T) {
	t.Parallel()
	keys := func(n int) string {
		parts := make([]string, n)
		for i := range parts {
			parts[i] = fmt.Sprintf(`"k%d":%d`, i, i)
		}
		return strings.Join(parts, ",")
	}
	nested := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	cases := map[string]struct{ raw, want string }{
		"an object":              {` {"a": [1, -2.5e+3, true, false, null, "x"]} `, ""},
		"a bare value":           {`"text"`, ""},
		"escapes":                {`"\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00"`, ""},
		"many keys":              {"{" + keys(40) + "}", ""},
		"64 deep":                {nested(64), ""},
		"the same key elsewhere": {`{"a":{"a":1},"b":[{"a":1},{"a":2}]}`, ""},
		"a real U+FFFD":          {"\"\uFFFD\"", ""},
		"65 deep":                {nested(65), "nested deeper than 64 at byte 64"},
		"a million deep":         {nested(400_000), "nested deeper than 64"},
		"nothing":                {"", "is not JSON at byte 0"},
		"two values":             {`1 2`, "more than one JSON value at byte 2"},
		"cut":                    {`{"a":`, "is not JSON at byte 5"},
		"a trailing comma":       {`[1,]`, "is not JSON at byte 3"},
		"a leading zero":         {`01`, "more than one JSON value"},
		"NaN":                    {`NaN`, "is not JSON"},
		"a number too great":     {`1e999`, "beyond the range of float64"},
		"NUL":                    {`"a\u0000"`, "has a NUL character"},
		"half a pair":            {`"\ud800x"`, "half a surrogate pair"},
		"the other half":         {`"\udc00"`, "half a surrogate pair"},
		"broken UTF-8":           {"\"a\xff\"", "is not valid UTF-8"},
		"broken UTF-8, mended":   {`"\ufffd"`, "is not valid UTF-8"},
		"a bare control":         {"\"a\nb\"", "bare control character"},
		"a key twice":            {`{"a":1,"a":2}`, "has a key twice at byte 7"},
		"a key twice, escaped":   {`{"a":1,"\u0061":2}`, "has a key twice"},
		"a key twice of many":    {"{" + keys(40) + `,"k7":1}`, "has a key twice"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := job.CheckPayload("payload", []byte(c.raw), job.DefaultMaxPayloadBytes)
			if c.want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, job.ErrInvalid)
			require.ErrorContains(t, err, c.want)
		})
	}
	require.ErrorContains(t, job.CheckPayload("payload", []byte(`"12345"`), 6), "invalid payload: has 7 bytes; at most 6")
}

func TestParams_KeepTypes(t *testing.T) {
	t.Parallel()
	type user struct{ Name string }
	p := job.Params{}
	require.NoError(t, p.Set("User", user{"ada"}))
	got, err := job.Param[user](p, "User")
	require.NoError(t, err)
	require.Equal(t, user{"ada"}, got)

	_, err = job.Param[int](p, "User")
	var wrong *job.ParamTypeError
	require.ErrorAs(t, err, &wrong)
	require.Equal(t, "int", wrong.Want)
	_, err = job.Param[int](p, "Nobody")
	require.ErrorIs(t, err, job.ErrNotFound)

	require.ErrorIs(t, p.Set("", 1), job.ErrInvalid)
	require.ErrorIs(t, p.Set("nan", math.NaN()), job.ErrInvalid)
	require.ErrorIs(t, p.Set("nul", "a\x00"), job.ErrInvalid)
	require.ErrorIs(t, p.Set("broken", "a\xff"), job.ErrInvalid)
	for i := len(p); i < job.MaxParams; i++ {
		require.NoError(t, p.Set(fmt.Sprint("p", i), i))
	}
	require.ErrorIs(t, p.Set("one too many", 1), job.ErrInvalid)
	require.NoError(t, p.Set("User", user{"bob"}), "a known one may change")
}

// What passes is JSON to Go, and comes back without NUL or broken text; what is
// not JSON to Go does not pass.
func FuzzCheckPayload(f *testing.F) {
	for _, raw := range []string{`{}`, `{"a":[1,2.5e3,"\u00e9"]}`, `"\ud83d\ude00"`, `[[[]]]`, `{"a":1,"a":2}`, `-0.0`, "\"\xff\"", `1e400`} {
		f.Add([]byte(raw))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		err := job.CheckPayload("payload", raw, 1<<20)
		if err != nil {
			require.ErrorIs(t, err, job.ErrInvalid)
			return
		}
		require.True(t, json.Valid(raw), "%q", raw)
		require.True(t, utf8.Valid(raw))
		var value any
		require.NoError(t, json.Unmarshal(raw, &value))
		again, err := json.Marshal(value)
		require.NoError(t, err)
		require.False(t, bytes.Contains(again, []byte(`\u0000`)) && !bytes.Contains(raw, []byte(`\\u0000`)))
		require.NoError(t, job.CheckPayload("payload", again, 2<<20), "%q", again)
	})
}
