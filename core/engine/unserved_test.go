package engine_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/core/event"
	"github.com/task-tower/tasktower/core/job"
)

func ofKind(kind string) func(*job.Spec) { return func(s *job.Spec) { s.Kind = kind } }

func TestUnserved_TellsOnceOfKindsThatNobodyHandles(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		nothing := func(context.Context, *job.Record) error { return nil }
		w.start(w.config(nothing))
		other := w.config(nothing)
		other.Kinds[0].Name = "other"
		stop := w.start(other)
		orphan := w.enqueue(1, ofKind("orphan"))[0]
		time.Sleep(time.Minute)

		told := w.heard.of(event.KindUnserved)
		require.Len(t, told, 2, "each worker tells it, once")
		require.Equal(t, []string{"q", "orphan"}, []string{told[0].Queue, told[0].Kind})
		require.Equal(t, job.Enqueued, w.get(orphan).State)

		stop()
		w.enqueue(1, ofKind("other"))
		time.Sleep(time.Minute)
		told = w.heard.of(event.KindUnserved)
		require.Len(t, told, 3)
		require.Equal(t, "other", told[2].Kind, "it has lost its only worker")
		require.NoError(t, w.memory.Delete(t.Context(), orphan))
		time.Sleep(time.Minute)
		w.enqueue(1, ofKind("orphan"))
		time.Sleep(time.Minute)
		require.Len(t, w.heard.of(event.KindUnserved), 4, "there are new ones")
	})
}

func TestUnserved_SaysNothingOfKindsThatAnotherWorkerHandles(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.start(w.config(func(context.Context, *job.Record) error { return nil }))
		slow := w.config(func(ctx context.Context, _ *job.Record) error {
			select {
			case <-ctx.Done():
			case <-time.After(time.Minute):
			}
			return ctx.Err()
		})
		slow.Kinds[0].Name, slow.Concurrency = "slow", 1
		w.start(slow)
		w.enqueue(5, ofKind("slow"))
		time.Sleep(3 * time.Minute)
		require.Empty(t, w.heard.of(event.KindUnserved))
	})
}
