package postgres

import (
	"cmp"
	"context"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/task-tower/tasktower/core/job"
)

// Lost implements ports.Rescuer. What is held and the facts of it are of one
// moment: between two, another rescuer may settle a job and a living worker claim
// it, and its lease would then pass for a lost one.
func (s *Store) Lost(ctx context.Context, limit int, busy ...job.Lease) ([]*job.Record, error) {
	ctx, cancel, err := s.call(ctx)
	if err != nil {
		return nil, translate("lost", err)
	}
	defer cancel()
	if err := s.giveUp(ctx); err != nil {
		return nil, translate("lost", err)
	}
	var out []*job.Record
	err = s.look(ctx, func(ctx context.Context, tx pgx.Tx) error {
		rows, err := tx.Query(ctx, s.sql.get("lost"), bucket, max(limit, 0), leaseIDs(busy))
		if err != nil {
			return err
		}
		ids, err := collectIDs(rows)
		if err != nil || len(ids) == 0 {
			return err
		}
		out, err = s.get(ctx, tx, ids)
		return err
	})
	slices.SortFunc(out, func(a, b *job.Record) int {
		return cmp.Or(cmp.Compare(a.Lease, b.Lease), a.ID.Compare(b.ID))
	})
	return out, translate("lost", err)
}

func leaseIDs(leases []job.Lease) []int64 {
	out := make([]int64, len(leases))
	for i, l := range leases {
		out[i] = int64(l)
	}
	return out
}

// giveUp ends the lives of workers that did not renew them. It waits for claims
// under way, which have seen their workers alive, so that none of them commits
// after it.
func (s *Store) giveUp(ctx context.Context) error {
	if late, err := s.wanted(ctx, "worker_late"); err != nil || !late {
		return err
	}
	return s.inBucket(ctx, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, s.sql.get("worker_give_up"))
		return err
	}, anyway)
}
