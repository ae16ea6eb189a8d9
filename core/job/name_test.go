package job_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/core/job"
)

func TestCheckName_SaysWhatANameIs(t *testing.T) {
	t.Parallel()
	cases := map[string]struct{ name, want string }{
		"plain":                 {"mail", ""},
		"anything printable":    {"Straße, 5: ok / 日本 ", ""},
		"128 bytes":             {strings.Repeat("x", 128), ""},
		"empty":                 {"", "is empty"},
		"129 bytes":             {strings.Repeat("x", 129), "has 129 bytes; at most 128"},
		"129 bytes, 43 runes":   {strings.Repeat("日", 43), "has 129 bytes"},
		"NUL":                   {"a\x00b", "has a control character"},
		"new line":              {"a\n", "has a control character"},
		"DEL":                   {"\x7f", "has a control character"},
		"C1 control":            {"\u0085", "has a control character"},
		"broken UTF-8":          {"a\xff", "is not valid UTF-8"},
		"half a surrogate":      {"\xed\xa0\x80", "is not valid UTF-8"},
		"replacement is a sign": {"\uFFFD", ""},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := job.CheckName("queue", c.name)
			if c.want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, job.ErrInvalid)
			require.ErrorContains(t, err, "invalid queue: "+c.want)
		})
	}
}

func TestCheckTag_IsANameWithoutCommasAndBlankEnds(t *testing.T) {
	t.Parallel()
	for tag, want := range map[string]string{
		"eu west": "", "a:b": "",
		"a,b": "has a comma", " a": "begins or ends with a blank", "a\u00a0": "begins or ends with a blank",
		"": "is empty", "\t": "has a control character",
	} {
		err := job.CheckTag("tags[0]", tag)
		if want == "" {
			require.NoError(t, err)
			continue
		}
		require.ErrorIs(t, err, job.ErrInvalid)
		require.ErrorContains(t, err, want)
	}
}

func TestClip_NeverCutsACharacter(t *testing.T) {
	t.Parallel()
	require.Equal(t, "abc", job.Clip("abc", 3))
	require.Equal(t, "ab", job.Clip("abc", 2))
	require.Equal(t, "a", job.Clip("aé", 2))
	require.Equal(t, "", job.Clip("日", 2))
	require.Equal(t, "", job.Clip("abc", 0))
}

func TestSanitize_MakesTextStorable(t *testing.T) {
	t.Parallel()
	require.Equal(t, "plain", job.Sanitize("plain", 99))
	require.Equal(t, "ab", job.Sanitize("a\x00b\x00", 99))
	require.Equal(t, "a\uFFFDb", job.Sanitize("a\xff\xfeb", 99))
	require.Equal(t, "a", job.Sanitize("a\xff", 3), "the cut never leaves half a character")
	require.Equal(t, "two\nlines\t", job.Sanitize("two\nlines\t", 99))
}

func TestNewFailure_CapsItsTexts(t *testing.T) {
	t.Parallel()
	f := job.NewFailure(strings.Repeat("t", 300), strings.Repeat("é", 8<<10), "s\x00"+strings.Repeat("x", 40<<10))
	require.Len(t, f.Type, job.MaxFailureType)
	require.Len(t, f.Message, job.MaxFailureMessage)
	require.Len(t, f.Stack, job.MaxFailureStack)
	require.NotContains(t, f.Stack, "\x00")
}

func FuzzSanitize(f *testing.F) {
	for _, s := range []string{"", "a\x00b", "\xff\xfe", "日本\xed\xa0\x80", "\uFFFD"} {
		f.Add(s, 5)
	}
	f.Fuzz(func(t *testing.T, s string, limit int) {
		if limit < 0 {
			limit = -(limit + 1)
		}
		got := job.Sanitize(s, limit)
		require.True(t, utf8.ValidString(got))
		require.NotContains(t, got, "\x00")
		require.LessOrEqual(t, len(got), limit)
		require.Equal(t, got, job.Sanitize(got, limit))
		if utf8.ValidString(s) && len(s) <= limit && !strings.Contains(s, "\x00") {
			require.Equal(t, s, got)
		}
	})
}

func FuzzCheckName(f *testing.F) {
	f.Add("mail")
	f.Add("a,\x00")
	f.Fuzz(func(t *testing.T, name string) {
		if job.CheckTag("tag", name) == nil {
			require.NoError(t, job.CheckName("name", name))
			require.NotContains(t, name, ",")
		}
		if job.CheckName("name", name) == nil {
			require.True(t, utf8.ValidString(name) && name != "" && len(name) <= job.MaxNameBytes)
			require.Equal(t, name, job.Sanitize(name, job.MaxNameBytes))
		}
	})
}
