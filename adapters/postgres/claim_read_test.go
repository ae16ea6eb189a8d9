package postgres

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/core/queue"
	"github.com/task-tower/tasktower/ports"
)

// Claimed jobs are read as neighbours first. That others lie between them, or that they are
// not in the order of their ids, costs a second look and nothing else.
func TestClaim_ReadsItsJobsWhereverTheyLie(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		jobs  string // number, kind, priority of those that are stored; the id has the number
		gone  int    // the number of one that is gone when it is claimed; 0: none
		want  []int
		again int64 // statements that look for each
	}{
		"neighbours":                   {"SELECT n, 'own', 0 FROM generate_series(1, 40) n", 0, seq(1, 40), 0},
		"one":                          {"SELECT 1, 'own', 0", 0, seq(1, 1), 0},
		"others outside":               {"SELECT n, CASE WHEN n BETWEEN 11 AND 20 THEN 'own' ELSE 'foreign' END, 0 FROM generate_series(1, 30) n", 0, seq(11, 20), 0},
		"another between":              {"SELECT n, CASE n WHEN 7 THEN 'foreign' ELSE 'own' END, 0 FROM generate_series(1, 10) n", 0, append(seq(1, 6), seq(8, 10)...), 1},
		"many between":                 {"SELECT n, CASE WHEN n IN (1, 400) THEN 'own' ELSE 'foreign' END, 0 FROM generate_series(1, 400) n", 0, []int{1, 400}, 1},
		"backwards, by their priority": {"SELECT n, 'own', n FROM generate_series(1, 10) n", 0, []int{10, 9, 8, 7, 6, 5, 4, 3, 2, 1}, 1},
		"some out of order":            {"SELECT n, 'own', CASE n WHEN 3 THEN 1 ELSE 0 END FROM generate_series(1, 5) n", 0, []int{3, 1, 2, 4, 5}, 1},
		"one gone, another between":    {"SELECT n, CASE n WHEN 3 THEN 'foreign' ELSE 'own' END, 0 FROM generate_series(1, 4) n", 1, []int{2, 4}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store := openInside(t)
			_, err := store.pool.Exec(t.Context(), `INSERT INTO tasktower.job (id, kind, priority)
				SELECT ('01900000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, kind, priority
				FROM (`+c.jobs+`) AS j (n, kind, priority)`, pgx.QueryExecModeSimpleProtocol)
			require.NoError(t, err)
			_, err = store.pool.Exec(t.Context(), "DELETE FROM tasktower.job WHERE right(id::text, 12)::int = $1", c.gone)
			require.NoError(t, err)
			traced, looks := store.traced(t, "claim_read")
			number, err := traced.Register(t.Context(), ports.Worker{ID: "w", Kinds: []string{"own"}}, time.Minute)
			require.NoError(t, err)
			jobs, err := traced.Claim(t.Context(), ports.ClaimRequest{
				Lease: job.NewLease(number, 1), Plan: queue.Plan{Rest: queue.RestAlphaNumeric}, Kinds: []string{"own"}, Limit: 100,
			})
			require.NoError(t, err)
			var got []int
			for _, r := range jobs {
				got = append(got, int(r.ID[15]&15)+10*int(r.ID[15]>>4)+100*int(r.ID[14]&15))
				require.Equal(t, "own", r.Kind)
				require.Equal(t, 1, r.Attempt)
			}
			require.Equal(t, c.want, got)
			require.Equal(t, c.again, looks.n.Load())
		})
	}
}

// What other jobs lie between does not come along if it is large, and nothing is looked at between jobs
// of which one is much older.
func TestClaim_DoesNotReadWhatOthersHave(t *testing.T) {
	t.Parallel()
	store := openInside(t)
	_, err := store.pool.Exec(t.Context(), `INSERT INTO tasktower.job (id, kind, payload)
		SELECT ('01900000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, CASE WHEN n % 2 = 1 THEN 'own' ELSE 'foreign' END,
			(SELECT to_json(string_agg(md5((n * m)::text), '')) FROM generate_series(1, CASE WHEN n IN (2, 3) THEN 300 ELSE 1 END) m)
		FROM generate_series(1, 10) n`, pgx.QueryExecModeSimpleProtocol)
	require.NoError(t, err)
	number, err := store.Register(t.Context(), ports.Worker{ID: "w", Kinds: []string{"own"}}, time.Minute)
	require.NoError(t, err)
	lease := job.NewLease(number, 1)
	jobs, err := store.Claim(t.Context(), ports.ClaimRequest{
		Lease: lease, Plan: queue.Plan{Rest: queue.RestByAge}, Kinds: []string{"own"}, Limit: 100,
	})
	require.NoError(t, err)
	require.Len(t, jobs, 5)
	near := func() (read []int) {
		rows, err := store.pool.Query(t.Context(), store.sql.get("claim_read_near"), bucket, int64(lease))
		require.NoError(t, err)
		facts, err := collect(rows, false)
		require.NoError(t, err)
		for _, r := range facts {
			read = append(read, int(r.ID[15]))
		}
		return read
	}
	require.Equal(t, []int{1, 3, 4, 5}, near(), "as many as the lease has, but for the large one of somebody else")
	_, err = store.pool.Exec(t.Context(), `UPDATE tasktower.lease SET job_ids[1] = '018fffc9-0000-7000-8000-000000000001'`)
	require.NoError(t, err)
	require.Empty(t, near(), "an hour")
}

