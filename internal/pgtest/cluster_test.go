package pgtest

import (
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// A session that hangs must not keep the tests of a package from ending.
func TestCluster_EndsThoughASessionHangs(t *testing.T) {
	t.Parallel()
	c, err := startCluster(t.Context(), roomy(), fast, 1)
	require.NoError(t, err)
	conn, err := pgx.Connect(t.Context(), c.dsn)
	require.NoError(t, err)
	defer conn.Close(t.Context())
	require.NoError(t, syscall.Kill(int(conn.PgConn().PID()), syscall.SIGSTOP))
	require.NoError(t, c.stop())
	require.NoDirExists(t, c.dir)
}
