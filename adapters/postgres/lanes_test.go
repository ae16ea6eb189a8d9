package postgres

import (
	"context"
	"math"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/adapters/system"
	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/core/queue"
	"github.com/task-tower/tasktower/ports"
)

// dumping is a worker on a database of which somebody makes a dump: snapshot first, then locks.
type dumping struct {
	*Store
	t      *testing.T
	number int64
	claims int64
	dump   pgx.Tx
}

func startDump(t *testing.T) *dumping {
	t.Helper()
	d := &dumping{Store: openInside(t), t: t}
	var err error
	d.number, err = d.Register(t.Context(), ports.Worker{ID: new(system.IDs).NewID().String(), Kinds: []string{"k"}}, time.Hour)
	require.NoError(t, err)
	d.dump, err = d.pool.BeginTx(t.Context(), pgx.TxOptions{IsoLevel: pgx.RepeatableRead})
	require.NoError(t, err)
	t.Cleanup(func() { _ = d.dump.Rollback(context.Background()) })
	_, err = d.dump.Exec(t.Context(), "SELECT count(*) FROM tasktower.job; LOCK TABLE tasktower.ready IN ACCESS SHARE MODE",
		pgx.QueryExecModeSimpleProtocol)
	require.NoError(t, err)
	return d
}

func (d *dumping) exec(sql string) {
	d.t.Helper()
	_, err := d.pool.Exec(d.t.Context(), sql)
	require.NoError(d.t, err)
}

// pass lets jobs pass through ready that were due a minute ago, with rows of their own.
func (d *dumping) pass(jobs int) {
	d.t.Helper()
	d.exec("INSERT INTO tasktower.job (kind, run_at) SELECT 'k', now() - interval '1 minute' - n * interval '1 microsecond' FROM generate_series(1, 10000) n")
	require.Equal(d.t, jobs, d.claim())
}

// claim takes all that can be claimed.
func (d *dumping) claim() (jobs int) {
	d.t.Helper()
	for {
		d.claims++
		got, err := d.Claim(d.t.Context(), ports.ClaimRequest{
			Lease: job.NewLease(d.number, d.claims), Plan: queue.Plan{Rest: queue.RestByAge}, Kinds: []string{"k"}, Limit: 1000,
		})
		require.NoError(d.t, err)
		if len(got) == 0 {
			return jobs
		}
		jobs += len(got)
	}
}

// tidy takes a turn and looks, whenever somebody last did.
func (d *dumping) tidy() {
	d.t.Helper()
	d.exec("SELECT setval('tasktower.tidied', 0)")
	d.lanes.rest(0)
	require.NoError(d.t, d.Tidy(d.t.Context()))
}

// While somebody makes a dump nothing of ready can be freed, maybe for hours. Claims must
// not read again and again what passed through it since then.
func TestClaim_PassesTheDeadByWhileADumpKeepsThem(t *testing.T) {
	t.Parallel()
	d := startDump(t)
	d.pass(10_000)
	lease := job.NewLease(d.number, 1<<20)
	claim := []any{bucket, int64(lease), 10, nameIDs([]string{"k"}), nameIDs([]string{job.DefaultQueue}), []int32{10}, []int32{0}, int16(math.MaxInt16)}
	merged := []any{bucket, int64(lease), 10, nameIDs([]string{"k"}), nameIDs([]string{job.DefaultQueue}), []int32{10}, 10, int16(math.MaxInt16), true, 0}
	require.Nil(t, d.lanes.known(), "nobody has looked")
	require.Greater(t, d.buffers(t, "claim", claim), 150.0)

	d.tidy()
	known := d.lanes.known()
	require.NotNil(t, known)
	lanes := []any{known.queues, known.kinds, known.ranks, known.floors}
	require.Less(t, d.buffers(t, "claim_known", append(claim, lanes...)), 50.0)
	require.Less(t, d.buffers(t, "claim_merged_known", append(merged, lanes...)), 50.0)

	d.exec("INSERT INTO tasktower.job (kind) VALUES ('k')")
	require.Equal(t, 1, d.claim())
	before := d.lanes.known()
	d.exec("INSERT INTO tasktower.job (kind) SELECT 'k' FROM generate_series(1, 3)")
	require.Equal(t, 3, d.claim())
	after := d.lanes.known()
	require.Equal(t, before.queues, after.queues)
	require.True(t, after.floors[0].After(before.floors[0]), "floors follow the jobs")

	require.NoError(t, d.dump.Rollback(t.Context()))
	d.tidy()
	d.tidy()
	require.Nil(t, d.lanes.known(), "with the dead freed, claims look at everything")
	d.exec("INSERT INTO tasktower.job (kind, run_at) VALUES ('k', now() - interval '1 hour')")
	require.Equal(t, 1, d.claim())
}

