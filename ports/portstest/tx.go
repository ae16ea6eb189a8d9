package portstest

import (
	"fmt"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/ports"
)

func txCases() cases {
	return cases{
		"refuses what is no transaction of the store's": func(w *world) {
			for _, tx := range []any{nil, "tx", 7, struct{}{}, w.Store} {
				_, err := w.Store.InTx(tx)
				require.ErrorIs(w.t, err, job.ErrInvalid)
			}
		},
		"shows nothing before the commit and all after it": func(w *world) {
			h := w.hand()
			tx := w.begin()
			specs := []*job.Spec{spec(unique("u")), spec(after(long))}
			tx.enqueue(specs[0])
			tx.enqueue(specs[1])
			for _, s := range specs {
				w.requireGone(s.ID)
			}
			require.Empty(w.t, w.list(job.Filter{}).Jobs)
			require.Empty(w.t, h.claim(10))
			require.Negative(w.t, w.promote(10).Next)
			w.requireCounts(nil)

			require.NoError(w.t, tx.commit())
			require.Equal(w.t, specs[0].ID, h.take().ID)
			w.requireState(job.Scheduled, specs[1].ID)
			require.Positive(w.t, w.promote(10).Next)
			w.requireCounts(map[string]int{"default processing": 1, "default scheduled": 1})
			require.Equal(w.t, []string{"scheduled 0 enqueue"}, w.history(specs[1].ID))
			w.requireHeld(specs[0].ID, "u")
		},
		"leaves nothing behind after a rollback": func(w *world) {
			tx := w.begin()
			s := spec(unique("u"))
			tx.enqueue(s)
			require.NoError(w.t, tx.rollback())
			w.requireGone(s.ID)
			require.Empty(w.t, w.hand().claim(10))
			w.requireCounts(nil)
			w.enqueue(s)
			w.requireHeld(s.ID, "u")
		},
		"stores the job as it was asked for": func(w *world) {
			w.enqueue(spec(inQueue("mail"), ofKind("mail.send"))) // so that the names are known
			for _, s := range []*job.Spec{fullSpec(w), dueSpec(w)} {
				tx := w.begin()
				out, err := tx.Enqueue(w.ctx, []*job.Spec{s})
				require.NoError(w.t, err)
				require.NoError(w.t, tx.commit())
				requireSame(w.t, job.NewRecord(s, out.At), w.get(s.ID))
			}
		},
		"names who holds a key and stays usable": func(w *world) {
			holder := w.one(unique("u"))
			tx := w.begin()
			held, free := spec(unique("u")), spec(unique("v"))
			out, err := tx.Enqueue(w.ctx, []*job.Spec{held, free})
			require.NoError(w.t, err)
			require.Equal(w.t, map[int]job.ID{0: holder}, out.Held)
			out, err = tx.Enqueue(w.ctx, []*job.Spec{spec(unique("v"))})
			require.NoError(w.t, err)
			require.Equal(w.t, map[int]job.ID{0: free.ID}, out.Held, "a job of the same transaction")
			require.NoError(w.t, tx.commit())
			w.requireGone(held.ID)
			w.requireState(job.Enqueued, free.ID)
		},
		"stores a repeated call once": func(w *world) {
			tx := w.begin()
			s := spec(unique("u"))
			tx.enqueue(s)
			tx.enqueue(s)
			require.NoError(w.t, tx.commit())
			w.requireCounts(map[string]int{"default enqueued": 1})
		},
		"settles when it commits": func(w *world) {
			h := w.hand()
			id := w.one()
			r := h.take()
			tx := w.begin()
			next := spec()
			tx.enqueue(next)
			tx.settle(completed(r))
			w.requireState(job.Processing, id)
			require.NoError(w.t, tx.commit())
			w.requireState(job.Completed, id)
			w.requireState(job.Enqueued, next.ID)
			require.Equal(w.t, "completed 1 success", w.history(id)[2])
			w.settle(completed(r)) // and is recognised as stored
		},
		"settles nothing when it rolls back": func(w *world) {
			h := w.hand()
			id := w.one()
			r := h.take()
			tx := w.begin()
			tx.settle(completed(r))
			require.NoError(w.t, tx.rollback())
			w.requireState(job.Processing, id)
			require.Len(w.t, w.history(id), 2)
			w.settle(retrying(r, long))
		},
		"names a lost lease and stays usable": func(w *world) {
			h := w.hand()
			w.one()
			zombie := h.take()
			w.settle(rescued(zombie))
			tx := w.begin()
			out, err := tx.Settle(w.ctx, []*job.Settlement{completed(zombie)})
			require.NoError(w.t, err)
			require.Equal(w.t, ports.Settled{Lost: []int{0}}, settled(out))
			s := spec()
			tx.enqueue(s)
			require.NoError(w.t, tx.commit())
			w.requireState(job.Enqueued, zombie.ID)
			w.requireState(job.Enqueued, s.ID)
		},
		"keeps nobody waiting who settles under other leases": func(w *world) {
			for _, many := range []int{1, 40} {
				for name, result := range map[string]func(*job.Record) *job.Settlement{
					"completed": completed, "released": released, "dead": dead, "rescued": rescued,
				} {
					w.settleBeside(many, result, name)
				}
			}
		},
		"is over once it ended": func(w *world) {
			for _, commit := range []bool{true, false} {
				tx := w.begin()
				if commit {
					require.NoError(w.t, tx.commit())
				} else {
					require.NoError(w.t, tx.rollback())
				}
				s := spec()
				_, err := tx.Enqueue(w.ctx, []*job.Spec{s})
				require.Error(w.t, err)
				_, err = tx.Settle(w.ctx, []*job.Settlement{completed(&job.Record{ID: s.ID, Lease: 1})})
				require.Error(w.t, err)
				w.requireGone(s.ID)
			}
		},
		"keeps transactions apart": func(w *world) {
			a, b := w.begin(), w.begin()
			mine, theirs := spec(), spec()
			a.enqueue(mine)
			b.enqueue(theirs)
			require.NoError(w.t, b.rollback())
			require.NoError(w.t, a.commit())
			w.requireState(job.Enqueued, mine.ID)
			w.requireGone(theirs.ID)
		},
	}
}

