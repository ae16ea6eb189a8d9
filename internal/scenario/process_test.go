package scenario_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower"
	"github.com/task-tower/tasktower/adapters/postgres"
	"github.com/task-tower/tasktower/core/event"
	"github.com/task-tower/tasktower/internal/pgtest"
	"github.com/task-tower/tasktower/internal/scenario"
)

// workerProcess as the first argument makes the test binary a worker: the others
// are a connection string, a file to keep a journal in, the grace period, and how
// long a job takes.
const workerProcess = "worker-process"

func runWorkerProcess(args []string) error {
	grace, err := time.ParseDuration(args[2])
	if err != nil {
		return err
	}
	takes, err := time.ParseDuration(args[3])
	if err != nil {
		return err
	}
	out, err := os.OpenFile(args[1], os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer out.Close()
	pool, err := pgxpool.New(context.Background(), args[0])
	if err != nil {
		return err
	}
	defer pool.Close()
	store, err := postgres.New(pool, postgres.Config{CallTimeout: 30 * time.Second})
	if err != nil {
		return err
	}
	defer store.Close()
	w, err := tasktower.NewWorker(store, tasktower.WorkerConfig{
		Concurrency: 4, Grace: grace, Observer: told{out},
		Handlers: []tasktower.Registration{tasktower.HandleFunc(func(ctx context.Context, j *tasktower.Job[scenario.Work]) error {
			fmt.Fprintf(out, "begin %d\n", j.Args.N)
			select {
			case <-time.After(takes):
				fmt.Fprintf(out, "end %d\n", j.Args.N)
				return nil
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		})},
	})
	if err != nil {
		return err
	}
	return w.RunUntilSignal(context.Background())
}

// told writes down when the worker begins to stop.
type told struct{ out *os.File }

func (o told) Observe(e event.Event) {
	if e.Type == event.WorkerDraining {
		fmt.Fprintln(o.out, "draining")
	}
}

// process is a worker in a process of its own.
type process struct {
	*exec.Cmd
	t       *testing.T
	journal string
	ended   chan error
}

func startProcess(t *testing.T, dsn, grace, takes string) *process {
	t.Helper()
	p := &process{t: t, journal: filepath.Join(t.TempDir(), "journal"), ended: make(chan error, 1)}
	p.Cmd = exec.Command(os.Args[0], workerProcess, dsn, p.journal, grace, takes)
	p.Stdout, p.Stderr = os.Stdout, os.Stderr
	require.NoError(t, p.Start())
	go func() { p.ended <- p.Wait() }()
	t.Cleanup(func() { _ = p.Process.Kill() })
	return p
}

// lines are the journal's that begin with the word.
func (p *process) lines(word string) (found []string) {
	p.t.Helper()
	f, err := os.Open(p.journal)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	require.NoError(p.t, err)
	defer f.Close()
	for in := bufio.NewScanner(f); in.Scan(); {
		if strings.HasPrefix(in.Text(), word) {
			found = append(found, in.Text())
		}
	}
	return found
}

// wrote waits until the journal has so many lines that begin with the word.
func (p *process) wrote(n int, word string) {
	p.t.Helper()
	require.Eventually(p.t, func() bool { return len(p.lines(word)) >= n }, time.Minute, 10*time.Millisecond, word)
}

// exits waits until the process has ended without complaint.
func (p *process) exits(within time.Duration) {
	p.t.Helper()
	select {
	case err := <-p.ended:
		require.NoError(p.t, err)
	case <-time.After(within):
		require.FailNow(p.t, "the process does not end")
	}
}

// jobs counts the jobs by state, and requires that no attempt of theirs was burnt:
// those that ended did so at their first, the others have had none.
func jobs(t *testing.T, client *tasktower.Client) map[tasktower.State]int {
	t.Helper()
	page, err := client.List(t.Context(), tasktower.Filter{Limit: 200})
	require.NoError(t, err)
	states := map[tasktower.State]int{}
	for _, rec := range page.Jobs {
		states[rec.State]++
		require.Zero(t, rec.Failures)
		require.Zero(t, rec.Crashes)
		if rec.State == tasktower.Completed {
			require.Equal(t, 1, rec.Attempt)
		} else {
			require.Zero(t, rec.Attempt)
		}
	}
	return states
}

// atWork is a client of a store with twelve jobs, and a process that runs four of them.
func atWork(t *testing.T, grace, takes string) (*tasktower.Client, string, *process) {
	t.Helper()
	dsn := pgtest.Clone(t, "migrated", migrate)
	client, err := tasktower.NewClient(open(t, dsn, 2), tasktower.ClientConfig{})
	require.NoError(t, err)
	all := make([]scenario.Work, 12)
	for i := range all {
		all[i].N = i
	}
	_, err = client.EnqueueMany(t.Context(), tasktower.Each(all))
	require.NoError(t, err)
	p := startProcess(t, dsn, grace, takes)
	p.wrote(4, "begin")
	return client, dsn, p
}

func TestSignal_JobsFinishWithinALongGrace(t *testing.T) {
	t.Parallel()
	client, _, p := atWork(t, "1m", "1s")
	require.NoError(t, p.Process.Signal(syscall.SIGTERM))
	p.exits(time.Minute + time.Second)
	begun := len(p.lines("begin"))
	require.Len(t, p.lines("end"), begun, "none was cut short")
	states := jobs(t, client)
	require.Equal(t, begun, states[tasktower.Completed], "none ran twice")
	require.Equal(t, 12-begun, states[tasktower.Enqueued])
	require.Less(t, begun, 12)
}

func TestSignal_JobsAreGivenBackAfterAShortGrace(t *testing.T) {
	t.Parallel()
	client, dsn, p := atWork(t, "100ms", "1h")
	require.NoError(t, p.Process.Signal(syscall.SIGTERM))
	p.exits(time.Minute)
	require.Equal(t, map[tasktower.State]int{tasktower.Enqueued: 12}, jobs(t, client))

	next := startProcess(t, dsn, "1m", "1ms")
	next.wrote(12, "end")
	require.NoError(t, next.Process.Signal(syscall.SIGTERM))
	next.exits(time.Minute)
	require.Equal(t, map[tasktower.State]int{tasktower.Completed: 12}, jobs(t, client))
}

func TestSignal_TheSecondGivesBackAtOnce(t *testing.T) {
	t.Parallel()
	client, _, p := atWork(t, "1h", "1h")
	require.NoError(t, p.Process.Signal(syscall.SIGTERM))
	p.wrote(1, "draining")
	require.NoError(t, p.Process.Signal(syscall.SIGTERM))
	p.exits(time.Minute)
	require.Equal(t, map[tasktower.State]int{tasktower.Enqueued: 12}, jobs(t, client))
	workers, err := client.Workers(t.Context())
	require.NoError(t, err)
	require.False(t, workers[0].StoppedAt.IsZero())
}
