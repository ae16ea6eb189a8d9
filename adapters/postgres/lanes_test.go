package postgres

import (
	"context"
	"math"
	"strconv"
	"sync/atomic"
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

// pass lets jobs pass through ready that were due a minute ago, with rows of their own, and has
// everything looked at.
func (d *dumping) pass() {
	d.t.Helper()
	d.exec("INSERT INTO tasktower.job (kind, run_at) SELECT 'k', now() - interval '1 minute' - n * interval '1 microsecond' FROM generate_series(1, 15000) n")
	require.Equal(d.t, 15_000, d.claim())
	require.False(d.t, d.given(), "nobody has looked")
	d.tidy()
	require.True(d.t, d.given())
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
	d.await()
	d.lanes.next = time.Time{}
	require.NoError(d.t, d.Tidy(d.t.Context()))
	d.await()
	require.NoError(d.t, d.lanes.failed)
}

// await waits for a look that is on its way.
func (d *dumping) await() {
	d.t.Helper()
	require.Eventually(d.t, func() bool {
		d.lanes.mu.Lock()
		defer d.lanes.mu.Unlock()
		return d.lanes.looking == notLooking
	}, time.Minute, time.Millisecond)
}

// given tells whether claims are given lanes.
func (d *dumping) given() bool { return len(d.lanes.list().queues) > 0 }

// While somebody makes a dump nothing of ready can be freed, maybe for hours. Claims must
// not read again and again what passed through it since then.
func TestClaim_PassesTheDeadByWhileADumpKeepsThem(t *testing.T) {
	t.Parallel()
	d := startDump(t)
	d.pass()
	lease := job.NewLease(d.number, 1<<20)
	list := d.lanes.list()
	for name, args := range map[string][]any{
		"claim":        {bucket, int64(lease), 10, nameIDs([]string{"k"}), nameIDs([]string{job.DefaultQueue}), []int32{10}, []int32{0}, int16(math.MaxInt16)},
		"claim_merged": {bucket, int64(lease), 10, nameIDs([]string{"k"}), nameIDs([]string{job.DefaultQueue}), []int32{10}, 10, int16(math.MaxInt16), true, 0},
	} {
		require.Greater(t, d.buffers(t, name, append(args, nil, nil, nil, nil)), 200.0)
		require.Less(t, d.buffers(t, name, append(args, list.queues, list.kinds, list.ranks, list.floors)), 50.0)
	}

	d.exec("INSERT INTO tasktower.job (kind) VALUES ('k')")
	require.Equal(t, 1, d.claim())
	d.await()
	before := d.lanes.list()
	d.exec("INSERT INTO tasktower.job (kind) SELECT 'k' FROM generate_series(1, 3)")
	require.Equal(t, 3, d.claim())
	d.await()
	after := d.lanes.list()
	require.Equal(t, before.queues, after.queues)
	require.True(t, after.floors[0].After(before.floors[0]), "floors follow the jobs")

	require.NoError(t, d.dump.Rollback(t.Context()))
	d.tidy()
	d.tidy()
	require.False(t, d.given(), "with the dead freed, claims look at everything")
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
		require.False(t, d.lanes.next.IsZero(), "nobody looked")
		require.False(t, d.given())
	}
}

// A step reads an entry of each slot: many lanes that hold jobs are no reason either.
func TestClaim_LooksAtEverythingInFrontOfManyLanes(t *testing.T) {
	t.Parallel()
	d := startDump(t)
	for slot := range slots {
		d.exec("INSERT INTO tasktower.job (kind, queue) SELECT 'other', n::text FROM generate_series(1, 4000) n")
		d.exec("SELECT setval('tasktower.ring', " + strconv.Itoa((slot+1)%slots) + ")")
	}
	d.tidy()
	require.False(t, d.lanes.next.IsZero(), "nobody looked")
	require.False(t, d.given())
	d.exec("INSERT INTO tasktower.job (kind, queue) VALUES ('k', 'new')")
	require.Equal(t, 1, d.claim())
}

// What claims do not look at is found by the look that each claim has follow, and workers are told.
func TestClaim_FindsWhatIsNewWhileADumpKeepsTheDead(t *testing.T) {
	t.Parallel()
	for name, insert := range map[string]string{
		"a job due long ago":       "INSERT INTO tasktower.job (kind, run_at) VALUES ('k', now() - interval '1 hour')",
		"the first job of a queue": "INSERT INTO tasktower.job (kind, queue) VALUES ('k', 'new')",
		"one of another priority":  "INSERT INTO tasktower.job (kind, priority) VALUES ('k', 7)",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := startDump(t)
			d.pass()
			var told atomic.Int32
			l := &listener{ports.Listener{Wake: func(h ports.Hint) {
				if h == (ports.Hint{}) {
					told.Add(1)
				}
			}}}
			require.True(t, d.hub.add(l)) // tells
			defer d.hub.remove(l)
			d.exec(insert)
			require.Zero(t, d.claim())
			require.Eventually(t, func() bool { return told.Load() == 2 }, time.Minute, time.Millisecond)
			require.Equal(t, 1, d.claim())
		})
	}
}

