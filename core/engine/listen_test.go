package engine_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/core/event"
	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/ports"
)

// hardOfHearing is a store whose listeners are told as the test says.
type hardOfHearing struct {
	ports.Store
	deaf chan error
}

func (s *hardOfHearing) Listen(ctx context.Context, to ports.Listener) error {
	for {
		select {
		case why := <-s.deaf:
			to.Deaf(why)
		case <-ctx.Done():
			return nil
		}
	}
}

func TestListen_SaysOnceThatHintsDoNotArriveAndOnceThatTheyDo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		store := &hardOfHearing{w.store, make(chan error)}
		cfg := w.config(func(context.Context, *job.Record) error { return nil })
		cfg.Store = store
		defer w.start(cfg)()
		tell := func(why error) {
			store.deaf <- why
			synctest.Wait()
		}

		tell(nil)
		require.Empty(t, w.heard.of(event.StoreRecovered), "nothing had failed")
		refused := errors.New("connection refused")
		tell(refused)
		tell(errors.New("connection refused again"))
		failed := w.heard.of(event.StoreFailed)
		require.Len(t, failed, 1)
		require.Equal(t, "listen", failed[0].Note)
		require.ErrorIs(t, failed[0].Err, refused)

		ids := w.enqueue(1)
		time.Sleep(2 * time.Second)
		require.Equal(t, job.Completed, w.get(ids[0]).State, "polls find the work")
		tell(nil)
		tell(nil)
		require.Len(t, w.heard.of(event.StoreRecovered), 1)
	})
}
