package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/task-tower/tasktower/core/job"
)

// listFiles names the statement that selects the jobs of a state: it starts from
// the table of that state.
var listFiles = map[job.State]string{
	"":             "list_any",
	job.Scheduled:  "list_later",
	job.Enqueued:   "list_enqueued",
	job.Processing: "list_processing",
	job.Retrying:   "list_later",
	job.Completed:  "list_completed",
	job.Cancelled:  "list_ended",
	job.Dead:       "list_ended",
}

// List implements ports.Inspector.
func (s *Store) List(ctx context.Context, f job.Filter) (job.Page, error) {
	if err := f.Check(); err != nil {
		return job.Page{}, translate("list", err)
	}
	after, err := f.Start()
	if err != nil {
		return job.Page{}, translate("list", err)
	}
	var out job.Page
	err = s.inspect(ctx, "list", func(ctx context.Context, tx pgx.Tx) error {
		rows, err := tx.Query(ctx, s.sql.get(listFiles[f.State]), bucket, known(after), floor(f.From), floor(f.To),
			some(f.Kinds), some(f.Queues), some(f.Tags), someIDs(f.IDs), f.MinPriority, f.MaxPriority, f.Limit+1, code(states, f.State))
		if err != nil {
			return err
		}
		ids, err := collectIDs(rows)
		if err != nil || len(ids) == 0 {
			return err
		}
		if len(ids) > f.Limit {
			ids = ids[:f.Limit]
			out.Next = f.CursorAfter(ids[f.Limit-1])
		}
		out.Jobs, err = s.get(ctx, tx, ids)
		return err
	})
	return out, err
}

// floor is the lowest id of a moment's millisecond; null for the zero time.
func floor(t time.Time) pgtype.UUID {
	if t.IsZero() {
		return pgtype.UUID{}
	}
	ms := max(t.UnixMilli(), 0)
	var id job.ID
	for i := range 6 {
		id[5-i] = byte(ms >> (8 * i))
	}
	return uuid(id)
}

// known is null for the zero id.
func known(id job.ID) pgtype.UUID { return pgtype.UUID{Bytes: id, Valid: !id.IsZero()} }

// some is null for an empty list.
func some(list []string) []string {
	if len(list) == 0 {
		return nil
	}
	return list
}

func someIDs(ids []job.ID) []pgtype.UUID {
	if len(ids) == 0 {
		return nil
	}
	return uuids(ids)
}
