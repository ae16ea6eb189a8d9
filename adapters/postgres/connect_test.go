package postgres

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var errRefused = &pgconn.ConnectError{}

// shutServer is one that can be shut.
type shutServer struct {
	shut  atomic.Bool
	tries atomic.Int64
	lasts time.Duration
}

func (s *shutServer) connect(ctx context.Context) error {
	s.tries.Add(1)
	select {
	case <-time.After(s.lasts):
	case <-ctx.Done():
		return ctx.Err()
	}
	if s.shut.Load() {
		return errRefused
	}
	return nil
}

func newGate(s *shutServer) *gate {
	return &gate{connect: s.connect, made: never, empty: never}
}

func never() bool  { return false }
func always() bool { return true }

// Twenty duties that ask all the time try to connect twice a second at most, together,
// and all go on as soon as one try has succeeded.
func TestGate_OneTriesForAll(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &shutServer{lasts: 20 * time.Millisecond}
		s.shut.Store(true)
		g := newGate(s)
		require.ErrorIs(t, g.saw(errRefused), error(errRefused))
		ctx, stop := context.WithCancel(t.Context())
		var passed sync.WaitGroup
		var through atomic.Int64
		for range 20 {
			passed.Go(func() {
				for ctx.Err() == nil {
					if g.pass(ctx) == nil {
						through.Add(1)
						return
					}
					time.Sleep(50 * time.Millisecond)
				}
			})
		}
		time.Sleep(time.Minute)
		tries := s.tries.Load()
		require.LessOrEqual(t, tries, int64(120))
		require.Greater(t, tries, int64(20), "it goes on trying")
		require.Zero(t, through.Load())
		s.shut.Store(false)
		time.Sleep(lastConnect + time.Second)
		require.Equal(t, int64(20), through.Load())
		require.Equal(t, tries+1, s.tries.Load())
		stop()
		passed.Wait()
	})
}

// Twenty duties that have just lost all connections do not make twenty at once.
func TestGate_OneMakesTheFirstConnection(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &shutServer{lasts: 20 * time.Millisecond}
		g := newGate(s)
		g.empty = func() bool { return s.tries.Load() == 0 }
		var passed sync.WaitGroup
		began := time.Now()
		for range 20 {
			passed.Go(func() { assert.NoError(t, g.pass(t.Context())) })
		}
		passed.Wait()
		require.Equal(t, s.lasts, time.Since(began))
		require.Equal(t, int64(1), s.tries.Load())
	})
}

// The server refuses one more connection, while those of the pool are only busy.
func TestGate_OpensWhenAConnectionComesFree(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &shutServer{}
		s.shut.Store(true)
		var free atomic.Bool
		g := &gate{connect: s.connect, made: free.Load, empty: never}
		require.Error(t, g.saw(errRefused))
		began := time.Now()
		time.AfterFunc(2*time.Millisecond, func() { free.Store(true) })
		require.NoError(t, g.pass(t.Context()))
		require.LessOrEqual(t, time.Since(began), 2*time.Millisecond+lookAgain)
	})
}

func TestGate_ReturnsWhatIsNoMatterOfConnecting(t *testing.T) {
	t.Parallel()
	closed := errors.New("closed pool")
	g := &gate{connect: func(context.Context) error { return closed }, made: never, empty: always}
	require.ErrorIs(t, g.pass(t.Context()), closed)
}

func TestGate_HonoursContexts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &shutServer{lasts: time.Hour}
		s.shut.Store(true)
		g := newGate(s)
		_ = g.saw(errRefused)
		for _, limit := range []time.Duration{time.Millisecond, 10 * time.Second} {
			ctx, cancel := context.WithTimeout(t.Context(), limit)
			began := time.Now()
			err := g.pass(ctx)
			cancel()
			if limit == time.Millisecond {
				require.ErrorIs(t, err, context.DeadlineExceeded)
			}
			require.LessOrEqual(t, time.Since(began), limit)
		}
	})
}

func TestGate_LetsThroughWhatNeedsNoNewConnection(t *testing.T) {
	t.Parallel()
	g := &gate{connect: func(context.Context) error { return errRefused }, made: always, empty: never}
	require.NoError(t, g.pass(t.Context()))
	require.Error(t, g.saw(errRefused))
	require.NoError(t, g.pass(t.Context()), "a connection is idle")
	other := errors.New("a statement failed")
	open := newGate(&shutServer{})
	require.Equal(t, other, open.saw(other))
	require.NoError(t, open.pass(t.Context()))
}
