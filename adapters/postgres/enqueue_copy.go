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
	lanes := lanesOf(specs)
	queues, kinds := namesOf(lanes)
	var direct, quiet string
	batch := &pgx.Batch{}
	batch.Queue(begin)
	batch.Queue(s.sql.get("settings"), s.bound, "on", "on")
	batch.Queue(s.sql.get("enqueue_begin"), queues, kinds).
		QueryRow(func(row pgx.Row) error { return row.Scan(&at, &direct, &quiet) })
	if err := conn.SendBatch(ctx, batch).Close(); err != nil {
		return at, err
	}
	at = at.UTC()
	row := func(b copyBuffer, i int) copyBuffer { return b.spec(specs[i], at) }
	whole := direct != "on" // the trigger puts those of one COPY in line
	if err := copyIn(ctx, conn, s.sql.get("enqueue_copy"), len(specs), whole, row); err != nil {
		return at, err
	}
	batch = &pgx.Batch{}
	if direct == "on" {
		for _, l := range lanes {
			batch.Queue(s.sql.get("enqueue_ready"), bucket, nameID(l.queue), nameID(l.kind), l.priority, l.ids)
		}
	}
	batch.Queue(commit)
	return at, conn.SendBatch(ctx, batch).Close()
}

// lane is jobs of one queue, kind and priority.
type lane struct {
	queue, kind string
	priority    int16
	ids         []pgtype.UUID
}

// maxLanes is how many lanes are made ready one by one; more of them are cheaper by the trigger.
const maxLanes = 8

// lanesOf divides specs; nil: the trigger has to look at them.
func lanesOf(specs []*job.Spec) []lane {
	if !due(specs) {
		return nil
	}
	var out []lane
	at := -1
	for _, s := range specs {
		is := func(l lane) bool { return l.queue == s.Queue && l.kind == s.Kind && l.priority == s.Priority }
		if at < 0 || !is(out[at]) {
			if at = slices.IndexFunc(out, is); at < 0 {
				if len(out) == maxLanes {
					return nil
				}
				out = append(out, lane{queue: s.Queue, kind: s.Kind, priority: s.Priority})
				at = len(out) - 1
			}
		}
		out[at].ids = append(out[at].ids, uuid(s.ID))
	}
	for _, l := range out {
		slices.SortFunc(l.ids, func(a, b pgtype.UUID) int { return bytes.Compare(a.Bytes[:], b.Bytes[:]) })
	}
	return out
}

func namesOf(lanes []lane) (queues, kinds []string) {
	queues, kinds = make([]string, len(lanes)), make([]string, len(lanes))
	for i, l := range lanes {
		queues[i], kinds[i] = l.queue, l.kind
	}
	return queues, kinds
}
