package tasktower_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower"
	"github.com/task-tower/tasktower/adapters/memory"
)

type Note struct {
	Text string `json:"text"`
}

func (Note) Kind() string { return "note" }

func TestWorker_RunsWhatIsEnqueued(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := memory.New(memory.Config{})
		client, err := tasktower.NewClient(store, tasktower.ClientConfig{})
		require.NoError(t, err)
		var mu sync.Mutex
		var got []string
		w, err := tasktower.NewWorker(store, tasktower.WorkerConfig{
			Handlers: []tasktower.Registration{tasktower.HandleFunc(func(ctx context.Context, j *tasktower.Job[Note]) error {
				mu.Lock()
				defer mu.Unlock()
				got = append(got, j.Args.Text)
				return nil
			})},
		})
		require.NoError(t, err)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- w.Run(ctx) }()
		rec, err := client.Enqueue(ctx, Note{"a"})
		require.NoError(t, err)
		_, err = client.Enqueue(ctx, Note{"later"}, tasktower.In(time.Hour))
		require.NoError(t, err)
		synctest.Wait()
		time.Sleep(10 * time.Millisecond)
		mu.Lock()
		require.Equal(t, []string{"a"}, got)
		mu.Unlock()
		rec, err = client.Get(ctx, rec.ID)
		require.NoError(t, err)
		require.Equal(t, tasktower.Completed, rec.State)
		time.Sleep(time.Hour)
		synctest.Wait()
		require.Len(t, got, 2)
		cancel()
		require.NoError(t, <-done)
	})
}

func TestWorker_RetryBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := memory.New(memory.Config{})
		client, _ := tasktower.NewClient(store, tasktower.ClientConfig{})
		var runs, deaths atomic.Int64
		w, err := tasktower.NewWorker(store, tasktower.WorkerConfig{
			Handlers: []tasktower.Registration{tasktower.HandleFunc(func(ctx context.Context, j *tasktower.Job[Note]) error {
				runs.Add(1)
				return errors.New("no")
			}, tasktower.OnDeath(func(ctx context.Context, ic *tasktower.InterceptContext) error { deaths.Add(1); return nil }))},
		})
		require.NoError(t, err)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- w.Run(ctx) }()
		_, err = client.Enqueue(ctx, Note{"a"}, tasktower.MaxRetries(2))
		require.NoError(t, err)
		time.Sleep(time.Minute)
		require.EqualValues(t, 3, runs.Load())
		require.EqualValues(t, 1, deaths.Load())
		cancel()
		require.NoError(t, <-done)
	})
}

func TestWorker_RunsOnce(t *testing.T) {
	t.Parallel()
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	worker := func() *tasktower.Worker {
		return must(tasktower.NewWorker(newMemory(t), tasktower.WorkerConfig{
			Handlers: []tasktower.Registration{tasktower.HandleFunc(send)},
		}))
	}
	runDue := func(w *tasktower.Worker) error { _, _, err := w.RunDue(t.Context(), 1); return err }
	const says = "worker: has run before, and runs once; make another one with NewWorker: closed"

	ran := worker()
	require.NoError(t, ran.Run(ended))
	require.EqualError(t, ran.Run(ended), says)
	require.ErrorIs(t, ran.Run(ended), tasktower.ErrClosed)
	require.EqualError(t, ran.RunUntilSignal(ended), says)
	require.EqualError(t, runDue(ran), says)

	dueRan := worker()
	require.NoError(t, runDue(dueRan))
	require.NoError(t, runDue(dueRan), "RunDue may be repeated")
	require.EqualError(t, dueRan.Run(ended), says)
}
