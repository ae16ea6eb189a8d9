package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// minServer is the oldest server, as server_version_num.
const minServer = 140000

// ServerError says why a server cannot hold the schema, and what to do.
type ServerError struct {
	Found string
	Fix   string
}

func (e *ServerError) Error() string { return e.Found + ": " + e.Fix }

// Check tells whether the Store can work: the server is PostgreSQL 14 or newer,
// speaks UTF-8 and takes writes (*ServerError), and the schema has the version of
// this program (*SchemaError).
func (s *Store) Check(ctx context.Context) error {
	ctx, cancel, err := s.call(ctx)
	if err != nil {
		return translate("check", err)
	}
	defer cancel()
	return translate("check", s.check(ctx))
}

func (s *Store) check(ctx context.Context) error {
	var version int
	var encoding string
	var standby, readOnly, migrated bool
	table := pgx.Identifier{s.config.Schema, "migration"}.Sanitize()
	err := s.pool.QueryRow(ctx, s.sql.get("check_server"), table).Scan(&version, &encoding, &standby, &readOnly, &migrated)
	switch {
	case err != nil:
		return err
	case version < minServer:
		return &ServerError{Found: fmt.Sprintf("the server is PostgreSQL %d", version/10000), Fix: "upgrade it to 14 or newer"}
	case encoding != "UTF8":
		return &ServerError{Found: "the database is encoded in " + encoding, Fix: "make one with CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0"}
	case standby:
		return &ServerError{Found: "the server is a standby", Fix: "connect to the primary, for example with target_session_attrs=read-write"}
	case readOnly:
		return &ServerError{Found: "transactions are read-only", Fix: "set default_transaction_read_only to off for this role and database"}
	}

	have := 0
	if migrated {
		if err := s.pool.QueryRow(ctx, s.sql.get("migration_version")).Scan(&have); err != nil {
			return err
		}
	}
	if want := len(migrations()); have != want {
		return &SchemaError{Schema: s.config.Schema, Have: have, Want: want}
	}
	return nil
}
