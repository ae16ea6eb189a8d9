package postgres

import (
	"context"
	"slices"
	"sync/atomic"

	"github.com/jackc/pgx/v5"
)

// queueNames remembers which queues exist.
type queueNames struct {
	known atomic.Pointer[knownQueues]
}

// knownQueues are the names at one moment. Rows of queues are never removed, so
// the count that each claim returns tells whether the list is complete.
type knownQueues struct {
	names []string
	rows  int64
}

// list returns nil before the names were ever read.
func (q *queueNames) list() *knownQueues { return q.known.Load() }

// readQueues learns which queues exist.
func (s *Store) readQueues(ctx context.Context) error {
	rows, err := s.pool.Query(ctx, s.sql.get("queues_known"))
	if err != nil {
		return err
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return err
	}
	count := int64(len(names))
	s.queues.known.Store(&knownQueues{names: slices.Compact(names), rows: count})
	return nil
}
