package postgres

import (
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/adapters/system"
	"github.com/task-tower/tasktower/core/job"
)

func TestIDList_ReadsWhatTheServerSends(t *testing.T) {
	t.Parallel()
	store := openInside(t)
	var ids system.IDs
	many := make([]job.ID, 1000)
	for i := range many {
		many[i] = ids.NewID()
	}
	for name, want := range map[string][]job.ID{"none": {}, "one": {{}}, "a few": many[:3], "many": many} {
		for _, mode := range []pgx.QueryExecMode{pgx.QueryExecModeCacheStatement, pgx.QueryExecModeExec, pgx.QueryExecModeSimpleProtocol} {
			t.Run(name+" by "+mode.String(), func(t *testing.T) {
				t.Parallel()
				got := idList{{1}} // of the row before
				require.NoError(t, store.pool.QueryRow(t.Context(), "SELECT $1::uuid[]", mode, uuids(want)).Scan(&got))
				require.Equal(t, want, append([]job.ID{}, got...))
			})
		}
	}
	got := idList{{1}}
	require.NoError(t, store.pool.QueryRow(t.Context(), "SELECT NULL::uuid[]").Scan(&got))
	require.Empty(t, got)
	require.Error(t, got.ScanBytes(make([]byte, 25)))
	require.Error(t, got.ScanBytes([]byte("{0}")))
}
