package postgres

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/core/queue"
	"github.com/task-tower/tasktower/ports"
)

// Claim implements ports.Claimer.
//
// The claim and the reading of what it got travel in one round trip, in two
// transactions: a client that stops reading must not hold the lock of the bucket.
// If the plan serves queues it does not name and one of them is new, a claim that
// came back short is made again.
func (s *Store) Claim(ctx context.Context, req ports.ClaimRequest) ([]*job.Record, error) {
	ctx, cancel, err := s.call(ctx)
	if err != nil {
		return nil, translate("claim", err)
	}
	defer cancel()
	jobs, err := s.claim(ctx, req)
	s.lanes.serve(jobs)
	return jobs, translate("claim", err)
}

func (s *Store) claim(ctx context.Context, req ports.ClaimRequest) ([]*job.Record, error) {
	rest := req.Plan.Rest == queue.RestAlphaNumeric || req.Plan.Rest == queue.RestByAge
	if s.queues.list() == nil || rest && s.queues.expecting() {
		if err := s.readQueues(ctx); err != nil {
			return nil, err
		}
	}
	for again := true; ; again = false {
		known := s.queues.list()
		got, err := s.claimOnce(ctx, req, known.names)
		if err != nil || !rest || known.knows(got.others) {
			return got.jobs, err
		}
		if err := s.readQueues(ctx); err != nil || len(got.jobs) > 0 || !again {
			return got.jobs, nil // what was claimed must be returned; the next claim knows
		}
	}
}

// claimed is the answer to one try.
type claimed struct {
	jobs   []*job.Record
	others []int64 // queues that hold jobs and were not asked for
}

func (s *Store) claimOnce(ctx context.Context, req ports.ClaimRequest, known []string) (claimed, error) {
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return claimed{}, err
	}
	defer conn.Release()
	if len(req.Plan.Caps) > 0 {
		return s.claimCapped(ctx, conn, req, known)
	}
	batch := &pgx.Batch{}
	var out claimed
	read := &claimedRead{lease: req.Lease}
	batch.Queue(begin)
	batch.Queue(s.sql.get("claim_begin"), s.bound, s.class, bucket, bucketPatience)
	s.queueVisits(batch, req, req.Plan.Walk(req.Limit, known, req.Queues, nil), &read.worker, &out.others)
	batch.Queue(commit)
	out.jobs, err = s.readClaimed(ctx, conn.Conn(), batch, read)
	return out, err
}

// claimCapped counts what is processing of the capped queues under the lock, so
// it takes a round trip more while it holds it.
func (s *Store) claimCapped(ctx context.Context, conn *pgxpool.Conn, req ports.ClaimRequest, known []string) (claimed, error) {
	var out claimed
	read := &claimedRead{lease: req.Lease}
	err := pgx.BeginTxFunc(ctx, conn, pgx.TxOptions{IsoLevel: pgx.ReadCommitted}, func(tx pgx.Tx) error {
		processing := map[string]int{}
		batch := &pgx.Batch{}
		batch.Queue(s.sql.get("claim_begin"), s.bound, s.class, bucket, bucketPatience)
		batch.Queue(s.sql.get("claim_processing"), bucket, capped(req.Plan)).Query(func(rows pgx.Rows) error {
			var name string
			var jobs int
			_, err := pgx.ForEachRow(rows, []any{&name, &jobs}, func() error {
				processing[name] = jobs
				return nil
			})
			return err
		})
		if err := tx.SendBatch(ctx, batch).Close(); err != nil {
			return err
		}
		visits := &pgx.Batch{}
		plan := req.Plan.WithCaps(processing)
		s.queueVisits(visits, req, plan.Walk(req.Limit, known, req.Queues, nil), &read.worker, &out.others)
		return tx.SendBatch(ctx, visits).Close()
	})
	if err != nil {
		return claimed{}, err
	}
	out.jobs, err = s.readClaimed(ctx, conn.Conn(), &pgx.Batch{}, read)
	return out, err
}

