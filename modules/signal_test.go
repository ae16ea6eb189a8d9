package modules_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"
	"go.uber.org/fx"

	"github.com/task-tower/tasktower"
	"github.com/task-tower/tasktower/adapters/postgres"
	"github.com/task-tower/tasktower/core/event"
	"github.com/task-tower/tasktower/internal/pgtest"
	"github.com/task-tower/tasktower/modules"
)

// appProcess as the first argument makes the test binary an app with a worker that
// says on its standard output what happens: the others are a connection string, and
// what is slow to stop besides its job, if anything is.
const appProcess = "app-process"

func runAppProcess(dsn, slow string) {
	c := modules.DefaultConfig()
	c.DatabaseURL, c.Grace = dsn, time.Hour
	fx.New(fx.NopLogger, modules.Settings(c), c.StopTimeout(), modules.Pool(),
		fx.Module("slow", fx.Invoke(func(lc fx.Lifecycle) { // stops after the worker
			lc.Append(fx.StopHook(func(ctx context.Context) {
				if slow != "" {
					<-ctx.Done()
				}
			}))
		})),
		modules.Postgres(), modules.Worker(), modules.Observers(aloud{}),
		modules.Handlers(tasktower.HandleFunc(func(ctx context.Context, _ *tasktower.Job[order]) error {
			<-ctx.Done()
			return context.Cause(ctx)
		})),
	).Run()
}

// aloud says which events it hears of.
type aloud struct{}

func (aloud) Observe(e event.Event) { fmt.Println(e.Type) }

// app is a process that runs one job.
type app struct {
	*exec.Cmd
	t     *testing.T
	says  *bufio.Scanner
	store *postgres.Store
	job   tasktower.ID
}

func startApp(t *testing.T, slow string) *app {
	t.Helper()
	dsn := pgtest.Empty(t)
	pool, err := pgxpool.New(t.Context(), dsn)
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	store, err := postgres.New(pool, postgres.Config{})
	require.NoError(t, err)
	t.Cleanup(store.Close)
	require.NoError(t, store.Migrate(t.Context()))
	client, err := tasktower.NewClient(store, tasktower.ClientConfig{})
	require.NoError(t, err)
	rec, err := client.Enqueue(t.Context(), order{"tea"})
	require.NoError(t, err)

	a := &app{Cmd: exec.Command(os.Args[0], appProcess, dsn, slow), t: t, store: store, job: rec.ID}
	out, err := a.StdoutPipe()
	require.NoError(t, err)
	a.Stderr = os.Stderr
	require.NoError(t, a.Start())
	deadline := time.AfterFunc(time.Minute, func() { _ = a.Process.Kill() })
	t.Cleanup(func() { deadline.Stop(); _ = a.Process.Kill() })
	a.says = bufio.NewScanner(out)
	a.until(event.JobStarted)
	return a
}

// until waits for the app to say what happened.
func (a *app) until(what event.Type) {
	a.t.Helper()
	for a.says.Scan() {
		if a.says.Text() == string(what) {
			return
		}
	}
	require.FailNow(a.t, "the app has ended before "+string(what), "%v", a.says.Err())
}

func (a *app) terminate() {
	a.t.Helper()
	require.NoError(a.t, a.Process.Signal(syscall.SIGTERM))
}

func (a *app) requireGivenBack() {
	a.t.Helper()
	rec, err := a.store.Get(a.t.Context(), a.job)
	require.NoError(a.t, err)
	require.Equal(a.t, tasktower.Enqueued, rec.State)
	require.Zero(a.t, rec.Attempt)
}

func TestSignal_TheSecondGivesBackAtOnce(t *testing.T) {
	t.Parallel()
	a := startApp(t, "")
	a.terminate()
	a.until(event.WorkerDraining)
	a.terminate()
	a.until(event.WorkerStopped)
	for a.says.Scan() {
	}
	require.NoError(t, a.Wait())
	a.requireGivenBack()
}

func TestSignal_TheThirdEndsTheProcess(t *testing.T) {
	t.Parallel()
	a := startApp(t, "something else is slow to stop")
	a.terminate()
	a.until(event.WorkerDraining)
	a.terminate()
	a.until(event.WorkerStopped)
	a.terminate()
	for a.says.Scan() {
	}
	err := a.Wait()
	var ended *exec.ExitError
	require.ErrorAs(t, err, &ended)
	require.Equal(t, syscall.SIGTERM, ended.Sys().(syscall.WaitStatus).Signal())
	a.requireGivenBack()
}
