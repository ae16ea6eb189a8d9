package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower"
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
		"unknown strategy":     {[]string{"-strategy", "luck"}, exitUsage, "-strategy: unknown"},
		"no such directory":    {[]string{"-dir", filepath.Join(dir, "none")}, exitUsage, "no such file or directory"},
		"bad url":              {[]string{"-dir", dir, "-database-url", "::"}, exitFault, "-database-url: "},
		"bad schema":           {[]string{"-dir", dir, "-database-url", "postgres://localhost/x", "-schema", "A b"}, exitFault, "Schema"},
		"nobody listens":       {[]string{"-dir", dir, "-database-url", "postgres://127.0.0.1:1/x"}, exitFault, "unavailable"},
		"several mistakes": {[]string{"-workers", "0", "-fast", "-strategy", "luck", "-dir", filepath.Join(dir, "none"), "-once=perhaps", dir}, exitUsage,
			"demo: flag provided but not defined: -fast\n" +
				"demo: invalid boolean value \"perhaps\" for -once: parse error\n" +
				"demo: unexpected argument \"" + dir + "\"; every setting is a flag, see -help\n" +
				"demo: -workers is 0; want 1 to 10000\n" +
				"demo: -strategy: unknown \"luck\"; want fifo (or none), alphanumeric, index, strict or weighted\n" +
				"demo: -dir: stat " + filepath.Join(dir, "none") + ": no such file or directory\n"},
		"help": {[]string{"-help"}, exitFine, "-database-url"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			code, _, stderr := play(t, c.args...)
			require.Equal(t, c.code, code, stderr)
			require.Contains(t, stderr, c.says)
		})
	}
}

func TestRun_TakesEachStrategy(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"fifo", "None", "AlphaNumeric", "index", "strict", "weighted"} {
		s, err := parse([]string{"-dir", t.TempDir(), "-strategy", name}, io.Discard)
		require.NoError(t, err, name)
		require.NotNil(t, s.strategy)
	}
}

func TestRun_EndsWhenItIsStopped(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		args  []string
		early bool
		code  int
		says  string
		shows string
	}{
		"early, once":      {[]string{"-once"}, true, exitFault, errStopped.Error(), "stopped after "},
		"early":            {nil, true, exitFine, "", "stopped after "},
		"while it watches": {nil, false, exitFine, "end with Ctrl-C", "Every job is final"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			stderr := &trigger{on: "Watching", do: cancel}
			if c.early {
				cancel()
			}
			var stdout bytes.Buffer
			require.Equal(t, c.code, run(ctx, append(c.args, "-dir", source(t)), &stdout, stderr))
			require.Contains(t, stderr.String(), c.says)
			require.Contains(t, stdout.String(), c.shows)
		})
	}
}

func TestRun_SaysThatItJoinedARunThatWasOver(t *testing.T) {
	t.Parallel()
	dir, url := source(t), pgtest.Empty(t)
	code, first, stderr := play(t, "-dir", dir, "-database-url", url)
	require.Equal(t, exitFine, code, stderr)
	require.False(t, first.Joined)

	code, second, stderr := play(t, "-dir", dir, "-database-url", url)
	require.Equal(t, exitFine, code, stderr)
	require.True(t, second.Joined)
	require.Equal(t, first.Run, second.Run)
	require.Empty(t, second.Rows)

	var text bytes.Buffer
	require.NoError(t, second.writeText(&text))
	require.Contains(t, text.String(), "This process joined a run that was over, and had nothing to do.")
	require.NotContains(t, text.String(), "wait p50")
}

func TestJudge_AcceptsWhatCrashesExplain(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		rec       tasktower.Record
		faults    int
		recovered int
	}{
		"one attempt":               {tasktower.Record{Kind: "index_file", State: tasktower.Completed, Attempt: 1}, 0, 0},
		"two, one crash":            {tasktower.Record{Kind: "index_file", State: tasktower.Completed, Attempt: 2, Crashes: 1}, 0, 1},
		"one, given back":           {tasktower.Record{Kind: "index_file", State: tasktower.Completed, Attempt: 1, Crashes: 1}, 0, 1},
		"two and no crash":          {tasktower.Record{Kind: "index_file", State: tasktower.Completed, Attempt: 2}, 1, 0},
		"three and one crash":       {tasktower.Record{Kind: "index_file", State: tasktower.Completed, Attempt: 3, Crashes: 1}, 1, 1},
		"flaky with a crash":        {tasktower.Record{Kind: "flaky", State: tasktower.Completed, Attempt: 4, Crashes: 1}, 0, 1},
		"flaky with too few":        {tasktower.Record{Kind: "flaky", State: tasktower.Completed, Attempt: 2}, 1, 0},
		"dead of its worker's ends": {tasktower.Record{Kind: "index_file", State: tasktower.Dead, Attempt: 3, Crashes: 3}, 1, 0},
	} {
		a := newAudit()
		require.NoError(t, a.judge(t.Context(), nil, &c.rec))
		require.Len(t, a.faults, c.faults, name)
		require.Len(t, a.recovered, c.recovered, name)
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
