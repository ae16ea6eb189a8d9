package postgres

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/internal/pgtest"
)

// Of the versions only the decision is tried: no server that old is at hand.
func TestServerFacts_SayWhatDoesNotFit(t *testing.T) {
	t.Parallel()
	fit := serverFacts{version: 140000, encoding: "UTF8"}
	for name, c := range map[string]struct {
		change func(*serverFacts)
		found  string // empty: it fits
	}{
		"the oldest that fits":   {func(*serverFacts) {}, ""},
		"a new one":              {func(f *serverFacts) { f.version = 180001 }, ""},
		"one that is too old":    {func(f *serverFacts) { f.version = 130022 }, "the server is PostgreSQL 13"},
		"one from before 10":     {func(f *serverFacts) { f.version = 90624 }, "the server is PostgreSQL 9"},
		"another encoding":       {func(f *serverFacts) { f.encoding = "LATIN1" }, "the database is encoded in LATIN1"},
		"a standby":              {func(f *serverFacts) { f.standby, f.readOnly = true, true }, "the server is a standby"},
		"read-only transactions": {func(f *serverFacts) { f.readOnly = true }, "transactions are read-only"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			is := fit
			c.change(&is)
			err := is.unfit()
			if c.found == "" {
				require.NoError(t, err)
				return
			}
			var why *ServerError
			require.ErrorAs(t, err, &why)
			require.Equal(t, c.found, why.Found)
			require.NotEmpty(t, why.Fix)
		})
	}
}

func TestCheck_RefusesAStandby(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	server, err := pgtest.NewServer(ctx)
	if err != nil && os.Getenv(pgtest.EnvURL) != "" {
		t.Skipf("a standby is made of server binaries: %v", err)
	}
	require.NoError(t, err)
	defer func() { require.NoError(t, server.Close()) }()
	open := func() *Store {
		pool, err := pgxpool.New(ctx, server.DSN("postgres"))
		require.NoError(t, err)
		t.Cleanup(pool.Close)
		store, err := New(pool, Config{CallTimeout: time.Minute})
		require.NoError(t, err)
		t.Cleanup(store.Close)
		return store
	}
	primary := open()
	require.NoError(t, primary.Migrate(ctx))
	require.NoError(t, primary.Check(ctx))
	require.NoError(t, server.Crash())
	require.NoError(t, server.Standby(ctx))

	standby := open()
	for _, err := range []error{standby.Check(ctx), standby.Migrate(ctx)} {
		var why *ServerError
		require.ErrorAs(t, err, &why)
		require.Equal(t, "the server is a standby", why.Found)
		require.Contains(t, why.Fix, "connect to the primary")
	}
	require.ErrorIs(t, standby.PauseQueue(ctx, "q", "ada", ""), job.ErrUnavailable)
	queues, err := standby.Queues(ctx)
	require.NoError(t, err, "it can be read")
	require.Empty(t, queues)
}
