package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/internal/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// source makes a small directory to index: four files, one of them big.
func source(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range map[string]string{
		"main.go":       "package main\n\nfunc main() { println(x) }\n",
		"pkg/empty.go":  "",
		"pkg/notes.txt": "one two\n  three",
		"pkg/big.dat":   strings.Repeat("word \n", bigFile/4),
	} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	}
	return dir
}

// play runs the command to its end and returns its report.
func play(t *testing.T, args ...string) (code int, got report, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(t.Context(), append([]string{"-once", "-json"}, args...), &out, &errs)
	if out.Len() > 0 {
		require.NoError(t, json.Unmarshal(out.Bytes(), &got), out.String())
	}
	return code, got, errs.String()
}

func TestRun_IndexesADirectoryInMemory(t *testing.T) {
	t.Parallel()
	code, got, stderr := play(t, "-dir", source(t), "-strategy", "weighted", "-workers", "3")
	require.Equal(t, exitFine, code, stderr)
	require.Empty(t, got.Faults)
	require.Empty(t, got.Troubles)
	require.Equal(t, "weighted", got.Strategy)
	require.Equal(t, 4, got.Files)
	const big = bigFile / 4
	require.Equal(t, counts{Bytes: 41 + 15 + 6*big, Lines: 3 + 2 + big, Words: 7 + 3 + big, Identifiers: 4}, got.Total)
	require.Equal(t, []string{"pkg/big.dat", "main.go", "pkg/notes.txt", "pkg/empty.go"}, paths(got.Largest))
	require.Equal(t, map[string]map[string]int{
		"scan": {"completed": 1}, "index_file": {"completed": 4}, "flaky": {"completed": 1},
		"doomed": {"dead": 1}, "summary": {"completed": 1},
	}, got.Stored)
	require.Len(t, got.Messages, 2)
	require.Regexp(t, `^slack: .+, "Call a dead host" is dead after 2 attempts: no such host$`, got.Messages[0])
	require.Regexp(t, `^teams: `, got.Messages[1])

	rows := map[string]row{}
	for _, r := range got.Rows {
		rows[r.Queue+"/"+r.Kind] = r
	}
	require.Equal(t, 1, rows["critical/scan"].Done)
	require.Equal(t, 3, rows["default/index_file"].Done)
	require.Equal(t, 1, rows["low/index_file"].Done)
	require.Equal(t, 2, rows["default/flaky"].Retried)
	require.Equal(t, 1, rows["low/doomed"].Dead)
}

func paths(files []file) (names []string) {
	for _, f := range files {
		names = append(names, f.Path)
	}
	return names
}

func TestRun_ProcessesShareAPostgresDatabase(t *testing.T) {
	t.Parallel()
	dir, url := source(t), pgtest.Empty(t)
	const processes = 3
	var wg sync.WaitGroup
	codes, reports, texts := make([]int, processes), make([]report, processes), make([]string, processes)
	for i := range processes {
		wg.Go(func() { codes[i], reports[i], texts[i] = play(t, "-dir", dir, "-database-url", url) })
	}
	wg.Wait()
	files, messages := 0, 0
	for i, got := range reports {
		require.Equal(t, exitFine, codes[i], texts[i])
		require.Empty(t, got.Faults)
		require.Equal(t, reports[0].Run, got.Run, "all are part of one run")
		require.Equal(t, map[string]int{"completed": 4}, got.Stored["index_file"])
		files += got.Files
		messages += len(got.Messages)
	}
	require.Equal(t, 4, files, "each file is indexed by one process")
	require.Equal(t, 2, messages)
}

func TestRun_SaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, c := range map[string]struct {
		args []string
		code int
		says string
	}{
		"unknown flag":         {[]string{"-fast"}, exitUsage, "flag provided but not defined: -fast"},
		"argument":             {[]string{dir}, exitUsage, "unexpected argument"},
		"no slots":             {[]string{"-workers", "0"}, exitUsage, "-workers is 0; want 1 to 10000"},
		"slots that are words": {[]string{"-workers", "many"}, exitUsage, "invalid value \"many\""},
		"unknown strategy":     {[]string{"-strategy", "luck"}, exitUsage, "-strategy: invalid strategy"},
		"no such directory":    {[]string{"-dir", filepath.Join(dir, "none")}, exitUsage, "no such file or directory"},
		"bad url":              {[]string{"-dir", dir, "-database-url", "::"}, exitFault, "-database-url: "},
		"bad schema":           {[]string{"-dir", dir, "-database-url", "postgres://localhost/x", "-schema", "A b"}, exitFault, "schema"},
		"nobody listens":       {[]string{"-dir", dir, "-database-url", "postgres://127.0.0.1:1/x"}, exitFault, "unavailable"},
		"help":                 {[]string{"-help"}, exitFine, "-database-url"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			code, _, stderr := play(t, c.args...)
			require.Equal(t, c.code, code, stderr)
			require.Contains(t, stderr, c.says)
		})
	}
}

func TestRun_EndsWhenItIsStopped(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		args []string
		code int
		says string
	}{
		"early":            {[]string{"-once"}, exitFault, errStopped.Error()},
		"while it watches": {nil, exitFine, "end with Ctrl-C"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			stderr := &trigger{on: "Watching", do: cancel}
			if c.code != exitFine {
				cancel()
			}
			var stdout bytes.Buffer
			require.Equal(t, c.code, run(ctx, append(c.args, "-dir", source(t)), &stdout, stderr))
			require.Contains(t, stderr.String(), c.says)
		})
	}
}

// trigger is a writer that does something when it reads a word.
type trigger struct {
	mu sync.Mutex
	bytes.Buffer
	on string
	do func()
}

func (w *trigger) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if bytes.Contains(p, []byte(w.on)) {
		w.do()
	}
	return w.Buffer.Write(p)
}
