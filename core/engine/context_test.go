package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
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
	for name, limit := range map[string]time.Duration{"with a timeout": time.Second, "without": 0} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				for _, early := range append(words("12p", 2), words("12p-", 1)...) {
					for _, late := range words("12polt", 4) {
						compareContexts(t, limit, early, late)
					}
				}
			})
		})
	}
}

// compareContexts lets things happen before and after the start of a job: 1 and 2 end
// its context, p ends the parent, t is the end of its time, o that of the attempt, and
// l looks.
func compareContexts(t *testing.T, limit time.Duration, early, late string) {
	parent, endParent := context.WithCancelCause(t.Context())
	defer endParent(nil)
	causes := map[rune]error{'1': errors.New("first"), '2': errors.New("second"), 'o': context.Canceled}
	var c jobContext
	var ending error // of the one that is made at once
	for _, letter := range early {
		if letter == 'p' {
			endParent(errors.New("shutdown"))
		} else if cause := causes[letter]; cause != nil {
			c.end(cause)
			ending = cmp.Or(ending, cause)
		}
	}
	want, end := context.WithCancelCause(parent)
	defer end(nil)
	if ending != nil {
		end(ending)
	}
	c.start(parent, time.Now(), limit, ErrTimeout)
	if limit > 0 {
		defer time.AfterFunc(limit, c.lapse).Stop()
		var stop context.CancelFunc
		want, stop = context.WithTimeoutCause(want, limit, ErrTimeout)
		defer stop()
	}
	for _, letter := range late {
		switch letter {
		case 'p':
			endParent(errors.New("shutdown"))
		case 'l':
			require.Equal(t, want.Err(), c.Err(), "%s, then %s", early, late)
		case 't':
			time.Sleep(2 * time.Second)
			synctest.Wait()
		default:
			c.end(causes[letter])
			end(causes[letter])
		}
		require.Equal(t, context.Cause(want), c.ended(), "%s, then %s", early, late)
	}
	endParent(nil)
	require.Equal(t, want.Err(), c.Err(), "%s, then %s", early, late)
	require.Equal(t, context.Cause(want), context.Cause(&c), "%s, then %s", early, late)
	at, limited := want.Deadline()
	got, ends := c.Deadline()
	require.Equal(t, []any{at, limited}, []any{got, ends})
}

func TestJobContext_IsOneContextForEverybody(t *testing.T) {
	t.Parallel()
	stop := errors.New("stop")
	for range 100 {
		var c jobContext
		c.start(t.Context(), time.Now(), 0, nil)
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
	c.start(t.Context(), time.Now(), 0, nil)
	before := runtime.NumGoroutine()
	for range 100 {
		_, cancel := context.WithTimeout(&c, time.Hour)
		defer cancel()
		defer context.AfterFunc(&c, func() {})()
	}
	require.Less(t, runtime.NumGoroutine(), before+100)
}

func TestJobContext_IsNotMadeForItsCause(t *testing.T) {
	t.Parallel()
	var c jobContext
	c.start(t.Context(), time.Now(), 0, nil)
	require.NoError(t, c.ended())
	c.end(context.Canceled)
	require.Equal(t, context.Canceled, c.ended())
	require.False(t, c.made.Load())
	require.Equal(t, "context of a job", fmt.Sprint(&c), "nor to be printed")
}
