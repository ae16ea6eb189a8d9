package postgres

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/ports"
)

// TakeDeaths implements ports.Deaths.
func (s *Store) TakeDeaths(ctx context.Context, worker int64, kinds []string, inHand []job.ID, limit int) ([]ports.Death, error) {
	ctx, cancel, err := s.call(ctx)
	if err != nil {
		return nil, translate("take deaths", err)
	}
	defer cancel()
	var out []ports.Death
	err = s.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		rows, err := tx.Query(ctx, s.sql.get("deaths_take"), bucket, worker, list(kinds), limit, uuids(inHand))
		if err != nil {
			return err
		}
		ids, err := collectIDs(rows)
		if err != nil || len(ids) == 0 {
			return err
		}
		out, err = s.deaths(ctx, tx, ids)
		return err
	})
	return out, translate("take deaths", err)
}

// deaths reads the jobs, oldest id first, with their last failures.
func (s *Store) deaths(ctx context.Context, tx pgx.Tx, ids []job.ID) ([]ports.Death, error) {
	records, err := s.get(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	slices.Reverse(records)
	last, err := s.lastFailures(ctx, tx, ids)
	out := make([]ports.Death, len(records))
	for i, r := range records {
		out[i] = ports.Death{Job: r, Failure: last[r.ID]}
	}
	return out, err
}

// lastFailures reads the last failure of each job that has one.
func (s *Store) lastFailures(ctx context.Context, tx pgx.Tx, ids []job.ID) (map[job.ID]*job.Failure, error) {
	rows, err := tx.Query(ctx, s.sql.get("failure_last"), bucket, uuids(ids))
	if err != nil {
		return nil, err
	}
	last := map[job.ID]*job.Failure{}
	var id job.ID
	var f job.Failure
	_, err = pgx.ForEachRow(rows, []any{(*[16]byte)(&id), &f.Attempt, &f.At, &f.Worker, &f.Type, &f.Message, &f.Stack}, func() error {
		failure := f
		failure.At = f.At.UTC()
		last[id] = &failure
		return nil
	})
	return last, err
}

// FinishDeaths implements ports.Deaths.
func (s *Store) FinishDeaths(ctx context.Context, worker int64, deaths []ports.DeathID) error {
	if len(deaths) == 0 {
		return nil
	}
	ids, seqs := make([]job.ID, len(deaths)), make([]int32, len(deaths))
	for i, d := range deaths {
		ids[i], seqs[i] = d.Job, int32(d.Seq)
	}
	ctx, cancel, err := s.call(ctx)
	if err != nil {
		return translate("finish deaths", err)
	}
	defer cancel()
	_, err = s.pool.Exec(ctx, s.sql.get("deaths_finish"), bucket, worker, uuids(ids), seqs)
	return translate("finish deaths", err)
}
