package archtest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// longFiles are files of Go code that may be long, and why.
var longFiles = map[string]string{}

func TestFiles_KeepToTheHabits(t *testing.T) {
	t.Parallel()
	files, err := read(root)
	require.NoError(t, err)
	require.Greater(t, len(files), 50)
	require.Empty(t, checkFinished(files))
	require.Empty(t, checkLength(files, longFiles))
}

func TestCheckFinished_FindsEachWord(t *testing.T) {
	t.Parallel()
	for _, word := range []string{"TO" + "DO", "FIX" + "ME", "XX" + "X"} {
		found := checkFinished([]file{{"a.go", []byte("package a\n// " + word + ": later\n")}})
		require.Equal(t, []string{"a.go:2: " + word}, found)
	}
	require.Empty(t, checkFinished([]file{{"a.md", []byte("mastodon, AXX" + "XB")}}))
}

func TestCheckLength_FindsLongFilesAndIdleLeave(t *testing.T) {
	t.Parallel()
	long := []byte(strings.Repeat("\n", maxLines+1))
	files := []file{{"a.go", long}, {"b.go", long}, {"c.go", long[1:]}, {"d.md", long}}
	found := checkLength(files, map[string]string{"b.go": "one long table", "c.go": "was long once"})
	require.Len(t, found, 2)
	require.Contains(t, found[0], "a.go: has 401 lines")
	require.Contains(t, found[1], "c.go: is not long any more")
}

func TestRead_LeavesOutWhatIsNoText(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"a.go": "package a", "sub/b.md": "b", ".git/config": "x", "bin/tool": "x", "go.sum": "x", "logo.png": "\x89PNG\x00",
	} {
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644))
	}
	files, err := read(dir)
	require.NoError(t, err)
	require.Equal(t, []file{{"a.go", []byte("package a")}, {"sub/b.md", []byte("b")}}, files)
}