// settleBeside settles results while a transaction is open that settles under the
// lease of some of them. Those are stored or busy; the others are stored.
func (w *world) settleBeside(many int, result func(*job.Record) *job.Settlement, name string) {
	w.t.Helper()
	h := w.hand()
	serves := serving(fmt.Sprintf("%s %d", name, many))
	for range 2*many + 2 {
		w.one(inQueue(fmt.Sprintf("%s %d", name, many)))
	}
	shared, other, gone := h.claim(many+1, serves), h.claim(many, serves), h.take(serves)
	w.settle(released(gone))
	tx := w.begin()
	tx.settle(completed(shared[many]))

	var results []*job.Settlement
	for i := range many {
		results = append(results, result(shared[i]), result(other[i]))
	}
	out, err := w.Store.Settle(w.ctx, append(results, completed(gone)))
	require.NoError(w.t, err, name)
	require.Equal(w.t, []int{2 * many}, out.Lost, name)
	require.Empty(w.t, append(out.Cancelled, out.Unstorable...), name)
	for _, place := range out.Busy {
		require.Zero(w.t, place%2, "%s: the lease of %d is nobody else's", name, place)
	}
	require.Equal(w.t, results[1].To, w.get(other[0].ID).State)

	require.NoError(w.t, tx.commit())
	w.settle(results...)
	w.requireState(results[0].To, shared[0].ID)
	w.requireState(job.Completed, shared[many].ID)
}

// transaction is a caller's transaction with the store's part in it.
type transaction struct {
	ports.Tx
	w        *world
	commit   func() error
	rollback func() error
}

func (w *world) begin() *transaction {
	w.t.Helper()
	tx, commit, rollback := w.Begin(w.tb)
	part, err := w.Store.InTx(tx)
	require.NoError(w.t, err)
	return &transaction{Tx: part, w: w, commit: commit, rollback: rollback}
}

func (x *transaction) enqueue(s *job.Spec) {
	x.w.t.Helper()
	out, err := x.Enqueue(x.w.ctx, []*job.Spec{s})
	require.NoError(x.w.t, err)
	require.Empty(x.w.t, out.Held)
}

func (x *transaction) settle(s *job.Settlement) {
	x.w.t.Helper()
	out, err := x.Settle(x.w.ctx, []*job.Settlement{s})
	require.NoError(x.w.t, err)
	require.Equal(x.w.t, ports.Settled{}, settled(out))
}
