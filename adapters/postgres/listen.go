package postgres

import (
	"context"
	"math/rand/v2"
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

// listen keeps a connection that listens until ctx ends.
func (s *Store) listen(ctx context.Context) {
	ceiling := minBackoff
	for ctx.Err() == nil {
		if s.listenOnce(ctx) {
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

// listenOnce listens on one connection until it is lost; true if it ever did.
func (s *Store) listenOnce(ctx context.Context) bool {
	conn, err := s.dialListener(ctx)
	if err != nil {
		return false
	}
	defer closeSoon(conn)
	if err := bounded(ctx, func(ctx context.Context) error {
		_, err := conn.Exec(ctx, "LISTEN "+pgx.Identifier{s.channel}.Sanitize(), pgx.QueryExecModeSimpleProtocol)
		return err
	}); err != nil {
		return false
	}
	s.hub.tell(ports.Hint{}) // some may have been missed
	for {
		if err := s.hear(ctx, conn); err != nil {
			return true
		}
	}
}

// hear passes on what arrives until it is time for a ping, and pings.
func (s *Store) hear(ctx context.Context, conn *pgx.Conn) error {
	quiet, cancel := context.WithTimeout(ctx, pingEvery)
	defer cancel()
	for {
		n, err := conn.WaitForNotification(quiet)
		switch {
		case err == nil:
			s.heard(n.Payload)
		case ctx.Err() != nil:
			return ctx.Err()
		case quiet.Err() != nil && !conn.IsClosed():
			return bounded(ctx, func(ctx context.Context) error {
				_, err := conn.Exec(ctx, "SELECT 1", pgx.QueryExecModeSimpleProtocol)
				return err
			})
		default:
			return err
		}
	}
}

func (s *Store) heard(payload string) {
	if hint, ok := parseHint(payload); ok {
		s.hub.tell(hint)
	} else {
		s.hub.ignored.Add(1)
	}
}

func (s *Store) dialListener(ctx context.Context) (*pgx.Conn, error) {
	config := s.pool.Config().ConnConfig
	if s.config.ListenDSN != "" {
		var err error
		if config, err = pgx.ParseConfig(s.config.ListenDSN); err != nil {
			return nil, err
		}
	}
	config.OnNotification = nil
	var conn *pgx.Conn
	err := bounded(ctx, func(ctx context.Context) (err error) {
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
