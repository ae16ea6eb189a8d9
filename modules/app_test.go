package modules_test

import (
	"context"
	"errors"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/fx"

	"github.com/task-tower/tasktower"
	"github.com/task-tower/tasktower/core/event"
	"github.com/task-tower/tasktower/internal/pgtest"
	"github.com/task-tower/tasktower/modules"
	"github.com/task-tower/tasktower/strategies"
)

// TestMain takes the variables of whoever runs the tests out of the environment:
// what it holds is what a test sets.
func TestMain(m *testing.M) {
	for _, line := range os.Environ() {
		name, _, _ := strings.Cut(line, "=")
		if strings.HasPrefix(name, modules.Prefix) && !strings.HasPrefix(name, modules.Prefix+"TEST_") {
			os.Unsetenv(name)
		}
	}
	if len(os.Args) > 1 && os.Args[1] == appProcess {
		runAppProcess(os.Args[2], os.Args[3])
		return
	}
	pgtest.Main(m)
}

// journal is what happened, in order.
type journal struct {
	mu    sync.Mutex
	lines []string
}

func (j *journal) write(line string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.lines = append(j.lines, line)
}

func (j *journal) read() []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return append([]string(nil), j.lines...)
}

// order is the input of a job that ships something, then bills it.
type order struct {
	Item string `json:"item"`
}

func (order) Kind() string { return "ship" }

type bill struct {
	Item string `json:"item"`
}

func (bill) Kind() string { return "bill" }

// shipper depends on the client of the app whose worker runs it.
type shipper struct {
	client  *tasktower.Client
	journal *journal
}

func newShipper(c *tasktower.Client, j *journal) *shipper { return &shipper{c, j} }

func (s *shipper) Handle(ctx context.Context, j *tasktower.Job[order]) error {
	user, _ := tasktower.ContextParam[string](ctx, "User")
	s.journal.write("ship " + j.Args.Item + " for " + user)
	if j.Args.Item == "bomb" {
		return errors.New("no bombs")
	}
	_, err := s.client.Enqueue(ctx, bill(j.Args))
	return err
}

func sendBill(_ context.Context, j *journal, b *tasktower.Job[bill]) error {
	j.write("bill " + b.Args.Item + " from " + b.Queue)
	return nil
}

// The interceptors of the tests say where they stand.
type (
	first  struct{ *journal }
	second struct{ *journal }
	own    struct{ *journal }
)

func (i first) Intercept(context.Context, *tasktower.InterceptContext) error {
	i.write("first")
	return nil
}

func (i second) Intercept(context.Context, *tasktower.InterceptContext) error {
	i.write("second")
	return nil
}

func (i own) Intercept(_ context.Context, ic *tasktower.InterceptContext) error {
	i.write("own at " + string(ic.Stage))
	return nil
}

func (i own) PreProcess(context.Context, *tasktower.InterceptContext) (context.Context, error) {
	i.write("own before")
	return nil, nil
}

type currentUser struct{ name string }

func (u currentUser) Contextualize(_ context.Context, p tasktower.Params) error {
	return p.Set("User", u.name)
}

type rowdy struct{}

func (rowdy) Observe(event.Event) { panic("rowdy") }

type counter struct {
	mu    sync.Mutex
	types map[event.Type]int
}

func (c *counter) Observe(e event.Event) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.types[e.Type]++
}

func (c *counter) of(t event.Type) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.types[t]
}

// start starts an app on a memory store with default settings.
func start(t *testing.T, opts ...fx.Option) *fx.App {
	t.Helper()
	app := fx.New(fx.NopLogger, modules.Settings(modules.DefaultConfig()), modules.Memory(), fx.Options(opts...))
	require.NoError(t, app.Err())
	require.NoError(t, app.Start(t.Context()))
	return app
}

