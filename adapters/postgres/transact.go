package postgres

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// How often, and after what wait at most, a transaction that clashed with
// another is tried again.
const (
	maxTries  = 5
	clashWait = 20 * time.Millisecond
)

// transact runs f in a transaction with the settings of every transaction, and
// again if it clashed with another.
func (s *Store) transact(ctx context.Context, f func(ctx context.Context, tx pgx.Tx) error) error {
	return s.retry(ctx, func(ctx context.Context) error {
		return pgx.BeginTxFunc(ctx, s.pool, pgx.TxOptions{IsoLevel: pgx.ReadCommitted}, func(tx pgx.Tx) error {
			if _, err := tx.Exec(ctx, s.sql.get("settings"), s.bound, "on", "on"); err != nil {
				return err
			}
			return f(ctx, tx)
		})
	})
}

// look runs f in a read-only transaction that sees one moment. It is among the
// readers of ready before that moment: a slot that was truncated in between would have
// lost the rows that the moment still has.
func (s *Store) look(ctx context.Context, f func(ctx context.Context, tx pgx.Tx) error) error {
	return pgx.BeginTxFunc(ctx, s.pool, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		batch := &pgx.Batch{}
		batch.Queue(s.sql.get("look_lock"))
		batch.Queue(s.sql.get("settings"), s.bound, "on", "on")
		if err := tx.SendBatch(ctx, batch).Close(); err != nil {
			return err
		}
		return f(ctx, tx)
	})
}

// retry runs f again while it clashes, after a random wait.
func (s *Store) retry(ctx context.Context, f func(ctx context.Context) error) error {
	for try := 1; ; try++ {
		err := f(ctx)
		if !isClash(err) || try == maxTries {
			return err
		}
		if !pause(ctx, rand.N(clashWait*time.Duration(try))) {
			return err
		}
	}
}

// pipeline sends a batch on one connection, which goes back to the pool clean or
// not at all.
func (s *Store) pipeline(ctx context.Context, batch *pgx.Batch) error {
	return s.pool.AcquireFunc(ctx, func(conn *pgxpool.Conn) error {
		return conn.SendBatch(ctx, batch).Close()
	})
}

// Statements that frame the transactions in a batch.
const (
	begin  = "BEGIN ISOLATION LEVEL READ COMMITTED"
	commit = "COMMIT"
)
