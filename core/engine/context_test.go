package engine

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// words are all words of n letters.
func words(letters string, n int) []string {
	if n == 0 {
		return []string{""}
	}
	var all []string
	for _, rest := range words(letters, n-1) {
		for _, l := range letters {
			all = append(all, string(l)+rest)
		}
	}
	return all
}

// Whatever happens in whatever order, nobody can tell the context from one that was
// made when the job started.
func TestJobContext_EndsAsOneThatIsMadeAtOnce(t *testing.T) {
	t.Parallel()
	shutdown, first, second := errors.New("shutdown"), errors.New("first"), errors.New("second")
	for _, early := range append(words("12p", 2), words("12p-", 1)...) { // before the job starts
		for _, word := range words("12pol", 4) {
			parent, endParent := context.WithCancelCause(t.Context())
			var c jobContext
			var same context.Context
			var cancel context.CancelCauseFunc
			var ending error
			end := func(cause error) {
				c.end(cause)
				switch {
				case cancel != nil:
					cancel(cause)
				case ending == nil:
					ending = cause
				}
			}
			act := func(letter rune) {
				switch letter {
				case '1':
					end(first)
				case '2':
					end(second)
				case 'p':
					endParent(shutdown)
				case 'o': // the attempt is over
					end(context.Canceled)
				case 'l': // somebody looks
					require.Equal(t, same.Err(), c.Err())
				}
			}
			for _, letter := range early {
				act(letter)
			}
			c.start(parent)
			same, cancel = context.WithCancelCause(parent)
			if ending != nil {
				cancel(ending)
			}
			for _, letter := range word {
				act(letter)
				require.Equal(t, context.Cause(same), causeOf(&c), "%s, then %s", early, word)
			}
			require.Equal(t, same.Err(), c.Err(), "%s, then %s", early, word)
			require.Equal(t, context.Cause(same), context.Cause(&c), "%s, then %s", early, word)
			endParent(nil)
			require.Equal(t, context.Cause(same), context.Cause(&c), "%s, then %s", early, word)
		}
	}
}

func TestJobContext_IsOneContextForEverybody(t *testing.T) {
	t.Parallel()
	stop := errors.New("stop")
	for range 100 {
		var c jobContext
		c.start(t.Context())
		var all sync.WaitGroup
		seen := make(chan (<-chan struct{}), 8)
		for i := range cap(seen) {
			all.Go(func() {
				switch i % 4 {
				case 0:
					_ = c.Err()
				case 1:
					_ = c.Value("anything")
				case 2:
					child, cancel := context.WithTimeout(&c, time.Hour)
					defer cancel()
					<-child.Done()
				}
				seen <- c.Done()
				<-c.Done()
			})
		}
		c.end(stop)
		all.Wait()
		for range cap(seen) {
			require.Equal(t, c.Done(), <-seen)
		}
		require.Equal(t, stop, context.Cause(&c))
	}
}

// Package context starts a goroutine for a child of a context that it does not know.
// Not parallel, since it counts goroutines.
func TestJobContext_HasChildrenWithoutGoroutines(t *testing.T) {
	var c jobContext
	c.start(t.Context())
	before := runtime.NumGoroutine()
	for range 100 {
		_, cancel := context.WithTimeout(&c, time.Hour)
		defer cancel()
		defer context.AfterFunc(&c, func() {})()
	}
	require.Equal(t, before, runtime.NumGoroutine())
}

func TestJobContext_IsNotMadeForItsCause(t *testing.T) {
	t.Parallel()
	var c jobContext
	c.start(t.Context())
	require.NoError(t, causeOf(&c))
	c.end(context.Canceled)
	require.Equal(t, context.Canceled, causeOf(&c))
	require.False(t, c.made.Load())
	require.Equal(t, "context of a job", fmt.Sprint(&c), "nor to be printed")
}
