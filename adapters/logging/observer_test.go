package logging_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/adapters/logging"
	"github.com/task-tower/tasktower/core/event"
	"github.com/task-tower/tasktower/core/job"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const golden = "testdata/events.golden"

// types are the event types as core/event's source has them, in its order.
func types(t *testing.T) []event.Type {
	t.Helper()
	files, err := filepath.Glob("../../core/event/*.go")
	require.NoError(t, err)
	var out []event.Type
	for _, path := range files {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		require.NoError(t, err)
		ast.Inspect(file, func(n ast.Node) bool {
			if spec, ok := n.(*ast.ValueSpec); ok {
				out = append(out, typesOf(t, spec)...)
			}
			return true
		})
	}
	require.NotEmpty(t, out)
	return out
}

// typesOf are the values of a constant that is declared to be a Type.
func typesOf(t *testing.T, spec *ast.ValueSpec) (out []event.Type) {
	t.Helper()
	if name, ok := spec.Type.(*ast.Ident); !ok || name.Name != "Type" {
		return nil
	}
	for _, v := range spec.Values {
		text, err := strconv.Unquote(v.(*ast.BasicLit).Value)
		require.NoError(t, err)
		out = append(out, event.Type(text))
	}
	return out
}

// full is an event of the type with everything that such an event may carry.
func full(t event.Type) event.Event {
	e := event.Event{Type: t, Worker: "w-1", At: time.Unix(0, 0)}
	subject, what, _ := strings.Cut(string(t), ".")
	switch subject {
	case "job":
		e.Job = &job.Record{
			ID: job.ID{1}, Kind: "welcome_email", Queue: "mail", Attempt: 2, State: job.Processing,
			Payload: []byte(`{"secret":1}`), Tags: []string{"vip"},
		}
		e.Wait, e.Run = 1500*time.Millisecond, 2*time.Second+3*time.Microsecond
	case "queue":
		e.Queue, e.Count = "mail", 3
	case "jobs":
		e.Count = 1000
	}
	switch what {
	case "failed", "died", "lease_lost", "overruled", "abandoned", "unsettled", "interceptor", "mistaken":
		e.Err = errors.New("no \x00 route")
	case "adjusted":
		e.Note = "Lease was raised"
	case "resized":
		e.Count = 40
	}
	if t == event.KindUnserved {
		e.Kind = "welcome_email"
	}
	if t == event.WorkerPaused {
		e.Note = "ada: disk full"
	}
	if t == event.JobDied {
		e.Job.State, e.Job.DeadReason = job.Dead, job.DeadRetries
	}
	return e
}

func TestObserver_WritesEachTypeAtItsLevel(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	o := logging.New(zerolog.New(&out))
	for _, typ := range types(t) {
		o.Observe(full(typ))
	}
	if *update {
		require.NoError(t, os.MkdirAll(filepath.Dir(golden), 0o755))
		require.NoError(t, os.WriteFile(golden, out.Bytes(), 0o644))
	}
	want, err := os.ReadFile(golden)
	require.NoError(t, err)
	require.Equal(t, string(want), out.String(), "a type was added or changed; -update rewrites the golden file")
}

func TestObserver_HasWordsForEachType(t *testing.T) {
	t.Parallel()
	for _, typ := range types(t) {
		var out bytes.Buffer
		logging.New(zerolog.New(&out)).Observe(event.Event{Type: typ})
		require.NotContains(t, out.String(), fmt.Sprintf(`"message":%q`, typ),
			"event type %s has no level and words in core/event", typ)
	}
}

func TestObserver_DoesNotDropTypesItDoesNotKnow(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	logging.New(zerolog.New(&out)).Observe(event.Event{Type: "moon.landed"})
	require.JSONEq(t, `{"level":"info","event":"moon.landed","message":"moon.landed"}`, out.String())
	require.Equal(t, zerolog.InfoLevel, logging.Level("moon.landed"))
}

type rude struct{}

func (*rude) Error() string { panic("rude") }

func TestObserver_SurvivesAnErrorThatPanics(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	logging.New(zerolog.New(&out)).Observe(event.Event{Type: event.StoreFailed, Err: &rude{}})
	require.Contains(t, out.String(), "whose Error method panics")
}

func TestObserver_CapsErrors(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	e := event.Event{Type: event.StoreFailed, Err: errors.New(strings.Repeat("x", 1<<20))}
	logging.New(zerolog.New(&out)).Observe(e)
	require.Less(t, out.Len(), job.MaxFailureMessage+512)
}

func TestObserver_AllocatesNothingBelowItsLevel(t *testing.T) {
	o := logging.New(zerolog.New(&bytes.Buffer{}).Level(zerolog.WarnLevel))
	e := full(event.JobCompleted)
	require.Zero(t, testing.AllocsPerRun(100, func() { o.Observe(e) }))
}

func TestSlog_WritesToTheSameLogger(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	log := logging.Slog(zerolog.New(&out).Level(zerolog.InfoLevel))
	log.With("job", "7").Info("sent", "bytes", 12)
	log.Debug("quiet")
	require.Contains(t, out.String(), `"job":"7"`)
	require.Contains(t, out.String(), `"bytes":12`)
	require.NotContains(t, out.String(), "quiet")
}

func BenchmarkObserver(b *testing.B) {
	e := full(event.JobCompleted)
	for name, level := range map[string]zerolog.Level{"written": zerolog.DebugLevel, "below its level": zerolog.InfoLevel} {
		b.Run(name, func(b *testing.B) {
			o := logging.New(zerolog.New(&discard{}).Level(level))
			b.ReportAllocs()
			for b.Loop() {
				o.Observe(e)
			}
		})
	}
}

type discard struct{}

func (*discard) Write(p []byte) (int, error) { return len(p), nil }
