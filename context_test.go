package tasktower_test

import (
	"context"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower"
)

type contextKey struct{}

// Package context starts a goroutine for a child of a context that it does not know.
// Not parallel, since it counts goroutines.
func TestContextOfAHandler_HasChildrenWithoutGoroutines(t *testing.T) {
	store, client, _ := example()
	_, err := client.Enqueue(t.Context(), Note{"a"})
	require.NoError(t, err)
	ran := false
	runDue(must(tasktower.NewWorker(store, tasktower.WorkerConfig{
		Handlers: []tasktower.Registration{tasktower.HandleFunc(func(ctx context.Context, j *tasktower.Job[Note]) error {
			before := runtime.NumGoroutine()
			for range 100 {
				_, cancel := context.WithTimeout(ctx, time.Hour)
				defer cancel()
				defer context.AfterFunc(ctx, func() {})()
			}
			require.Less(t, runtime.NumGoroutine(), before+100)
			require.Nil(t, ctx.Value(contextKey{}))
			child := context.WithValue(context.WithoutCancel(ctx), contextKey{}, 1)
			require.Equal(t, j.ID, tasktower.FromContext(child).ID())
			ran = true
			return nil
		})},
	})))
	require.True(t, ran)
}
