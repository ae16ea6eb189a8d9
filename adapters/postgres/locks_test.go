package postgres_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/adapters/postgres"
	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/ports"
)

// What somebody locks in a transaction of his own, and for how long, is his
// business. It must not become everybody's.

func named(key string) func(*job.Spec) { return func(s *job.Spec) { s.UniqueKey = key } }

// prompt bounds calls that must not wait for anybody; those that do have longer.
const prompt = 10 * time.Second

func (w world) within(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

// begin opens a user's transaction, which ends with the test if not before.
func (w world) begin(t *testing.T) pgx.Tx {
	t.Helper()
	tx, err := w.pool.Begin(t.Context())
	require.NoError(t, err)
	t.Cleanup(func() { _ = tx.Rollback(context.Background()) })
	return tx
}

// settleIn stores results in a user's transaction.
func (w world) settleIn(t *testing.T, tx pgx.Tx, jobs ...*job.Record) {
	t.Helper()
	in, err := w.InTx(tx)
	require.NoError(t, err)
	out, err := in.Settle(t.Context(), dones(jobs))
	require.NoError(t, err)
	require.Empty(t, out)
}

// lockKey holds the row of a unique key.
func (w world) lockKey(t *testing.T, tx pgx.Tx, key string) {
	t.Helper()
	tag, err := tx.Exec(t.Context(), "SELECT FROM tasktower.unique_key WHERE key = $1 FOR UPDATE", key)
	require.NoError(t, err)
	require.EqualValues(t, 1, tag.RowsAffected())
}

// someoneWaits returns once a session waits for a lock.
func (w world) someoneWaits(t *testing.T) {
	t.Helper()
	for deadline := time.Now().Add(prompt); ; {
		if w.count(t, `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`) > 0 {
			return
		}
		require.True(t, time.Now().Before(deadline), "nobody waits")
	}
}

func TestEnqueue_OfADuplicateLocksNothing(t *testing.T) {
	t.Parallel()
	for name, enqueue := range map[string]func(t *testing.T, w world, tx pgx.Tx){
		"in a transaction": func(t *testing.T, w world, tx pgx.Tx) {
			in, err := w.InTx(tx)
			require.NoError(t, err)
			out, err := in.Enqueue(t.Context(), []*job.Spec{spec(named("u")), spec(named("v"))})
			require.NoError(t, err)
			require.Len(t, out.Held, 1)
		},
		"by the function": func(t *testing.T, _ world, tx pgx.Tx) {
			_, err := tx.Exec(t.Context(), "SELECT tasktower.enqueue('k', unique_key => 'u')")
			require.NoError(t, err)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := setup(t, postgres.Config{})
			holder := spec(named("u"))
			_, err := w.Enqueue(t.Context(), []*job.Spec{holder})
			require.NoError(t, err)
			enqueue(t, w, w.begin(t))
			state, err := w.Cancel(w.within(t, prompt), holder.ID, "")
			require.NoError(t, err)
			require.Equal(t, job.Cancelled, state)
		})
	}
}

// blocked is a command that has to wait for a user's transaction.
type blocked struct {
	command func(ctx context.Context, w world) error
	tx      pgx.Tx
}

func cancelling(id job.ID) func(context.Context, world) error {
	return func(ctx context.Context, w world) error {
		_, err := w.Cancel(ctx, id, "")
		return err
	}
}

func blockedCommands() map[string]func(t *testing.T, w world) blocked {
	late := func(s *job.Spec) { s.Delay = time.Hour }
	return map[string]func(t *testing.T, w world) blocked{
		"for a key": func(t *testing.T, w world) blocked {
			s := spec(named("u"), late)
			_, err := w.Enqueue(t.Context(), []*job.Spec{s})
			require.NoError(t, err)
			tx := w.begin(t)
			w.lockKey(t, tx, "u")
			return blocked{cancelling(s.ID), tx}
		},
		"for a lease": func(t *testing.T, w world) blocked {
			_, err := w.Enqueue(t.Context(), specs(2))
			require.NoError(t, err)
			batch := w.worker(t).claim(t, 2, everything)
			tx := w.begin(t)
			w.settleIn(t, tx, batch[0])
			return blocked{cancelling(batch[1].ID), tx}
		},
		"for a job": func(t *testing.T, w world) blocked {
			s := spec(late)
			_, err := w.Enqueue(t.Context(), []*job.Spec{s})
			require.NoError(t, err)
			tx := w.begin(t)
			_, err = tx.Exec(t.Context(), "SELECT FROM tasktower.job FOR UPDATE")
			require.NoError(t, err)
			return blocked{func(ctx context.Context, w world) error { return w.Delete(ctx, s.ID) }, tx}
		},
	}
}

