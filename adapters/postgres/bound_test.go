package postgres_test

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/adapters/postgres"
	"github.com/task-tower/tasktower/core/job"
)

// The server bounds what stores jobs, too: a client may be gone before its own limit is over.
func TestEnqueue_IsBoundedByTheServer(t *testing.T) {
	t.Parallel()
	w := setup(t, postgres.Config{CallTimeout: 12345 * time.Millisecond})
	_, err := w.pool.Exec(t.Context(), `CREATE TABLE seen (bound text);
		CREATE FUNCTION see() RETURNS trigger LANGUAGE plpgsql AS
			$$ BEGIN INSERT INTO seen VALUES (current_setting('statement_timeout')); RETURN NULL; END $$;
		CREATE TRIGGER see AFTER INSERT ON tasktower.job FOR EACH STATEMENT EXECUTE FUNCTION see()`, pgx.QueryExecModeSimpleProtocol)
	require.NoError(t, err)
	for name, specs := range map[string][]*job.Spec{
		"one":   specs(1),
		"again": specs(1), // now the queue is known
		"later": specs(1, func(s *job.Spec) { s.Delay = time.Hour }),
		"many":  specs(100),
		"keyed": specs(1, named("key")),
	} {
		_, err := w.Enqueue(t.Context(), specs)
		require.NoError(t, err, name)
	}
	var seen []string
	require.NoError(t, w.pool.QueryRow(t.Context(), "SELECT array_agg(DISTINCT bound) FROM seen").Scan(&seen))
	require.Equal(t, []string{"12345ms"}, seen)
}