func TestApp_RunsWhatItsClientEnqueues(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var client *tasktower.Client
		log, counts := &journal{}, &counter{types: map[event.Type]int{}}
		app := start(t,
			modules.Worker(),
			modules.Strategy(strategies.AlphaNumeric()),
			fx.Supply(log, currentUser{"ada"}, counts),
			fx.Provide(newShipper),
			fx.Provide(func(j *journal) (first, second, own) { return first{j}, second{j}, own{j} }),
			modules.OnDeath[second](), // in the order of the app, whatever the names
			modules.OnDeath[first](),
			modules.Handler[*shipper](
				tasktower.MaxRetries(0),
				modules.PreProcessing[own](),
				tasktower.OnDeath(func(context.Context, *tasktower.InterceptContext) error {
					log.write("plain")
					return nil
				}),
				modules.OnDeath[own](),
				modules.OnSuccess[own](),
			),
			modules.HandlerFunc(sendBill, tasktower.Queue("bills")),
			modules.Contextualizer[currentUser](),
			modules.Observers(rowdy{}), modules.Observer[*counter](),
			fx.Populate(&client),
		)
		_, err := client.Enqueue(t.Context(), order{"tea"})
		require.NoError(t, err)
		time.Sleep(time.Second)
		require.Equal(t, []string{"own before", "ship tea for ada", "bill tea from bills", "own at success"}, sorted(log.read(), 2))

		dead, err := client.Enqueue(t.Context(), order{"bomb"})
		require.NoError(t, err)
		time.Sleep(time.Second)
		require.Equal(t, []string{"own before", "ship bomb for ada", "second", "first", "plain", "own at death"}, log.read()[4:])
		dead, err = client.Get(t.Context(), dead.ID)
		require.NoError(t, err)
		require.Equal(t, tasktower.Dead, dead.State)

		require.NoError(t, app.Stop(t.Context()))
		require.Equal(t, 3, counts.of(event.JobEnqueued))
		require.Equal(t, 2, counts.of(event.JobCompleted))
		require.Equal(t, 1, counts.of(event.InterceptFail), "the observer that panics is told of once")
		_, err = client.Enqueue(t.Context(), order{})
		require.ErrorIs(t, err, tasktower.ErrClosed)
	})
}

// sorted is lines, but those from n on, which happen at once, in the order of the alphabet.
func sorted(lines []string, n int) []string {
	if len(lines) == n+2 && lines[n] > lines[n+1] {
		lines[n], lines[n+1] = lines[n+1], lines[n]
	}
	return lines
}

func TestApp_DrainsItsWorker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var client *tasktower.Client
		var done atomic.Bool
		app := start(t, modules.Worker(), fx.Populate(&client),
			modules.Handlers(tasktower.HandleFunc(func(context.Context, *tasktower.Job[order]) error {
				time.Sleep(5 * time.Second)
				done.Store(true)
				return nil
			})))
		_, err := client.Enqueue(t.Context(), order{})
		require.NoError(t, err)
		synctest.Wait()
		require.NoError(t, app.Stop(t.Context()))
		require.True(t, done.Load())
	})
}

func TestApp_RunsRecurringJobs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var runs atomic.Int64
		app := start(t, modules.Worker(),
			modules.Recurring(tasktower.Recurring{Key: "tick", When: tasktower.Every(time.Minute), Args: order{}}),
			modules.Handlers(tasktower.HandleFunc(func(context.Context, *tasktower.Job[order]) error {
				runs.Add(1)
				return nil
			})))
		time.Sleep(3*time.Minute + 30*time.Second)
		require.NoError(t, app.Stop(t.Context()))
		require.EqualValues(t, 3, runs.Load())
	})
}

func TestRecurring_MistakesSurfaceFromNew(t *testing.T) {
	t.Parallel()
	app := fx.New(modules.Memory(), modules.Worker(), fx.NopLogger,
		modules.Recurring(tasktower.Recurring{Key: "tick", When: tasktower.Cron("@never", ""), Args: order{}}),
		modules.Handlers(tasktower.HandleFunc(func(context.Context, *tasktower.Job[order]) error { return nil })))
	require.ErrorIs(t, app.Err(), tasktower.ErrInvalid)
	require.ErrorContains(t, app.Err(), "Recurring[0]")
}

