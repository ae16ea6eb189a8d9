package memory_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/adapters/memory"
	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/ports"
)

// The bubble's clock is the wall clock of a store in it, and Listen leaves no
// goroutine behind.
func TestListen_PassesOnOneHintPerQueueOfACall(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t, memory.Config{})
		ctx, stop := context.WithCancel(t.Context())
		var hints []ports.Hint
		go func() { _ = b.Listen(ctx, ports.Listener{Wake: func(h ports.Hint) { hints = append(hints, h) }}) }()
		synctest.Wait()
		require.Equal(t, []ports.Hint{{}}, hints)

		other, later := b.spec(), b.spec()
		other.Queue, later.Delay = "p", time.Hour
		b.enqueue(b.spec(), other, b.spec(), later)
		synctest.Wait()
		require.Equal(t, []ports.Hint{{Queue: "q"}, {Queue: "p"}, {Later: true}}, hints[1:])

		time.Sleep(time.Hour)
		p, err := b.Promote(t.Context(), 10)
		require.NoError(t, err)
		require.Equal(t, 1, p.Moved)
		synctest.Wait()
		require.Equal(t, ports.Hint{Queue: "q"}, hints[len(hints)-1])
		stop()
	})
}

func TestListen_SaysThatAnythingMayHaveChangedWhereTooMuchHas(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := memory.New(memory.Config{})
		ctx, stop := context.WithCancel(t.Context())
		var hints []ports.Hint
		go func() { _ = store.Listen(ctx, ports.Listener{Wake: func(h ports.Hint) { hints = append(hints, h) }}) }()
		synctest.Wait()

		var specs []*job.Spec
		for i := range 1000 {
			specs = append(specs, &job.Spec{ID: job.ID{0: 1, 6: 0x70, 14: byte(i >> 8), 15: byte(i)}, Kind: "k", Queue: fmt.Sprint("q", i)})
		}
		_, err := store.Enqueue(ctx, specs)
		require.NoError(t, err)
		synctest.Wait()
		require.Equal(t, []ports.Hint{{}, {}}, hints)
		stop()
	})
}
