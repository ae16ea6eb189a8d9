package tasktower_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower"
	"github.com/task-tower/tasktower/core/event"
	"github.com/task-tower/tasktower/core/job"
)

func TestLogTo_TellsOfFailuresAndDeaths(t *testing.T) {
	t.Parallel()
	store, client, clock := example()
	var out bytes.Buffer
	worker := must(tasktower.NewWorker(store, tasktower.WorkerConfig{
		Handlers: []tasktower.Registration{tasktower.HandleFunc(func(_ context.Context, _ *tasktower.Job[Email]) error {
			return errors.New("mailbox is full")
		}, tasktower.MaxRetries(1))},
		Observer: tasktower.LogTo(slog.New(slog.NewTextHandler(&out, nil))),
		Seed:     1,
	}))
	rec := must(client.Enqueue(t.Context(), Email{UserID: 7}))
	for next := runDue(worker); next >= 0; next = runDue(worker) {
		clock.Advance(next)
	}
	about := func(level, words string) (lines []string) {
		for line := range strings.Lines(out.String()) {
			if strings.Contains(line, " level="+level+" ") && strings.Contains(line, words) {
				lines = append(lines, line)
			}
		}
		return lines
	}
	failed, died := about("WARN", `msg="attempt failed"`), about("ERROR", `msg="job died"`)
	require.Len(t, failed, 2, out.String())
	require.Len(t, died, 1, out.String())
	for _, want := range []string{"event=job.failed", "job=" + rec.ID.String(), "kind=email", "queue=mail", "attempt=1", "state=retrying", `error="mailbox is full"`, "wait_ms="} {
		require.Contains(t, failed[0], want)
	}
	require.Contains(t, died[0], "reason=retries")
	require.NotContains(t, out.String(), "DEBUG", "the logger's level counts")
}

// Whoever changes from one logger to another finds the same fields.
func TestLogTo_SpeaksAsAdaptersLoggingDoes(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	observer := tasktower.LogTo(slog.New(slog.NewJSONHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug})))
	observer.Observe(tasktower.Event{
		Type: event.JobDied, At: time.Unix(1, 0), Worker: "w-1", Err: errors.New("no \x00 route"),
		Wait: 1500 * time.Millisecond, Run: 2*time.Second + 3*time.Microsecond,
		Job: &tasktower.Record{
			ID: job.ID{1}, Kind: "welcome_email", Queue: "mail", Attempt: 2, State: job.Dead, DeadReason: job.DeadRetries,
			Payload: []byte(`{"secret":1}`), Tags: []string{"vip"},
		},
	})
	require.NotContains(t, out.String(), "secret")
	golden, err := os.ReadFile("adapters/logging/testdata/events.golden")
	require.NoError(t, err)
	for line := range strings.Lines(string(golden)) {
		if strings.Contains(line, `"job.died"`) {
			require.Equal(t, fields(t, line), fields(t, out.String()))
			return
		}
	}
	t.Fatal("the golden file has no job.died")
}

// fields are those of a line of JSON, without what each logger does its own way.
func fields(t *testing.T, line string) map[string]any {
	t.Helper()
	all := map[string]any{}
	require.NoError(t, json.Unmarshal([]byte(line), &all))
	for _, own := range []string{"time", "level", "msg", "message"} {
		delete(all, own)
	}
	return all
}

func TestLogTo_NamesTheKindOfJobsThatWaitInVain(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	tasktower.LogTo(slog.New(slog.NewTextHandler(&out, nil))).Observe(tasktower.Event{Type: event.KindUnserved, Queue: "mail", Kind: "orphan"})
	require.Contains(t, out.String(), "event=kind.unserved kind=orphan queue=mail")
}

func TestLogTo_SurvivesAnErrorThatPanics(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	tasktower.LogTo(slog.New(slog.NewTextHandler(&out, nil))).Observe(tasktower.Event{Type: event.StoreFailed, Err: &rude{}})
	require.Contains(t, out.String(), "whose Error method panics")
}

type rude struct{}

func (*rude) Error() string { panic("rude") }

func TestLogTo_AllocatesNothingBelowItsLevel(t *testing.T) {
	observer := tasktower.LogTo(slog.New(slog.NewTextHandler(&bytes.Buffer{}, nil)))
	e := tasktower.Event{Type: event.JobCompleted, Job: &tasktower.Record{Kind: "email"}}
	require.Zero(t, testing.AllocsPerRun(100, func() { observer.Observe(e) }))
}

func TestFanOut_OfNobodyIsNobody(t *testing.T) {
	t.Parallel()
	require.Nil(t, tasktower.FanOut())
	require.Nil(t, tasktower.FanOut(nil, nil))
}

type rowdy struct{}

func (rowdy) Observe(tasktower.Event) { panic("rowdy") }

func TestFanOut_KeepsOneFromHurtingTheOthers(t *testing.T) {
	t.Parallel()
	var heard recorder
	all := tasktower.FanOut(rowdy{}, nil, &heard, rowdy{})
	for range 3 {
		all.Observe(tasktower.Event{Type: event.JobStarted})
	}
	counts := map[event.Type]int{}
	for _, e := range heard.all {
		counts[e.Type]++
	}
	require.Equal(t, map[event.Type]int{event.JobStarted: 3, event.InterceptFail: 2}, counts, "once of each")
}

func TestClient_DatesItsEvents(t *testing.T) {
	t.Parallel()
	var heard recorder
	client := must(tasktower.NewClient(newMemory(t), tasktower.ClientConfig{Observer: &heard}))
	require.NoError(t, client.PauseQueue(t.Context(), "mail", "ada", ""))
	require.NoError(t, client.ResumeQueue(t.Context(), "mail"))
	for _, e := range heard.all {
		require.False(t, e.At.IsZero(), e.Type)
	}
	require.Len(t, heard.all, 2)
}
