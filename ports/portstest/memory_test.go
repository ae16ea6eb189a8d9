package portstest_test

import (
	"testing"
	"time"

	"github.com/task-tower/tasktower/adapters/memory"
	"github.com/task-tower/tasktower/ports/portstest"
)

// clock is the wall clock, ahead by what a test let pass.
type clock struct{ ahead chan time.Duration }

func newClock() clock {
	c := clock{ahead: make(chan time.Duration, 1)}
	c.ahead <- 0
	return c
}

func (c clock) Now() time.Time { return time.Now().Add(c.advance(0)) }

func (c clock) advance(d time.Duration) time.Duration {
	d += <-c.ahead
	c.ahead <- d
	return d
}

// open is an empty memory store.
func open(testing.TB) portstest.Subject {
	clock := newClock()
	store := memory.New(memory.Config{Clock: clock})
	return portstest.Subject{
		Store:   store,
		Now:     clock.Now,
		Advance: func(_ testing.TB, d time.Duration) { clock.advance(d) },
		Begin: func(testing.TB) (any, func() error, func() error) {
			tx := store.Begin()
			return tx, tx.Commit, tx.Rollback
		},
		Close: store.Close,
	}
}
