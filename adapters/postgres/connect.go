package postgres

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// While connections cannot be made, one is tried now and then, after a random wait
// of half to all of a ceiling that grows from firstConnect to lastConnect.
const (
	firstConnect = time.Second
	lastConnect  = 2 * time.Second
)

// connector is the pool behind a gate. All that a process does with its store would
// try by itself to connect to a server that takes no connections, each at its own
// pace, and together they would keep others out; so one tries for all, and the
// others wait for what becomes of it.
type connector struct {
	*pgxpool.Pool
	gate gate
}

func newConnector(pool *pgxpool.Pool) *connector {
	c := &connector{Pool: pool}
	c.gate.connect = func(ctx context.Context) error {
		conn, err := pool.Acquire(ctx)
		if err == nil {
			conn.Release()
		}
		return err
	}
	c.gate.idle = func() bool { return pool.Stat().IdleConns() > 0 }
	c.gate.empty = func() bool { return pool.Stat().TotalConns() == 0 }
	return c
}

// Acquire is the pool's.
func (c *connector) Acquire(ctx context.Context) (*pgxpool.Conn, error) {
	if err := c.gate.pass(ctx); err != nil {
		return nil, err
	}
	conn, err := c.Pool.Acquire(ctx)
	return conn, c.gate.saw(err)
}

// AcquireFunc is the pool's.
func (c *connector) AcquireFunc(ctx context.Context, f func(*pgxpool.Conn) error) error {
	conn, err := c.Acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	return f(conn)
}

// BeginTx is the pool's.
func (c *connector) BeginTx(ctx context.Context, options pgx.TxOptions) (pgx.Tx, error) {
	if err := c.gate.pass(ctx); err != nil {
		return nil, err
	}
	tx, err := c.Pool.BeginTx(ctx, options)
	return tx, c.gate.saw(err)
}

// Exec is the pool's.
func (c *connector) Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	if err := c.gate.pass(ctx); err != nil {
		return pgconn.CommandTag{}, err
	}
	tag, err := c.Pool.Exec(ctx, sql, args...)
	return tag, c.gate.saw(err)
}

// Query is the pool's.
func (c *connector) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	if err := c.gate.pass(ctx); err != nil {
		return nil, err
	}
	rows, err := c.Pool.Query(ctx, sql, args...)
	return rows, c.gate.saw(err)
}

// QueryRow is the pool's.
func (c *connector) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	if err := c.gate.pass(ctx); err != nil {
		return failedRow{err}
	}
	return watchedRow{c.Pool.QueryRow(ctx, sql, args...), &c.gate}
}

type failedRow struct{ err error }

func (r failedRow) Scan(...any) error { return r.err }

type watchedRow struct {
	pgx.Row
	gate *gate
}

func (r watchedRow) Scan(into ...any) error { return r.gate.saw(r.Row.Scan(into...)) }

// gate is open until a connection could not be made, and again once one was. While
// there is no connection at all, one caller makes the first.
type gate struct {
	connect func(ctx context.Context) error // makes a connection, or finds one
	idle    func() bool                     // there is one already
	empty   func() bool                     // there is none, not even one in use or in the making

	mu      sync.Mutex
	err     error         // why it is closed; nil: open
	next    time.Time     // when to try again
	ceiling time.Duration // of the next wait
	tried   chan struct{} // closed at the end of the try under way; nil: none is
}

// pass returns when there may be a connection, or else why there is none.
func (g *gate) pass(ctx context.Context) error {
	for first := true; ; first = false {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		g.mu.Lock()
		err, tried, left := g.err, g.tried, time.Until(g.next)
		switch {
		case err == nil && tried == nil && !g.empty() || g.idle():
			g.mu.Unlock()
			return nil
		case !first && tried == nil && left > 0: // a try has just failed
			g.mu.Unlock()
			return err
		case tried == nil && left <= 0:
			g.tried = make(chan struct{})
			g.mu.Unlock()
			if err := g.try(ctx); err != nil && !isConnect(err) {
				return err
			}
			continue
		}
		g.mu.Unlock()
		if err := wait(ctx, tried, left); err != nil {
			return err
		}
	}
}

// wait returns at the end of a try, or without one when it is time for the next.
func wait(ctx context.Context, tried <-chan struct{}, left time.Duration) error {
	var due <-chan time.Time
	if tried == nil {
		timer := time.NewTimer(left)
		defer timer.Stop()
		due = timer.C
	}
	select {
	case <-tried:
	case <-due:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	return nil
}

func (g *gate) try(ctx context.Context) error {
	err := g.connect(ctx)
	g.mu.Lock()
	defer g.mu.Unlock()
	close(g.tried)
	g.tried = nil
	switch {
	case err == nil:
		g.err, g.ceiling = nil, 0
	case isConnect(err):
		g.shut(err)
	default: // the caller's time is over, say, which tells nothing
		g.next = time.Now()
	}
	return err
}

// saw closes the gate if err says that no connection could be made, and returns err.
func (g *gate) saw(err error) error {
	if err == nil || !isConnect(err) {
		return err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.err == nil {
		g.shut(err)
	}
	return err
}

// shut is called with mu held.
func (g *gate) shut(err error) {
	g.ceiling = min(max(g.ceiling*3/2, firstConnect), lastConnect)
	g.err, g.next = err, time.Now().Add(g.ceiling/2+rand.N(g.ceiling/2))
}

// isConnect tells whether no connection could be made.
func isConnect(err error) bool {
	var failed *pgconn.ConnectError
	return errors.As(err, &failed) && !errors.Is(err, context.Canceled)
}
