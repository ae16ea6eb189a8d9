package postgres

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
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

// knownQueues are the names at one moment, and their ids. Each claim tells which
// other queues hold jobs, and so whether there are new ones.
type knownQueues struct {
	names []string
	ids   map[int64]bool
}

// knows tells whether all the queues are known.
func (k *knownQueues) knows(ids []int64) bool {
	return !slices.ContainsFunc(ids, func(id int64) bool { return !k.ids[id] })
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
	known := &knownQueues{names: slices.Compact(names), ids: make(map[int64]bool, len(names))}
	for _, id := range nameIDs(known.names) {
		known.ids[id] = true
	}
	s.queues.known.Store(known)
	return nil
}

// nameIDs are the ids of queues or kinds, as the schema's name_hash makes them.
func nameIDs(names []string) []int64 {
	out := make([]int64, len(names))
	for i, name := range names {
		out[i] = nameID(name)
	}
	return out
}

func nameID(name string) int64 {
	sum := sha256.Sum256([]byte(name))
	return int64(binary.BigEndian.Uint64(sum[:8]))
}
