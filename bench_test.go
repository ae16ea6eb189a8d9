package tasktower_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower"
	"github.com/task-tower/tasktower/adapters/memory"
	"github.com/task-tower/tasktower/core/event"
)

type idle struct{}

func (idle) Kind() string { return "idle" }

// countdown is an observer that closes done after so many completed jobs.
type countdown struct {
	left int
	done chan struct{}
}

func (c *countdown) Observe(e event.Event) {
	if e.Type == event.JobCompleted {
		if c.left--; c.left == 0 {
			close(c.done)
		}
	}
}

// What the worker itself costs per job: no-op handlers on the memory store.
func BenchmarkWorker(b *testing.B) {
	store := memory.New(memory.Config{MaxJobs: b.N + 1})
	client, err := tasktower.NewClient(store, tasktower.ClientConfig{})
	require.NoError(b, err)
	for left := b.N; left > 0; left -= 1000 {
		items := make([]tasktower.Item, min(left, 1000))
		for i := range items {
			items[i].Args = idle{}
		}
		_, err := client.EnqueueMany(b.Context(), items)
		require.NoError(b, err)
	}
	left := &countdown{left: b.N, done: make(chan struct{})}
	worker, err := tasktower.NewWorker(store, tasktower.WorkerConfig{
		Concurrency: 1000, Observer: left,
		Handlers: []tasktower.Registration{
			tasktower.HandleFunc(func(context.Context, *tasktower.Job[idle]) error { return nil }),
		},
	})
	require.NoError(b, err)
	ctx, stop := context.WithCancel(b.Context())
	ended := make(chan error, 1)
	b.ReportAllocs()
	b.ResetTimer()
	go func() { ended <- worker.Run(ctx) }()
	<-left.done
	b.StopTimer()
	stop()
	require.NoError(b, <-ended)
}