func TestApp_GivesBackWhatRunsBeforeItsTimeToStopIsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var client *tasktower.Client
		counts := &counter{types: map[event.Type]int{}}
		app := start(t, modules.Worker(), modules.Observers(counts), fx.Populate(&client),
			modules.Handlers(tasktower.HandleFunc(func(context.Context, *tasktower.Job[order]) error {
				time.Sleep(20 * time.Second)
				return nil
			})))
		_, err := client.Enqueue(t.Context(), order{})
		require.NoError(t, err)
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), 12*time.Second)
		defer cancel()
		before := time.Now()
		require.NoError(t, app.Stop(ctx))
		require.Less(t, time.Since(before), 10*time.Second)
		require.GreaterOrEqual(t, time.Since(before), 9*time.Second)
		require.Equal(t, 1, counts.of(event.JobReleased))
		require.Equal(t, 1, counts.of(event.WorkerStopped))
		time.Sleep(time.Minute) // the handler ends by itself
	})
}

func TestApp_EndsWithItsWorker(t *testing.T) {
	t.Parallel()
	var worker *tasktower.Worker
	app := start(t, modules.Worker(), fx.Populate(&worker),
		modules.Handlers(tasktower.HandleFunc(func(context.Context, *tasktower.Job[order]) error { return nil })))
	require.NoError(t, worker.Stop(t.Context()))
	signal := <-app.Wait()
	require.Zero(t, signal.ExitCode)
	require.NoError(t, app.Stop(t.Context()))
}

func TestApp_StartContextIsNotTheWorkersLife(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var ran atomic.Bool
		var client *tasktower.Client
		app := fx.New(fx.NopLogger, modules.Settings(modules.Config{}), modules.Memory(), modules.Worker(), fx.Populate(&client),
			modules.Handlers(tasktower.HandleFunc(func(context.Context, *tasktower.Job[order]) error {
				ran.Store(true)
				return nil
			})))
		ctx, cancel := context.WithCancel(t.Context())
		require.NoError(t, app.Start(ctx))
		cancel()
		_, err := client.Enqueue(t.Context(), order{}, tasktower.InHours(1))
		require.NoError(t, err)
		time.Sleep(time.Hour + time.Second)
		require.True(t, ran.Load())
		require.NoError(t, app.Stop(t.Context()))
	})
}

// brokenStore refuses every worker.
type brokenStore struct{ tasktower.Store }

func (brokenStore) Register(context.Context, tasktower.WorkerInfo, time.Duration) (int64, error) {
	return 0, errors.New("no room for workers")
}

func TestApp_EndsWithAWorkerThatStopsOnItsOwn(t *testing.T) {
	t.Parallel()
	app := start(t, modules.Worker(),
		fx.Decorate(func(s tasktower.Store) tasktower.Store { return brokenStore{s} }),
		modules.Handlers(tasktower.HandleFunc(func(context.Context, *tasktower.Job[order]) error { return nil })))
	signal := <-app.Wait()
	require.Equal(t, 1, signal.ExitCode)
	require.ErrorContains(t, app.Stop(t.Context()), "no room for workers")
}

func TestApp_OfAClientAlone(t *testing.T) {
	t.Parallel()
	var client *tasktower.Client
	app := start(t, modules.Client(), fx.Populate(&client), modules.HandlerFunc(sendBill, tasktower.Queue("bills")))
	rec, err := client.Enqueue(t.Context(), bill{})
	require.NoError(t, err)
	require.Equal(t, "bills", rec.Queue)
	require.NoError(t, app.Stop(t.Context()))
}

func TestApp_IsValid(t *testing.T) {
	t.Parallel()
	require.NoError(t, fx.ValidateApp(fx.NopLogger, modules.Pool(), modules.Postgres(), modules.Worker(),
		modules.Handler[*shipper](modules.OnDeath[first]()), modules.OnFailure[second](), modules.PreProcessing[own](),
		modules.Contextualizer[currentUser](), modules.Observer[*counter](), modules.HandlerFunc(sendBill),
		fx.Supply(&journal{}, first{}, second{}, own{}, currentUser{}, &counter{}), fx.Provide(newShipper)))
	require.ErrorContains(t, fx.ValidateApp(fx.NopLogger, modules.Memory(), modules.Worker(), modules.Handler[*shipper]()),
		"*modules_test.shipper")
}