// Jobs that wait are no reason to overlook any.
func TestClaim_LooksAtEverythingInFrontOfABacklog(t *testing.T) {
	t.Parallel()
	d := startDump(t)
	d.exec("INSERT INTO tasktower.job (kind, run_at) SELECT 'other', now() - n * interval '1 microsecond' FROM generate_series(1, 20000) n")
	for range 3 {
		d.exec("INSERT INTO tasktower.job (kind) VALUES ('k')")
		require.Equal(t, 1, d.claim())
		d.tidy()
		require.Nil(t, d.lanes.known())
	}
}

// What claims do not look at is found by the next look, and workers are told.
func TestClaim_FindsWhatIsNewWhileADumpKeepsTheDead(t *testing.T) {
	t.Parallel()
	for name, insert := range map[string]string{
		"a job due long ago":         "INSERT INTO tasktower.job (kind, run_at) VALUES ('k', now() - interval '1 hour')",
		"the first job of a queue":   "INSERT INTO tasktower.job (kind, queue) VALUES ('k', 'new')",
		"one of another priority":    "INSERT INTO tasktower.job (kind, priority) VALUES ('k', 7)",
		"one in front of later jobs": "INSERT INTO tasktower.job (kind, run_at) SELECT 'k', now() - n * interval '2 minutes' FROM generate_series(0, 1) n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := startDump(t)
			d.pass(10_000)
			d.tidy()
			require.NotNil(t, d.lanes.known())
			d.exec(insert)
			d.claim()

			told := 0
			l := &listener{ports.Listener{Wake: func(h ports.Hint) {
				if h == (ports.Hint{}) {
					told++
				}
			}}}
			require.True(t, d.hub.add(l))
			defer d.hub.remove(l)
			told = 0
			d.tidy()
			require.Equal(t, 1, told)
			require.Equal(t, 1, d.claim())
			d.tidy()
			require.Equal(t, 1, told, "no news")
		})
	}
}

// A claim that was under way while a look found an early job must not raise the floor above it.
func TestKnownLanes_KeepWhatALookFound(t *testing.T) {
	t.Parallel()
	var l knownLanes
	now := time.Now()
	key := laneKey{queue: 1, kind: 2, rank: 3}
	require.True(t, l.saw(map[laneKey]time.Time{key: now}, now))
	under := l.known()
	early := now.Add(-time.Hour)
	require.True(t, l.saw(map[laneKey]time.Time{key: early}, now))
	l.raise(under, now, []pgtype.Timestamptz{{Time: now, Valid: true}})
	require.True(t, l.known().floors[0].Before(early))

	require.False(t, l.saw(map[laneKey]time.Time{key: early}, now), "no news")
	l.raise(l.known(), now, []pgtype.Timestamptz{{Time: now, Valid: true}})
	require.True(t, l.known().floors[0].Equal(now.Add(-laneLag)))
	l.raise(l.known(), now, []pgtype.Timestamptz{{Time: early, Valid: true}})
	require.True(t, l.known().floors[0].Equal(now.Add(-laneLag)), "never back")
	l.raise(l.known(), now.Add(time.Minute), []pgtype.Timestamptz{{}})
	require.True(t, l.known().floors[0].Equal(now.Add(time.Minute-laneLag)), "a lane without jobs")
	l.forget()
	require.Nil(t, l.known())
}

// Lanes are kept within bounds, however many there ever were.
func TestKnownLanes_AreBounded(t *testing.T) {
	t.Parallel()
	var l knownLanes
	now := time.Now()
	for n := range 5 * lanesKept {
		l.serve([]*job.Record{{Kind: "k", Queue: "q", Priority: int16(n)}})
		l.saw(map[laneKey]time.Time{{queue: int64(n)}: now}, now)
		require.LessOrEqual(t, len(l.served), lanesKept)
		require.LessOrEqual(t, len(l.floors), 3*lanesKept)
	}
}
