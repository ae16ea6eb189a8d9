package postgres

import (
	"context"
	"sync/atomic"

	"github.com/jackc/pgx/v5"
)

// queueNames remembers which queues exist. Queues are never removed, so the
// count that each claim returns tells whether the list is complete.
type queueNames struct {
	names atomic.Pointer[[]string]
}

func (q *queueNames) empty() bool { return q.names.Load() == nil }

func (q *queueNames) list() []string {
	if p := q.names.Load(); p != nil {
		return *p
	}
	return nil
}

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
	s.queues.names.Store(&names)
	return nil
}
