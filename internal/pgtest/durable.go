package pgtest

import (
	"context"
	"os"
)

// Durable starts a server for measurements: in the folder for temporary files and
// never in memory, where a sync costs nothing, with fsync and synchronous_commit
// on, and room for a long run between checkpoints. The caller
// stops it; it ends with the process in any case.
func Durable(ctx context.Context) (dsn string, stop func(), err error) {
	c, err := startCluster(ctx, os.TempDir(), "-c fsync=on -c synchronous_commit=on -c shared_buffers=512MB -c max_wal_size=8GB -c checkpoint_timeout=30min", patience)
	if err != nil {
		return "", nil, err
	}
	return c.dsn, func() { _ = c.stop() }, nil
}