// A job that runs again knows what it has behind it, though others lie between it and its neighbours.
func TestClaim_ReadsRetriedJobsAsTheyAre(t *testing.T) {
	t.Parallel()
	store := openInside(t)
	_, err := store.pool.Exec(t.Context(), `INSERT INTO tasktower.job (id, kind) SELECT ('01900000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, 'own'
		FROM generate_series(1, 6) n`)
	require.NoError(t, err)
	number, err := store.Register(t.Context(), ports.Worker{ID: "w", Kinds: []string{"own"}}, time.Minute)
	require.NoError(t, err)
	claim := func(n int64) []*job.Record {
		jobs, err := store.Claim(t.Context(), ports.ClaimRequest{
			Lease: job.NewLease(number, n), Plan: queue.Plan{Rest: queue.RestByAge}, Kinds: []string{"own"}, Limit: 100,
		})
		require.NoError(t, err)
		return jobs
	}
	var results []*job.Settlement
	for i, r := range claim(1) {
		if i%2 == 0 { // the others stay with the worker
			results = append(results, &job.Settlement{
				ID: r.ID, Lease: r.Lease, To: job.Enqueued, Cause: job.CauseRelease, Attempt: i, Failures: i, Crashes: 0,
				StartedAt: r.ClaimedAt, EndedAt: r.ClaimedAt.Add(time.Duration(10-i) * time.Millisecond),
			})
		}
	}
	settled, err := store.Settle(t.Context(), results)
	require.NoError(t, err)
	require.Empty(t, settled.Lost)
	again := claim(2)
	require.Len(t, again, 3)
	for _, r := range again {
		n := int(r.ID[15]) - 1
		require.Equal(t, []int{1, n + 1, n}, []int{r.Seq, r.Attempt, r.Failures}, n)
	}
}

// What keeps neighbours from being read does not keep the jobs from being recalled.
func TestRecall_DoesNotDependOnNeighbours(t *testing.T) {
	t.Parallel()
	store := openInside(t)
	_, err := store.pool.Exec(t.Context(), `INSERT INTO tasktower.job (kind) SELECT 'k' FROM generate_series(1, 3)`)
	require.NoError(t, err)
	number, err := store.Register(t.Context(), ports.Worker{ID: "w", Kinds: []string{"k"}}, time.Minute)
	require.NoError(t, err)
	sound := store.sql["claim_read_near"]
	store.sql["claim_read_near"] = "SELECT 1 / ($1::int - $1::int) + $2::bigint"
	request := ports.ClaimRequest{
		Lease: job.NewLease(number, 1), Plan: queue.Plan{Rest: queue.RestByAge}, Kinds: []string{"k"}, Limit: 3,
	}
	_, err = store.Claim(t.Context(), request)
	require.Error(t, err)
	jobs, err := store.Recall(t.Context(), request.Lease)
	require.NoError(t, err)
	require.Len(t, jobs, 3)
	require.EqualValues(t, spreadClaims, store.spread.Load(), "the next claims do without")
	store.sql["claim_read_near"] = sound
}

// Of jobs that lie apart the next claims will be, too.
func TestClaim_ExpectsOfTheNextWhatItFound(t *testing.T) {
	t.Parallel()
	store := openInside(t)
	_, err := store.pool.Exec(t.Context(), `INSERT INTO tasktower.job (kind, priority) SELECT 'k', n % 100 FROM generate_series(1, 400) n`)
	require.NoError(t, err)
	traced, near := store.traced(t, "claim_read_near")
	number, err := traced.Register(t.Context(), ports.Worker{ID: "w", Kinds: []string{"k"}}, time.Minute)
	require.NoError(t, err)
	seen := map[job.ID]bool{}
	for n := range spreadClaims + 2 {
		jobs, err := traced.Claim(t.Context(), ports.ClaimRequest{
			Lease: job.NewLease(number, int64(n+1)), Plan: queue.Plan{Rest: queue.RestAlphaNumeric}, Kinds: []string{"k"}, Limit: 6,
		})
		require.NoError(t, err)
		require.Len(t, jobs, 6)
		for _, r := range jobs {
			seen[r.ID] = true
		}
	}
	require.Len(t, seen, 6*(spreadClaims+2))
	require.EqualValues(t, 2, near.n.Load(), "the first claim, and the one after %d", spreadClaims)
}

func seq(first, last int) (out []int) {
	for n := first; n <= last; n++ {
		out = append(out, n)
	}
	return out
}
