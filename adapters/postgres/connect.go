package postgres

import (
	"context"
	"errors"
	"fmt"
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
	// ownAfter is how long a worker's sign of life waits for a connection of the pool.
	ownAfter = time.Second
	// lookAgain is how often who waits asks whether a connection has come free.
	lookAgain = 50 * time.Millisecond
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
	c.gate.made = func() bool {
		is := pool.Stat()
		return is.IdleConns() > 0 || is.TotalConns() == is.MaxConns()
	}
	c.gate.empty = func() bool { return pool.Stat().TotalConns() == 0 }
	return c
}

// Acquire is the pool's.
func (c *connector) Acquire(ctx context.Context) (*pgxpool.Conn, error) {
	if err := c.gate.pass(ctx); err != nil {
		return nil, err
	}
	conn, err := c.Pool.Acquire(ctx)
	return conn, c.saw(err)
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
	return tx, c.saw(err)
}

// Exec is the pool's.
func (c *connector) Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	if err := c.gate.pass(ctx); err != nil {
		return pgconn.CommandTag{}, err
	}
	tag, err := c.Pool.Exec(ctx, sql, args...)
	return tag, c.saw(err)
}

// Query is the pool's.
func (c *connector) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	if err := c.gate.pass(ctx); err != nil {
		return nil, err
	}
	rows, err := c.Pool.Query(ctx, sql, args...)
	return rows, c.saw(err)
}

// QueryRow is the pool's.
func (c *connector) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	if err := c.gate.pass(ctx); err != nil {
		return failedRow{err}
	}
	return watchedRow{c.Pool.QueryRow(ctx, sql, args...), c}
}

type failedRow struct{ err error }

func (r failedRow) Scan(...any) error { return r.err }

type watchedRow struct {
	pgx.Row
	pool *connector
}

func (r watchedRow) Scan(into ...any) error { return r.pool.saw(r.Row.Scan(into...)) }

// saw is the gate's, and says so if what was missing is a free connection.
func (c *connector) saw(err error) error {
	if c.busy(err) {
		return fmt.Errorf("all %d connections of the pool were in use, raise pool_max_conns: %w", c.Pool.Stat().MaxConns(), err)
	}
	return c.gate.saw(err)
}

// busy tells whether a call ended with err because no connection came free in time.
func (c *connector) busy(err error) bool {
	is := c.Pool.Stat
	return err == context.DeadlineExceeded && is().AcquiredConns() == is().MaxConns() // the pool's own, which it does not wrap
}

// alive sends a batch on a connection of the pool or, if none comes free in time, on
// one of its own: handlers may keep all of them, which must not cost a worker its life.
func (c *connector) alive(ctx context.Context, batch *pgx.Batch) error {
	limit := ownAfter
	if deadline, ok := ctx.Deadline(); ok {
		limit = min(limit, time.Until(deadline)/2)
	}
	waiting, cancel := context.WithTimeout(ctx, limit)
	conn, err := c.Acquire(waiting)
	cancel()
	switch {
	case err == nil:
		defer conn.Release()
		return conn.SendBatch(ctx, batch).Close()
	case ctx.Err() != nil || !errors.Is(err, context.DeadlineExceeded) || c.gate.closed():
		return err
	}
	own, err := c.dial(ctx, c.Config().ConnConfig)
	if err != nil {
		return err
	}
	defer closeSoon(own)
	return own.SendBatch(ctx, batch).Close()
}

// dial makes a connection outside the pool, as the pool would.
func (c *connector) dial(ctx context.Context, config *pgx.ConnConfig) (*pgx.Conn, error) {
	if prepare := c.Config().BeforeConnect; prepare != nil {
		if err := prepare(ctx, config); err != nil {
			return nil, err
		}
	}
	return pgx.ConnectConfig(ctx, config)
}

// gate is open until a connection could not be made, and again once one was. While
// there is no connection at all, one caller makes the first.
type gate struct {
	connect func(ctx context.Context) error // makes a connection, or finds one
	made    func() bool                     // nobody has to make one: there is one, or the pool is full
	empty   func() bool                     // there is none, not even one in use or in the making

	mu      sync.Mutex
	err     error         // why it is closed; nil: open
	next    time.Time     // when to try again
	ceiling time.Duration // of the next wait
	tried   chan struct{} // closed at the end of the try under way; nil: none is
}

// pass returns when there may be a connection, or else why there is none.
func (g *gate) pass(ctx context.Context) error {
	for seen := (<-chan struct{})(nil); ; {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		g.mu.Lock()
		err, tried, left := g.err, g.tried, time.Until(g.next)
		switch {
		case err == nil && tried == nil && !g.empty() || g.made():
			g.mu.Unlock()
			return nil
		case seen != nil && tried != seen: // a try that this call saw under way has failed
			g.mu.Unlock()
			return err
		case tried == nil && left <= 0:
			g.tried = make(chan struct{})
			g.mu.Unlock()
			if err := g.try(ctx); err != nil {
				return err
			}
			continue
		}
		g.mu.Unlock()
		seen = tried
		if err := wait(ctx, tried, left); err != nil {
			return err
		}
	}
}

// wait returns at the end of a try, or without one when it is time for the next, or
// after lookAgain.
func wait(ctx context.Context, tried <-chan struct{}, left time.Duration) error {
	if tried != nil {
		left = lookAgain
	}
	timer := time.NewTimer(min(left, lookAgain))
	defer timer.Stop()
	select {
	case <-tried:
	case <-timer.C:
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

// closed tells whether connections cannot be made.
func (g *gate) closed() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.err != nil
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