// A look that fails must not leave claims with lanes that it might have added to, and is told of.
func TestClaim_LooksAtEverythingAfterALookThatFailed(t *testing.T) {
	t.Parallel()
	d := startDump(t)
	d.pass()
	d.exec("INSERT INTO tasktower.job (kind, queue) VALUES ('k', 'new')")
	lanes := d.sql["lanes"]
	d.sql["lanes"] = "SELECT 1/$1::int"
	d.exec("SELECT setval('tasktower.tidied', 0)")
	d.lanes.next = time.Time{}
	require.NoError(t, d.Tidy(t.Context()))
	d.await()
	require.False(t, d.given())
	d.sql["lanes"] = lanes
	require.ErrorContains(t, d.Tidy(t.Context()), "division by zero")
	require.Equal(t, 1, d.claim())
}

// To find that a slot is drained may take so long that the server gives up. It is not asked again at once.
func TestTidy_RestsAfterALookAtASlotThatFailed(t *testing.T) {
	t.Parallel()
	d := startDump(t)
	d.exec("INSERT INTO tasktower.job (kind, run_at) SELECT 'k', now() - n * interval '1 second' FROM generate_series(1, 2000) n")
	d.sql["tidy_empty_0"] = "SELECT pg_sleep(0.1) IS NULL, 1 / (pg_backend_pid() * 0)"
	d.exec("SELECT setval('tasktower.tidied', 0)")
	require.ErrorContains(t, d.Tidy(t.Context()), "division by zero")
	require.Greater(t, d.freeing.Load(), time.Now().Add(time.Second).UnixNano())
	d.exec("SELECT setval('tasktower.tidied', 0)")
	require.NoError(t, d.Tidy(t.Context()))
}

// What a claim learns counts for less than a look that came in between.
func TestLanes_KeepWhatALookFound(t *testing.T) {
	t.Parallel()
	var l lanes
	now := time.Now()
	key := laneKey{queue: 1, kind: 2, rank: 3}
	at := func(at time.Time) []pgtype.Timestamptz { return []pgtype.Timestamptz{{Time: at, Valid: true}} }
	floor := func() time.Time {
		require.Len(t, l.list().floors, 1)
		return l.list().floors[0].Add(floorLag)
	}
	require.True(t, l.set(map[laneKey]time.Time{key: now}, now, lanesDead))
	before := l.list()
	early := now.Add(-time.Hour)
	require.True(t, l.set(map[laneKey]time.Time{key: early}, now, lanesDead))
	l.follow(before, now, at(now))
	require.True(t, floor().Equal(early))

	require.False(t, l.set(map[laneKey]time.Time{key: early}, now, lanesDead), "nothing was missed")
	l.follow(l.list(), now, at(now))
	require.True(t, floor().Equal(now))
	l.follow(l.list(), now, at(early))
	require.True(t, floor().Equal(now), "never back")
	l.follow(l.list(), now.Add(time.Minute), at(now.Add(time.Hour)))
	require.True(t, floor().Equal(now.Add(time.Minute)), "never past what may still come")
	l.follow(l.list(), now.Add(2*time.Minute), []pgtype.Timestamptz{{}})
	require.True(t, floor().Equal(now.Add(2*time.Minute)), "a lane without jobs")
	l.follow(l.list(), now.Add(-time.Hour), []pgtype.Timestamptz{{}})
	require.True(t, floor().Equal(now.Add(-time.Hour)), "unless the server's clock was set back")
	list := l.list()
	l.forget()
	require.Empty(t, l.list().queues)
	l.follow(list, now, at(now))
	require.Empty(t, l.list().queues)
}

// Lanes are kept within bounds, however many there ever were, and those served lately are among them.
func TestLanes_AreBounded(t *testing.T) {
	t.Parallel()
	var l lanes
	now := time.Now()
	for n := range 3 * lanesKept {
		l.serve([]*job.Record{{Kind: "k", Queue: "q", Priority: int16(n)}})
		l.set(map[laneKey]time.Time{{queue: int64(n)}: now}, now, 1e6)
		require.LessOrEqual(t, len(l.served), lanesKept)
		require.LessOrEqual(t, len(l.floors), lanesKept+1)
		require.Contains(t, l.served, laneNames{"q", "k", int16(n)})
		require.Contains(t, l.floors, laneKey{queue: int64(n)})
	}
	l.set(nil, now, lanesDead)
	require.Len(t, l.floors, lanesDead/laneCost, "more would cost more than to step")
}

// A look that is wanted while one reads comes after it: what came since that began is not lost sight of.
func TestLanes_LookAgainIfOneIsWantedMeanwhile(t *testing.T) {
	t.Parallel()
	var l lanes
	_, ok := l.begin()
	require.True(t, ok)
	_, ok = l.begin()
	require.False(t, ok)
	l.read()
	_, ok = l.begin()
	require.False(t, ok)
	require.True(t, l.end(time.Minute, nil))
	next, ok := l.begin()
	require.True(t, ok)
	require.WithinDuration(t, time.Now().Add(time.Minute), next, 10*time.Second)
	l.read()
	require.False(t, l.end(0, nil))
}
