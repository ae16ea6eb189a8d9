package pgtest_test

import (
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/internal/pgtest"
)

func TestServer_KeepsWhatWasCommittedOverACrash(t *testing.T) {
	t.Parallel()
	server, err := pgtest.NewServer(t.Context())
	require.NoError(t, err)
	defer func() { require.NoError(t, server.Close()) }()

	conn, err := pgx.Connect(t.Context(), server.DSN("postgres"))
	require.NoError(t, err)
	_, err = conn.Exec(t.Context(), "CREATE TABLE kept (n int); INSERT INTO kept VALUES (7)")
	require.NoError(t, err)

	require.NoError(t, server.Crash())
	require.Error(t, conn.Ping(t.Context()))
	require.NoError(t, server.Restart(t.Context()))

	conn, err = pgx.Connect(t.Context(), server.DSN("postgres"))
	require.NoError(t, err)
	defer conn.Close(t.Context())
	var n int
	require.NoError(t, conn.QueryRow(t.Context(), "SELECT n FROM kept").Scan(&n))
	require.Equal(t, 7, n)
}
