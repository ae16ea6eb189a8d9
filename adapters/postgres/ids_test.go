package postgres

import (
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/adapters/system"
	"github.com/task-tower/tasktower/core/job"
)

func TestReadIDs_ReadsWhatTheServerSends(t *testing.T) {
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
				rows, err := store.pool.Query(t.Context(), "SELECT $1::uuid[]", mode, uuids(want))
				require.NoError(t, err)
				var raw pgtype.UndecodedBytes
				var got []job.ID
				_, err = pgx.ForEachRow(rows, []any{&raw}, func() (err error) {
					got, err = readIDs(raw)
					return err
				})
				require.NoError(t, err)
				require.Equal(t, want, append([]job.ID{}, got...))
			})
		}
	}
	for _, bad := range []string{"{0}", string(make([]byte, 25))} {
		_, err := readIDs([]byte(bad))
		require.Error(t, err)
	}
	got, err := readIDs(nil)
	require.NoError(t, err)
	require.Empty(t, got)
}
