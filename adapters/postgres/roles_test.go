package postgres_test

import (
	"context"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/task-tower/tasktower/adapters/postgres"
	"github.com/task-tower/tasktower/internal/pgtest"
	"github.com/task-tower/tasktower/ports/portstest"
)

const rolesPage = "../../docs/how-to/database-roles.md"

// sqlOf are the statements of a page, block by block.
func sqlOf(page string) ([]string, error) {
	text, err := os.ReadFile(page)
	if err != nil {
		return nil, err
	}
	var blocks []string
	for _, m := range regexp.MustCompile("(?s)```sql\n(.*?)```").FindAllStringSubmatch(string(text), -1) {
		blocks = append(blocks, m[1])
	}
	return blocks, nil
}

// suiteRole works and commands.
const suiteRole = "tasktower_worker_and_operator"

// withRoles fills a database as the page says: the first block as a superuser,
// and after a migration the others, twice, as the migrator.
func withRoles(ctx context.Context, dsn string) error {
	blocks, err := sqlOf(rolesPage)
	if err != nil {
		return err
	}
	granted := strings.Join(blocks[1:], "\n")
	made := blocks[0] + "CREATE ROLE " + suiteRole + " LOGIN IN ROLE tasktower_worker, tasktower_operator;"
	if err := run(ctx, dsn, made); err != nil {
		return err
	}
	if err := migrate(ctx, as(dsn, "tasktower_migrator")); err != nil {
		return err
	}
	return run(ctx, as(dsn, "tasktower_migrator"), granted+granted)
}

func run(ctx context.Context, dsn, sql string) error {
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, sql, pgx.QueryExecModeSimpleProtocol)
	return err
}

// as is a connection string for another user.
func as(dsn, role string) string { return dsn + " user=" + role }

// roles is a database with the roles of the page.
func roles(t testing.TB) world {
	t.Helper()
	if os.Getenv(pgtest.EnvURL) != "" {
		t.Skip("roles belong to the whole server; a server from outside would keep them")
	}
	return world{dsn: pgtest.Clone(t, "with roles", withRoles)}
}

// by is a store on the same database, of another user.
func (w world) by(t testing.TB, role string) world {
	t.Helper()
	w.dsn = as(w.dsn, role)
	return w.open(t, postgres.Config{})
}

func TestRoles_TheContractOfAStoreHolds(t *testing.T) {
	portstest.TestStore(t, func(t testing.TB) portstest.Subject { return subject(t, roles(t).by(t, suiteRole)) })
}
