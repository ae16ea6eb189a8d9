package postgres

import (
	"context"
	"slices"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/task-tower/tasktower/core/job"
)

// queueNames remembers which queues exist.
type queueNames struct {
	known atomic.Pointer[knownQueues]
	until atomic.Int64 // Unix milliseconds, until when claims read the names first
}

// expectFor is how long claims look for a queue that this process has just
// enqueued to for the first time: its transaction may still have to commit.
const expectFor = 2 * time.Second

// expect takes note of queues that may be new.
func (q *queueNames) expect(specs []*job.Spec) {
	known := q.list()
	if known == nil {
		return
	}
	for _, spec := range specs {
		if _, found := slices.BinarySearch(known.names, spec.Queue); !found {
			q.until.Store(time.Now().Add(expectFor).UnixMilli())
			return
		}
	}
}

// expecting tells whether a new queue may have come.
func (q *queueNames) expecting() bool { return time.Now().UnixMilli() < q.until.Load() }

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
