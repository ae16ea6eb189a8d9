package portstest_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/ports"
	"github.com/task-tower/tasktower/ports/portstest"
)

// stub is a store that counts what reaches it.
type stub struct {
	ports.Store
	queues int
	fails  error
}

func (s *stub) Queues(context.Context) ([]ports.Queue, error) {
	s.queues++
	return []ports.Queue{{Name: "q"}}, s.fails
}

func (s *stub) Promote(context.Context, int) (ports.Promotion, error) {
	return ports.Promotion{Moved: 1}, nil
}

func TestFaulty_FailsTheCallThatAFaultNames(t *testing.T) {
	t.Parallel()
	mine := errors.New("mine")
	cases := map[string]struct {
		fault   portstest.Fault
		failing []int // of four calls: Promote, Queues, Queues, Promote
		reached int   // calls of Queues that reached the store
		want    error
	}{
		"the k-th of all before its effect":     {portstest.Fault{Call: 2}, []int{2}, 1, job.ErrUnavailable},
		"the k-th of all after its effect":      {portstest.Fault{Call: 2, After: true}, []int{2}, 2, job.ErrUnavailable},
		"the k-th of a method":                  {portstest.Fault{Method: "Queues", Call: 2}, []int{3}, 1, job.ErrUnavailable},
		"all of a method":                       {portstest.Fault{Method: "Queues"}, []int{2, 3}, 0, job.ErrUnavailable},
		"all":                                   {portstest.Fault{}, []int{1, 2, 3, 4}, 0, job.ErrUnavailable},
		"with an error of the test's own":       {portstest.Fault{Call: 1, Err: mine}, []int{1}, 2, mine},
		"none where the scenario has too few":   {portstest.Fault{Call: 5}, nil, 2, nil},
		"none where nobody calls what it names": {portstest.Fault{Method: "Claim"}, nil, 2, nil},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inner := &stub{}
			store := portstest.Faulty(inner, c.fault)
			var failing []int
			for i, call := range []func() error{
				func() error { _, err := store.Promote(t.Context(), 1); return err },
				func() error { _, err := store.Queues(t.Context()); return err },
				func() error { _, err := store.Queues(t.Context()); return err },
				func() error { _, err := store.Promote(t.Context(), 1); return err },
			} {
				if err := call(); err != nil {
					require.ErrorIs(t, err, c.want)
					failing = append(failing, i+1)
				}
			}
			require.Equal(t, c.failing, failing)
			require.Equal(t, c.reached, inner.queues)
			require.Equal(t, []string{"Promote", "Queues", "Queues", "Promote"}, store.Calls())
		})
	}
}

func TestFaulty_BreaksAndHealsOnTheWay(t *testing.T) {
	t.Parallel()
	store := portstest.Faulty(&stub{})
	_, err := store.Queues(t.Context())
	require.NoError(t, err)
	store.Break(portstest.Fault{Method: "Queues", Call: 2})
	_, err = store.Queues(t.Context())
	require.NoError(t, err, "the first from now on")
	_, err = store.Queues(t.Context())
	require.ErrorIs(t, err, job.ErrUnavailable)
	store.Break(portstest.Fault{})
	_, err = store.Promote(t.Context(), 1)
	require.ErrorIs(t, err, job.ErrUnavailable)
	store.Heal()
	_, err = store.Queues(t.Context())
	require.NoError(t, err)
}

func TestFaulty_KeepsACallUntilItsContextEnds(t *testing.T) {
	t.Parallel()
	for name, after := range map[string]bool{"before its effect": false, "after its effect": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				inner := &stub{}
				store := portstest.Faulty(inner, portstest.Fault{Method: "Queues", Call: 1, Hang: true, After: after})
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				begun := time.Now()
				_, err := store.Queues(ctx)
				require.ErrorIs(t, err, context.DeadlineExceeded)
				require.Equal(t, time.Minute, time.Since(begun))
				require.Equal(t, after, inner.queues == 1)
			})
		})
	}
}

func TestFaulty_KeepsTheStoresOwnErrors(t *testing.T) {
	t.Parallel()
	inner := &stub{fails: job.ErrClosed}
	_, err := portstest.Faulty(inner, portstest.Fault{After: true}).Queues(t.Context())
	require.ErrorIs(t, err, job.ErrClosed)
}

// The wrapper forwards every method: the whole contract holds through it.
func TestFaulty_IsAStoreLikeTheOneItWraps(t *testing.T) {
	t.Parallel()
	portstest.TestStore(t, func(t testing.TB) portstest.Subject {
		s := open(t)
		s.Store = portstest.Faulty(s.Store)
		return s
	})
}

func TestFaulty_CountsCallsInATransaction(t *testing.T) {
	t.Parallel()
	s := open(t)
	store := portstest.Faulty(s.Store, portstest.Fault{Method: "Tx.Enqueue", Call: 1, After: true})
	tx, commit, _ := s.Begin(t)
	part, err := store.InTx(tx)
	require.NoError(t, err)
	spec := &job.Spec{ID: job.ID(uuid.Must(uuid.NewV7())), Kind: "k", Queue: "q", RunAt: time.Now()}
	_, err = part.Enqueue(t.Context(), []*job.Spec{spec})
	require.ErrorIs(t, err, job.ErrUnavailable)
	_, err = part.Enqueue(t.Context(), []*job.Spec{spec})
	require.NoError(t, err)
	require.NoError(t, commit())
	_, err = store.Get(t.Context(), spec.ID)
	require.NoError(t, err)
	require.Equal(t, []string{"InTx", "Tx.Enqueue", "Tx.Enqueue", "Get"}, store.Calls())
}
