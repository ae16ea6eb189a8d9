package postgres

import (
	"context"
	crand "crypto/rand"
	"errors"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/task-tower/tasktower/ports"
)

// The listening connection is asked for a sign of life every pingEvery and has
// as long to answer. Lost connections are made again after a random wait that
// doubles from minBackoff up to maxBackoff.
const (
	pingEvery  = 5 * time.Second
	minBackoff = 100 * time.Millisecond
	maxBackoff = 5 * time.Second
)

var (
	errDeaf      = errors.New("the listening connection does not answer")
	errSwallowed = errors.New("notifications do not reach the listening connection, as if it went through a transaction " +
		"pooler, which has no use for LISTEN; give it a way around (ListenDSN), or do without notifications (PollOnly)")
)

// listen keeps a connection that listens until ctx ends.
func (s *Store) listen(ctx context.Context) {
	ceiling := minBackoff
	for ctx.Err() == nil {
		listened, err := s.listenOnce(ctx)
		s.hub.hears(ctx, translate("listen", err))
		if listened {
			ceiling = minBackoff
		}
		timer := time.NewTimer(rand.N(ceiling))
		select {
		case <-ctx.Done():
		case <-timer.C:
		}
		timer.Stop()
		ceiling = min(2*ceiling, maxBackoff)
	}
}

// ear is a connection that listens. A pooler may take its LISTEN for an answer and
// swallow what comes of it, so it is tried by a notification of our own: probe is its
// payload until it has arrived, and asked tells that it was sent.
type ear struct {
	conn  *pgx.Conn
	probe string
	asked bool
}

// listenOnce listens on one connection until it is lost, and says why; listened is
// true if it ever did.
func (s *Store) listenOnce(ctx context.Context) (listened bool, err error) {
	conn, err := s.dialListener(ctx)
	if err != nil {
		return false, err
	}
	defer closeSoon(conn)
	if err := bounded(ctx, func(ctx context.Context) error {
		_, err := conn.Exec(ctx, "LISTEN "+pgx.Identifier{s.channel}.Sanitize(), pgx.QueryExecModeSimpleProtocol)
		return err
	}); err != nil {
		return false, err
	}
	s.hub.tell(ports.Hint{}) // some may have been missed
	e := &ear{conn: conn, probe: payloadProbe + crand.Text()}
	for {
		s.ask(ctx, e)
		if err := s.hear(ctx, e); err != nil {
			return true, err
		}
		if e.asked && e.probe != "" {
			s.hub.hears(ctx, translate("listen", errSwallowed))
		}
	}
}

// ask sends the probe, once, on a connection of the pool: what a session itself
// notifies reaches it through a pooler, too. That it fails proves nothing.
func (s *Store) ask(ctx context.Context, e *ear) {
	if e.asked {
		return
	}
	err := bounded(ctx, func(ctx context.Context) error {
		_, err := s.pool.Exec(ctx, s.sql.get("announce"), s.channel, []string{e.probe}, true)
		return err
	})
	e.asked = err == nil
}

// hear passes on what arrives until it is time for a ping, and pings.
func (s *Store) hear(ctx context.Context, e *ear) error {
	quiet, cancel := context.WithTimeout(ctx, pingEvery)
	defer cancel()
	for {
		n, err := e.conn.WaitForNotification(quiet)
		switch {
		case err == nil && e.probe != "" && n.Payload == e.probe:
			e.probe = ""
			s.hub.hears(ctx, nil)
		case err == nil:
			s.heard(n.Payload)
		case ctx.Err() != nil:
			return ctx.Err()
		case quiet.Err() != nil && !e.conn.IsClosed():
			return bounded(ctx, func(ctx context.Context) error {
				_, err := e.conn.Exec(ctx, "SELECT 1", pgx.QueryExecModeSimpleProtocol)
				return err
			})
		default:
			return err
		}
	}
}

func (s *Store) heard(payload string) {
	hint, ok := parseHint(payload)
	switch {
	case ok:
		s.hub.tell(hint)
	case !strings.HasPrefix(payload, payloadProbe): // another listener's
		s.hub.ignored.Add(1)
	}
}

func (s *Store) dialListener(ctx context.Context) (conn *pgx.Conn, err error) {
	err = bounded(ctx, func(ctx context.Context) error {
		if s.config.ListenDSN == "" { // a connection like those of the pool
			if err := s.pool.gate.pass(ctx); err != nil {
				return err
			}
			config := s.pool.Config().ConnConfig
			config.OnNotification = nil
			conn, err = s.pool.dial(ctx, config)
			return s.pool.gate.saw(err)
		}
		config, err := pgx.ParseConfig(s.config.ListenDSN)
		if err != nil {
			return err
		}
		conn, err = pgx.ConnectConfig(ctx, config)
		return err
	})
	return conn, err
}

// bounded gives f as long as a ping may take.
func bounded(ctx context.Context, f func(ctx context.Context) error) error {
	ctx, cancel := context.WithTimeoutCause(ctx, pingEvery, errDeaf)
	defer cancel()
	return f(ctx)
}

// closeSoon ends a connection that may not answer any more.
func closeSoon(conn *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = conn.Close(ctx) // it is gone one way or the other
}
