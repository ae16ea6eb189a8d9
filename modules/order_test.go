package modules_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/fx"

	"github.com/task-tower/tasktower"
	"github.com/task-tower/tasktower/modules"
)

// parcel holds its worker up, or notes its queue.
type parcel struct{ Wait bool }

func (parcel) Kind() string { return "parcel" }

// The app is the same each time; what differs is two variables.
func TestApp_ChangesItsStrategyByConfigurationAlone(t *testing.T) {
	for strategy, c := range map[string]struct{ priorities, want string }{
		"fifo":         {"", "bulk mail api bulk mail news"},
		"alphanumeric": {"", "api bulk bulk mail mail news"},
		"index":        {"mail:2,bulk:1", "mail mail bulk bulk api news"},
		"strict":       {"mail:2,bulk:1", "mail mail bulk bulk"},
		"weighted":     {"mail:1,bulk:1", "bulk mail bulk mail api news"},
	} {
		t.Run(strategy, func(t *testing.T) {
			t.Setenv("TASKTOWER_QUEUE_PRIORITIZATION", strategy)
			t.Setenv("TASKTOWER_QUEUE_PRIORITIES", c.priorities)
			t.Setenv("TASKTOWER_CONCURRENCY", "1")
			t.Setenv("TASKTOWER_PREFETCH", "0")
			synctest.Test(t, func(t *testing.T) { require.Equal(t, c.want, strings.Join(queuesServed(t), " ")) })
		})
	}
}

// queuesServed are the queues of jobs that waited together, in the order of their starts.
func queuesServed(t *testing.T) []string {
	var client *tasktower.Client
	log, free := &journal{}, make(chan struct{})
	app := fx.New(fx.NopLogger, modules.Memory(), modules.Worker(), fx.Populate(&client),
		modules.Handlers(tasktower.HandleFunc(func(_ context.Context, j *tasktower.Job[parcel]) error {
			if j.Args.Wait {
				<-free
				return nil
			}
			log.write(j.Queue)
			return nil
		})))
	require.NoError(t, app.Start(t.Context()))

	_, err := client.Enqueue(t.Context(), parcel{Wait: true}, tasktower.Queue("mail"))
	require.NoError(t, err)
	synctest.Wait()
	for _, queue := range strings.Fields("bulk mail api bulk mail news") {
		_, err := client.Enqueue(t.Context(), parcel{}, tasktower.Queue(queue))
		require.NoError(t, err)
		time.Sleep(time.Microsecond) // each is due after the one before
	}
	close(free)
	time.Sleep(5 * time.Second)
	require.NoError(t, app.Stop(t.Context()))
	return log.read()
}