func TestCommand_LetsClaimsPassWhileItWaits(t *testing.T) {
	t.Parallel()
	for name, block := range blockedCommands() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const looks = "FOR SHARE NOWAIT" // which it takes once it has met what is in the way
			seen := count(looks)
			w := setup(t, postgres.Config{}, func(c *pgxpool.Config) { c.ConnConfig.Tracer = seen })
			b := block(t, w)
			answered := make(chan error, 1)
			go func() { answered <- b.command(t.Context(), w) }()
			require.Eventually(t, func() bool { return seen.seen[looks].Load() > 0 }, time.Minute, time.Millisecond)

			k := w.worker(t)
			for range 5 {
				_, err := w.Enqueue(t.Context(), specs(1))
				require.NoError(t, err)
				got, err := k.try(w.within(t, prompt), 1, everything)
				require.NoError(t, err)
				require.Len(t, got, 1)
			}
			require.Empty(t, answered, "it waits on")
			require.NoError(t, b.tx.Rollback(t.Context()))
			require.NoError(t, <-answered)
		})
	}
}

func TestCommand_SaysWithinItsTimeThatItCannot(t *testing.T) {
	t.Parallel()
	for name, block := range blockedCommands() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := setup(t, postgres.Config{CallTimeout: 500 * time.Millisecond})
			b := block(t, w)
			require.ErrorIs(t, b.command(w.within(t, prompt), w), job.ErrUnavailable)
		})
	}
}

func TestExpire_PassesOverJobsWhoseKeyIsLocked(t *testing.T) {
	t.Parallel()
	w := setup(t, postgres.Config{})
	past := func(s *job.Spec) { s.Deadline = time.Now().Add(-time.Minute) }
	locked, free := spec(past, named("locked")), spec(past, named("free"))
	_, err := w.Enqueue(t.Context(), []*job.Spec{locked, free})
	require.NoError(t, err)
	tx := w.begin(t)
	w.lockKey(t, tx, "locked")
	moved, err := w.Expire(w.within(t, prompt), 10)
	require.NoError(t, err)
	require.Equal(t, 1, moved)
	for id, state := range map[job.ID]job.State{locked.ID: job.Enqueued, free.ID: job.Dead} {
		rec, err := w.Get(t.Context(), id)
		require.NoError(t, err)
		require.Equal(t, state, rec.State)
	}

	require.NoError(t, tx.Rollback(t.Context()))
	_, err = w.pool.Exec(t.Context(), "UPDATE tasktower.deadline SET at = now()") // it is looked at again soon
	require.NoError(t, err)
	moved, err = w.Expire(t.Context(), 10)
	require.NoError(t, err)
	require.Equal(t, 1, moved)
}

func TestSettle_PassesOverResultsWhoseKeyIsLocked(t *testing.T) {
	t.Parallel()
	for name, few := range map[string]int{"by statements": 5, "by copy": 50} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := setup(t, postgres.Config{})
			_, err := w.Enqueue(t.Context(), append(specs(few), spec(named("locked")), spec(named("free")), spec(named("for a while"), func(s *job.Spec) { s.UniqueFor = time.Hour })))
			require.NoError(t, err)
			results := dones(w.worker(t).claim(t, few+3, everything))
			tx := w.begin(t)
			w.lockKey(t, tx, "locked")
			out, err := w.Settle(w.within(t, prompt), results)
			require.NoError(t, err)
			require.Equal(t, ports.Settled{Busy: []int{few}}, out)
			require.Equal(t, few+2, w.count(t, "SELECT count(*) FROM tasktower.jobs WHERE state = 'completed'"))

			require.NoError(t, tx.Rollback(t.Context()))
			out, err = w.Settle(t.Context(), results)
			require.NoError(t, err)
			require.Empty(t, out)
			require.Equal(t, 1, w.count(t, "SELECT count(*) FROM tasktower.unique_key"), "the others are free")
			require.Zero(t, w.count(t, "SELECT count(*) FROM tasktower.lease"))
		})
	}
}

