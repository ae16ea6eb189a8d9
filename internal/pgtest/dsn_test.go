package pgtest

import (
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

func TestReplaceDatabase_UnderstandsBothForms(t *testing.T) {
	t.Parallel()
	for _, dsn := range []string{
		"postgres://ada:s%20t@localhost:5433/postgres?sslmode=disable", "postgresql://localhost",
		"host=/tmp/x port=5432 user=postgres dbname=postgres",
	} {
		config, err := pgx.ParseConfig(replaceDatabase(dsn, "postgres", "other"))
		require.NoError(t, err)
		require.Equal(t, "other", config.Database)
	}
}
