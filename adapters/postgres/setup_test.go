package postgres_test

import (
	"cmp"
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/adapters/postgres"
	"github.com/task-tower/tasktower/adapters/system"
	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/core/queue"
	"github.com/task-tower/tasktower/internal/pgtest"
	"github.com/task-tower/tasktower/ports"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// migrate fills a template with an empty schema.
func migrate(ctx context.Context, dsn string) error {
	pool, err := pgxpool.New(ctx, dsn)
	if err != nil {
		return err
	}
	defer pool.Close()
	store, err := postgres.New(pool, postgres.Config{CallTimeout: time.Minute})
	if err != nil {
		return err
	}
	defer store.Close()
	return store.Migrate(ctx)
}

// world is a store on a database of the test's own.
type world struct {
	*postgres.Store
	pool *pgxpool.Pool
	dsn  string
}

func setup(t testing.TB, config postgres.Config, adjust ...func(*pgxpool.Config)) world {
	t.Helper()
	dsn := pgtest.Clone(t, "migrated", migrate)
	return world{dsn: dsn, pool: nil}.open(t, config, adjust...)
}

// open makes another store on the same database, as another process would.
func (w world) open(t testing.TB, config postgres.Config, adjust ...func(*pgxpool.Config)) world {
	t.Helper()
	pc, err := pgxpool.ParseConfig(w.dsn)
	require.NoError(t, err)
	pc.MaxConns = 6
	for _, f := range adjust {
		f(pc)
	}
	pool, err := pgxpool.NewWithConfig(context.Background(), pc)
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	config.CallTimeout = cmp.Or(config.CallTimeout, 30*time.Second)
	store, err := postgres.New(pool, config)
	require.NoError(t, err)
	t.Cleanup(store.Close)
	return world{Store: store, pool: pool, dsn: w.dsn}
}

var ids = system.IDs{}

func spec(change ...func(*job.Spec)) *job.Spec {
	s := &job.Spec{ID: ids.NewID(), Kind: "k", Queue: job.DefaultQueue, Payload: []byte(`{"n": 1}`), MaxRetries: 10}
	for _, f := range change {
		f(s)
	}
	return s
}

// apart are specs whose due times differ, so that each has a row of ready to itself.
func apart(n int) []*job.Spec {
	all, now := specs(n), time.Now()
	for i, s := range all {
		s.RunAt = now.Add(time.Duration(i-n) * time.Microsecond)
	}
	return all
}

func specs(n int, change ...func(*job.Spec)) []*job.Spec {
	out := make([]*job.Spec, n)
	for i := range out {
		out[i] = spec(change...)
	}
	return out
}

// worker is a registered worker that claims and settles.
type worker struct {
	w      world
	number int64
	claims int64
}

func (w world) worker(t testing.TB) *worker {
	t.Helper()
	number, err := w.Register(t.Context(), ports.Worker{ID: ids.NewID().String(), Kinds: []string{"k"}, Slots: 10}, time.Hour)
	require.NoError(t, err)
	return &worker{w: w, number: number}
}

var everything = queue.Plan{Rest: queue.RestByAge}

func (k *worker) claim(t testing.TB, limit int, plan queue.Plan) []*job.Record {
	t.Helper()
	jobs, err := k.try(t.Context(), limit, plan)
	require.NoError(t, err)
	return jobs
}

func (k *worker) try(ctx context.Context, limit int, plan queue.Plan) ([]*job.Record, error) {
	k.claims++
	return k.w.Claim(ctx, ports.ClaimRequest{
		Lease: job.NewLease(k.number, k.claims), Plan: plan, Kinds: []string{"k"}, Limit: limit,
	})
}

func done(r *job.Record) *job.Settlement {
	return &job.Settlement{
		ID: r.ID, Lease: r.Lease, Seq: r.Seq, To: job.Completed, Cause: job.CauseSuccess,
		Attempt: r.Attempt, Failures: r.Failures, Crashes: r.Crashes,
		StartedAt: r.ClaimedAt, EndedAt: r.ClaimedAt, UniqueKey: r.UniqueKey != "",
	}
}

func dones(jobs []*job.Record) []*job.Settlement {
	out := make([]*job.Settlement, len(jobs))
	for i, r := range jobs {
		out[i] = done(r)
	}
	return out
}

func failed(r *job.Record, wait time.Duration) *job.Settlement {
	s := done(r)
	s.To, s.Cause, s.Wait, s.Failures = job.Retrying, job.CauseFailure, wait, r.Failures+1
	s.Failure = job.NewFailure("*errors.errorString", "boom", "")
	return s
}