// Inside a transaction there is nobody to try again.
func TestInTx_SettleWaitsForALockedKey(t *testing.T) {
	t.Parallel()
	w := setup(t, postgres.Config{})
	_, err := w.Enqueue(t.Context(), []*job.Spec{spec(named("u"))})
	require.NoError(t, err)
	held := w.worker(t).claim(t, 1, everything)
	lock, tx := w.begin(t), w.begin(t)
	w.lockKey(t, lock, "u")
	in, err := w.InTx(tx)
	require.NoError(t, err)
	settled := make(chan error, 1)
	go func() {
		out, err := in.Settle(t.Context(), dones(held))
		if err == nil && len(out.Busy) > 0 {
			err = errors.New("it did not wait")
		}
		settled <- err
	}()
	w.someoneWaits(t)
	require.NoError(t, lock.Rollback(t.Context()))
	require.NoError(t, <-settled)
	require.NoError(t, tx.Commit(t.Context()))
	require.Equal(t, 1, w.count(t, "SELECT count(*) FROM tasktower.jobs WHERE state = 'completed'"))
}

// counter counts the statements that hold each of some texts.
type counter struct{ seen map[string]*atomic.Int64 }

func count(texts ...string) *counter {
	c := &counter{seen: map[string]*atomic.Int64{}}
	for _, text := range texts {
		c.seen[text] = &atomic.Int64{}
	}
	return c
}

func (c *counter) look(sql string) {
	for text, n := range c.seen {
		if strings.Contains(sql, text) {
			n.Add(1)
		}
	}
}

func (c *counter) TraceQueryStart(ctx context.Context, _ *pgx.Conn, d pgx.TraceQueryStartData) context.Context {
	c.look(d.SQL)
	return ctx
}

func (*counter) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

func (*counter) TraceBatchStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceBatchStartData) context.Context {
	return ctx
}

func (c *counter) TraceBatchQuery(_ context.Context, _ *pgx.Conn, d pgx.TraceBatchQueryData) {
	c.look(d.SQL)
}

func (*counter) TraceBatchEnd(context.Context, *pgx.Conn, pgx.TraceBatchEndData) {}

// A neighbour of a completed job is between CompleteTx and its commit, so that the lease
// of both is locked. Who deletes the completed one waits, but not where claims wait for him.
func TestDelete_WaitsForAnOpenLeaseOutsideTheBucket(t *testing.T) {
	t.Parallel()
	const deletes, looks = "array_replace", "FOR SHARE NOWAIT"
	seen := count(deletes, looks)
	w := setup(t, postgres.Config{}, func(c *pgxpool.Config) { c.ConnConfig.Tracer = seen })
	k := w.worker(t)
	_, err := w.Enqueue(t.Context(), specs(2))
	require.NoError(t, err)
	jobs := k.claim(t, 2, everything)
	_, err = w.Settle(t.Context(), dones(jobs[:1]))
	require.NoError(t, err)
	tx := w.begin(t)
	w.settleIn(t, tx, jobs[1])

	deleted := make(chan error)
	go func() { deleted <- w.Delete(w.within(t, time.Minute), jobs[0].ID) }()
	require.Eventually(t, func() bool { return seen.seen[looks].Load() >= 3 }, time.Minute, 10*time.Millisecond)
	require.EqualValues(t, 1, seen.seen[deletes].Load())
	require.NoError(t, tx.Commit(t.Context()))
	require.NoError(t, <-deleted)
	_, err = w.Get(t.Context(), jobs[0].ID)
	require.ErrorIs(t, err, job.ErrNotFound)
}