// Recall implements ports.Claimer.
func (s *Store) Recall(ctx context.Context, lease job.Lease) ([]*job.Record, error) {
	ctx, cancel, err := s.call(ctx)
	if err != nil {
		return nil, translate("recall", err)
	}
	defer cancel()
	var settled []pgtype.UUID
	read := &claimedRead{lease: lease}
	batch := &pgx.Batch{}
	batch.Queue(begin)
	batch.Queue(s.sql.get("claim_begin"), s.bound, s.class, bucket, bucketPatience)
	batch.Queue(s.sql.get("recall"), bucket, int64(lease)).QueryRow(func(row pgx.Row) error {
		err := row.Scan(&read.worker, &settled)
		if errors.Is(err, pgx.ErrNoRows) {
			return fmt.Errorf("worker %d is not live: %w", lease.Worker(), job.ErrLeaseLost)
		}
		return err
	})
	batch.Queue(commit)
	s.queueRead(batch, read, false) // whatever kept the claim from being read
	if err := s.pipeline(ctx, batch); err != nil {
		return nil, translate("recall", err)
	}
	return slices.DeleteFunc(read.jobs, func(r *job.Record) bool { return slices.Contains(settled, uuid(r.ID)) }), nil
}

func capped(p queue.Plan) []string {
	names := make([]string, 0, len(p.Caps))
	for name := range p.Caps {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// queueVisits adds the statements that take what the visits say. Neighbours that
// one statement can serve share it. Each statement sees what the ones before it
// took, so a job is taken once.
func (s *Store) queueVisits(batch *pgx.Batch, req ports.ClaimRequest, visits []queue.Visit, worker *string, others *[]int64) {
	given, first := s.lanes.list(), true
	put := func(name string, args ...any) {
		follow := first && len(given.queues) > 0 // what others take may not be committed
		first = false
		args = append(args, given.queues, given.kinds, given.ranks, given.floors)
		batch.Queue(s.sql.get(name), args...).QueryRow(func(row pgx.Row) error {
			var id *string
			var taken int64
			var found []int64
			var now time.Time
			var heads []pgtype.Timestamptz
			if err := row.Scan(&id, &taken, &found, &now, &heads); err != nil {
				return err
			}
			if follow {
				s.lanes.follow(given, now, heads)
				s.lookSoon()
			}
			*others = append(*others, found...)
			if id == nil {
				return fmt.Errorf("worker %d is not live, or its claim was recalled: %w", req.Lease.Worker(), job.ErrLeaseLost)
			}
			*worker = *id
			return nil
		})
	}
	var run simpleRun
	flush := func() {
		put("claim", bucket, int64(req.Lease), req.Limit, nameIDs(req.Kinds), nameIDs(run.queues),
			run.quotas, run.skips, mostCrashes(req))
		run = simpleRun{}
	}
	for _, v := range visits {
		if isSimple(v) {
			run.add(v)
			continue
		}
		if len(run.queues) > 0 {
			flush()
		}
		most := make([]int32, len(v.Most))
		for i, m := range v.Most {
			most[i] = int32(m)
		}
		put("claim_merged", bucket, int64(req.Lease), req.Limit, nameIDs(req.Kinds), nameIDs(v.Queues), most,
			v.Quota, mostCrashes(req), v.Order == queue.ByAge, v.MinWaitMicros)
	}
	if len(run.queues) > 0 || len(visits) == 0 {
		flush() // with nothing to visit it still tells whether the worker is live
	}
}

// mostCrashes is how many crashes a job may have that the request takes.
func mostCrashes(req ports.ClaimRequest) int16 {
	if req.NoSuspects {
		return 0
	}
	return math.MaxInt16
}

// isSimple tells whether claim.sql can serve a visit.
func isSimple(v queue.Visit) bool {
	return len(v.Queues) == 1 && v.Order == queue.ByPriority && v.MinWaitMicros == 0
}

// simpleRun is a row of visits that share one statement.
type simpleRun struct {
	queues []string
	quotas []int32
	skips  []int32
}

// add appends a visit. What earlier statements took is gone already, so only
// visits of the same run are skipped over.
func (r *simpleRun) add(v queue.Visit) {
	skip := int32(0)
	for i, name := range r.queues {
		if name == v.Queues[0] {
			skip += r.quotas[i]
		}
	}
	r.queues = append(r.queues, v.Queues[0])
	r.quotas = append(r.quotas, int32(v.Quota))
	r.skips = append(r.skips, skip)
}

// list keeps an empty list from becoming null.
func list(names []string) []string {
	if names == nil {
		return []string{}
	}
	return names
}
