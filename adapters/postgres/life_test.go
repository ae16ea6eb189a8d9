package postgres_test

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/adapters/postgres"
	"github.com/task-tower/tasktower/core/job"
)

// A job's whole life works in every mode in which pgx can speak to a server,
// those for poolers included.
func TestStore_KeepsAJobThroughItsLife(t *testing.T) {
	t.Parallel()
	modes := map[string]pgx.QueryExecMode{
		"with prepared statements":         pgx.QueryExecModeCacheStatement,
		"with described statements":        pgx.QueryExecModeCacheDescribe,
		"describing each time":             pgx.QueryExecModeDescribeExec,
		"through a transaction pooler":     pgx.QueryExecModeExec,
		"with the simple protocol (texts)": pgx.QueryExecModeSimpleProtocol,
	}
	for name, mode := range modes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := setup(t, postgres.Config{PollOnly: true}, func(c *pgxpool.Config) { c.ConnConfig.DefaultQueryExecMode = mode })
			live(t, w)
		})
	}
}

func live(t *testing.T, w world) {
	ctx := t.Context()
	k := w.worker(t)
	s := spec(func(s *job.Spec) { s.Tags, s.Params = []string{"a"}, job.Params{"p": []byte(`1`)} })
	_, err := w.Enqueue(ctx, []*job.Spec{s})
	require.NoError(t, err)

	got := k.claim(t, 10, everything)
	require.Len(t, got, 1)
	require.Equal(t, s.ID, got[0].ID)
	require.Equal(t, `{"n": 1}`, string(got[0].Payload))
	require.Equal(t, 1, got[0].Attempt)
	require.Equal(t, s.Params, got[0].Params)

	seen, err := w.Get(ctx, s.ID)
	require.NoError(t, err)
	require.Equal(t, got[0], seen)

	settled, err := w.Settle(ctx, []*job.Settlement{failed(got[0], 0)})
	require.NoError(t, err)
	require.Empty(t, settled)
	seen, err = w.Get(ctx, s.ID)
	require.NoError(t, err)
	require.Equal(t, job.Retrying, seen.State)

	require.NoError(t, w.Tag(ctx, s.ID, []string{"b"}))
	p, err := w.Promote(ctx, 10)
	require.NoError(t, err)
	require.Equal(t, 1, p.Moved)
	require.Negative(t, p.Next)

	got = k.claim(t, 10, everything)
	require.Len(t, got, 1)
	require.Equal(t, 2, got[0].Attempt)
	require.Equal(t, []string{"a", "b"}, got[0].Tags)
	settled, err = w.Settle(ctx, dones(got))
	require.NoError(t, err)
	require.Empty(t, settled)

	require.NoError(t, w.Requeue(ctx, s.ID, "again"))
	state, err := w.Cancel(ctx, s.ID, "no")
	require.NoError(t, err)
	require.Equal(t, job.Cancelled, state)

	entries, err := w.History(ctx, s.ID)
	require.NoError(t, err)
	var told []string
	for _, e := range entries {
		told = append(told, string(e.State)+" "+e.Reason)
	}
	require.Equal(t, []string{"enqueued enqueue", "processing claim", "retrying failure", "enqueued due",
		"processing claim", "completed success", "enqueued requeue: again", "cancelled cancel: no"}, told)

	failures, err := w.Failures(ctx, s.ID)
	require.NoError(t, err)
	require.Len(t, failures, 1)
	require.Equal(t, "boom", failures[0].Message)

	many := specs(100, func(s *job.Spec) { s.Delay = time.Hour })
	_, err = w.Enqueue(ctx, many)
	require.NoError(t, err)
	page, err := w.List(ctx, job.Filter{State: job.Scheduled, Limit: 3})
	require.NoError(t, err)
	require.Len(t, page.Jobs, 3)
	require.NotEmpty(t, page.Next)
	counts, err := w.Counts(ctx, 1000)
	require.NoError(t, err)
	require.Len(t, counts, 2)
	require.NoError(t, w.Delete(ctx, s.ID))
	_, err = w.Get(ctx, s.ID)
	require.ErrorIs(t, err, job.ErrNotFound)
	require.NoError(t, w.Tidy(ctx))
	require.NoError(t, w.Check(ctx))
}
