package postgres

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/task-tower/tasktower/core/job"
)

// Retain implements ports.Pruner. What changes is applied to jobs that ended
// long ago as well.
func (s *Store) Retain(ctx context.Context, kinds map[string]job.Retention) error {
	ctx, cancel, err := s.call(ctx)
	if err != nil {
		return translate("retain", err)
	}
	defer cancel()
	names := slices.Sorted(maps.Keys(kinds))
	var completed, cancelled, dead []*int64
	for _, name := range names {
		r := kinds[name]
		completed, cancelled, dead = append(completed, lasting(r.Completed)), append(cancelled, lasting(r.Cancelled)), append(dead, lasting(r.Dead))
	}
	err = s.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, s.sql.get("retain"), list(names), completed, cancelled, dead)
		if err != nil || tag.RowsAffected() == 0 {
			return err
		}
		_, err = tx.Exec(ctx, s.sql.get("prune_restart"), bucket)
		return err
	})
	return translate("retain", err)
}

// lasting is a time in microseconds; nil: for ever.
func lasting(d time.Duration) *int64 {
	if d < 0 {
		return nil
	}
	us := d.Microseconds()
	return &us
}

// retentions are how long jobs are kept, by kind; see ports.Pruner.
type retentions map[string]job.Retention

func (s *Store) retentions(ctx context.Context, tx pgx.Tx) (retentions, error) {
	rows, err := tx.Query(ctx, s.sql.get("retentions"))
	if err != nil {
		return nil, err
	}
	out := retentions{"": job.DefaultRetention()}
	var kind string
	var completed, cancelled, dead *int64
	_, err = pgx.ForEachRow(rows, []any{&kind, &completed, &cancelled, &dead}, func() error {
		out[kind] = job.Retention{Completed: lasts(completed), Cancelled: lasts(cancelled), Dead: lasts(dead)}
		return nil
	})
	return out, err
}

func lasts(us *int64) time.Duration {
	if us == nil {
		return job.KeepForever
	}
	return micros(*us)
}

func (k retentions) of(kind string) job.Retention {
	if r, ok := k[kind]; ok {
		return r
	}
	return k[""]
}

// shortest is the least time after which any job may go; negative if none may.
func (k retentions) shortest() time.Duration {
	least := job.KeepForever
	for _, r := range k {
		if d := r.Shortest(); d >= 0 && (least < 0 || d < least) {
			least = d
		}
	}
	return least
}

// longest is the longest time that ends, at least the default's.
func (k retentions) longest() time.Duration {
	most := job.DefaultRetention().Longest()
	for _, r := range k {
		most = max(most, r.Longest())
	}
	return most
}
