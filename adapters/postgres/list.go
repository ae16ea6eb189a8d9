package postgres

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/task-tower/tasktower/core/job"
)

// Bounds of one page, so that a list answers soon whatever the tables hold. A page
// that they cut short has a Next all the same.
const (
	maxLook   = 20_000 // jobs or ends that a statement looks at
	maxLooked = 5_000  // jobs whose whole records are looked at
	maxFew    = 5_000  // waiting jobs, beyond which they are not read all
)

// List implements ports.Inspector. It starts from the table of the state; if too many
// jobs wait to be put in order, from the newest jobs.
func (s *Store) List(ctx context.Context, f job.Filter) (job.Page, error) {
	if err := f.Check(); err != nil {
		return job.Page{}, translate("list", err)
	}
	after, err := f.Start()
	if err != nil {
		return job.Page{}, translate("list", err)
	}
	l := &lister{store: s, filter: f, below: lastID, from: firstID(f.From)}
	if !f.To.IsZero() {
		l.below = firstID(f.To)
	}
	if !after.IsZero() && after.Compare(l.below) < 0 {
		l.below = after
	}
	var out job.Page
	err = s.inspect(ctx, "list", func(ctx context.Context, tx pgx.Tx) error {
		l.tx = tx
		out, err = l.page(ctx)
		return err
	})
	return out, err
}

// lister makes one page: jobs below one id and from another on.
type lister struct {
	store  *Store
	tx     pgx.Tx
	filter job.Filter
	below  job.ID
	from   job.ID
}

func (l *lister) page(ctx context.Context) (job.Page, error) {
	switch f := l.filter; {
	case len(f.IDs) > 0:
		return l.named(ctx)
	case f.State == job.Enqueued, f.State == job.Scheduled, f.State == job.Retrying:
		crowd := false
		err := l.tx.QueryRow(ctx, l.store.sql.get("list_crowd"), bucket, maxFew, f.State == job.Enqueued).Scan(&crowd)
		if err != nil || crowd {
			return l.among(ctx, err)
		}
	}
	ids, floor, err := l.look(ctx, l.filter.State, l.filter.Limit+1)
	if err != nil {
		return job.Page{}, err
	}
	return l.cut(ctx, ids, floor)
}

// named is the page of a filter that names ids: no more than fit on one.
func (l *lister) named(ctx context.Context) (job.Page, error) {
	ids := slices.Clone(l.filter.IDs)
	slices.SortFunc(ids, job.ID.Compare)
	found, err := l.store.get(ctx, l.tx, slices.Compact(ids))
	if err != nil {
		return job.Page{}, err
	}
	page := job.Page{Jobs: slices.DeleteFunc(found, func(r *job.Record) bool {
		return r.ID.Compare(l.below) >= 0 || !l.filter.Matches(r)
	})}
	if len(page.Jobs) > l.filter.Limit {
		page.Jobs = page.Jobs[:l.filter.Limit]
		page.Next = l.filter.CursorAfter(page.Jobs[l.filter.Limit-1].ID)
	}
	return page, nil
}

// among looks at the records of the newest jobs, some at a time.
func (l *lister) among(ctx context.Context, err error) (job.Page, error) {
	var page job.Page
	for looked := 0; err == nil; {
		var ids []job.ID
		var floor job.ID
		if ids, floor, err = l.look(ctx, "", job.MaxListLimit); err != nil {
			break
		}
		var found []*job.Record
		if found, err = l.store.get(ctx, l.tx, ids); err != nil {
			break
		}
		for _, r := range found {
			if !l.filter.Matches(r) {
				continue
			}
			if len(page.Jobs) == l.filter.Limit {
				page.Next = l.filter.CursorAfter(page.Jobs[l.filter.Limit-1].ID)
				return page, nil
			}
			page.Jobs = append(page.Jobs, r)
		}
		switch looked += len(ids); {
		case len(ids) == job.MaxListLimit:
			l.below = ids[len(ids)-1]
		case floor.IsZero():
			return page, nil
		default:
			l.below, looked = floor, maxLooked
		}
		if looked >= maxLooked {
			page.Next = l.filter.CursorAfter(l.below)
			return page, nil
		}
	}
	return job.Page{}, err
}

// look selects up to limit ids. If fewer were found because it looked at no more
// jobs, floor is the last one that it looked at.
func (l *lister) look(ctx context.Context, state job.State, limit int) (ids []job.ID, floor job.ID, err error) {
	f, sql := l.filter, l.store.sql
	args := []any{bucket, uuid(l.below), uuid(l.from), some(f.Kinds), some(f.Queues), some(f.Tags), f.MinPriority, f.MaxPriority, limit}
	name, floorName, floorArgs := "", "", []any{bucket, uuid(l.below), uuid(l.from), maxLook}
	switch state {
	case "":
		name, floorName, args = "list_any", "list_floor", append(args, maxLook)
	case job.Completed:
		name, floorName, args = "list_completed", "list_floor", append(args, maxLook)
	case job.Cancelled, job.Dead:
		name, floorName, args = "list_ended", "list_floor_ended", append(args, code(states, state), maxLook)
		floorArgs = append(floorArgs, code(states, state))
	case job.Enqueued:
		name = "list_enqueued"
	case job.Processing:
		name = "list_processing"
	default:
		name, args = "list_later", append(args, code(states, state))
	}
	rows, err := l.tx.Query(ctx, sql.get(name), args...)
	if err != nil {
		return nil, floor, err
	}
	if ids, err = collectIDs(rows); err != nil || len(ids) == limit || floorName == "" {
		return ids, floor, err
	}
	err = l.tx.QueryRow(ctx, sql.get(floorName), floorArgs...).Scan((*[16]byte)(&floor))
	if errors.Is(err, pgx.ErrNoRows) {
		err = nil
	}
	return ids, floor, err
}

// cut makes a page of up to one id too many.
func (l *lister) cut(ctx context.Context, ids []job.ID, floor job.ID) (page job.Page, err error) {
	switch limit := l.filter.Limit; {
	case len(ids) > limit:
		ids = ids[:limit]
		page.Next = l.filter.CursorAfter(ids[limit-1])
	case !floor.IsZero():
		page.Next = l.filter.CursorAfter(floor)
	}
	if len(ids) > 0 {
		page.Jobs, err = l.store.get(ctx, l.tx, ids)
	}
	return page, err
}

// firstID is the lowest id of a moment's millisecond; the lowest of all for the zero time.
func firstID(t time.Time) (id job.ID) {
	if t.IsZero() {
		return id
	}
	ms := max(t.UnixMilli(), 0)
	for i := range 6 {
		id[5-i] = byte(ms >> (8 * i))
	}
	return id
}

// some is null for an empty list.
func some(list []string) []string {
	if len(list) == 0 {
		return nil
	}
	return list
}
