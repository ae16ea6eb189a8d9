package postgres

import (
	"bytes"
	"context"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/ports"
)

// enqueueByCopy stores many specs without unique keys in a transaction of its own,
// in few round trips. That their JSON is JSON the server finds out; only if it does
// not like something it is looked for here.
func (s *Store) enqueueByCopy(ctx context.Context, specs []*job.Spec) (ports.Enqueued, error) {
	bounded, cancel, err := s.call(ctx)
	if err != nil {
		return ports.Enqueued{}, err
	}
	defer cancel()
	var at time.Time
	err = s.retry(bounded, func(ctx context.Context) error {
		return s.pool.AcquireFunc(ctx, func(conn *pgxpool.Conn) (err error) {
			at, err = s.copySpecs(ctx, conn.Conn(), specs)
			if err != nil && conn.Conn().PgConn().TxStatus() != 'I' {
				_, _ = conn.Exec(ctx, "ROLLBACK") // if that fails too, the pool drops the connection
			}
			return err
		})
	})
	switch {
	case err == nil:
		s.tell(dueHints(specs))
		return ports.Enqueued{At: at}, nil
	case isData(err):
		if bad := checkJSON(specs); bad != nil {
			err = bad
		}
	case isTaken(err): // perhaps by an earlier try of the same call
		return s.enqueueAlone(ctx, specs)
	}
	return ports.Enqueued{}, err
}

func (s *Store) copySpecs(ctx context.Context, conn *pgx.Conn, specs []*job.Spec) (at time.Time, err error) {
	sorts := sortsOf(specs)
	var direct, quiet string
	batch := &pgx.Batch{}
	batch.Queue(begin)
	batch.Queue(s.sql.get("settings"), s.bound, "on", "on")
	batch.Queue(s.sql.get("enqueue_begin"), queuesOf(sorts), kindsOf(sorts)).
		QueryRow(func(row pgx.Row) error { return row.Scan(&at, &direct, &quiet) })
	if err := conn.SendBatch(ctx, batch).Close(); err != nil {
		return at, err
	}
	at = at.UTC()
	most := len(specs) // the trigger puts those of one COPY in line
	if direct == "on" {
		most = copyJobs
	}
	row := func(b copyBuffer, i int) copyBuffer { return b.spec(specs[i], at) }
	if err := copyIn(ctx, conn, s.sql.get("enqueue_copy"), len(specs), most, row); err != nil {
		return at, err
	}
	batch = &pgx.Batch{}
	if direct == "on" {
		for _, sort := range sorts {
			batch.Queue(s.sql.get("enqueue_ready"), bucket, nameID(sort.queue), nameID(sort.kind), sort.priority, sort.ids)
		}
	}
	batch.Queue(commit)
	return at, conn.SendBatch(ctx, batch).Close()
}

// copyJobs is how many jobs go into one COPY: it is faster by small ones, which server and client pass
// on without waiting for each other.
const copyJobs = 500

// sort is jobs of one queue, kind and priority.
type sort struct {
	queue, kind string
	priority    int16
	ids         []pgtype.UUID
}

// maxSorts is how many sorts are made ready one by one; more of them are cheaper by the trigger.
const maxSorts = 8

// sortsOf divides specs; nil: the trigger has to look at them.
func sortsOf(specs []*job.Spec) []sort {
	if !due(specs) {
		return nil
	}
	var out []sort
	at := -1
	for _, s := range specs {
		is := func(o sort) bool { return o.queue == s.Queue && o.kind == s.Kind && o.priority == s.Priority }
		if at < 0 || !is(out[at]) {
			if at = slices.IndexFunc(out, is); at < 0 {
				if len(out) == maxSorts {
					return nil
				}
				out = append(out, sort{queue: s.Queue, kind: s.Kind, priority: s.Priority, ids: make([]pgtype.UUID, 0, len(specs))})
				at = len(out) - 1
			}
		}
		out[at].ids = append(out[at].ids, uuid(s.ID))
	}
	for _, o := range out {
		slices.SortFunc(o.ids, func(a, b pgtype.UUID) int { return bytes.Compare(a.Bytes[:], b.Bytes[:]) })
	}
	return out
}

func queuesOf(sorts []sort) []string {
	out := make([]string, len(sorts))
	for i, s := range sorts {
		out[i] = s.queue
	}
	return out
}

func kindsOf(sorts []sort) []string {
	out := make([]string, len(sorts))
	for i, s := range sorts {
		out[i] = s.kind
	}
	return out
}
