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
	migrated, err := s.checkServer(ctx)
	if err != nil {
		return err
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

// checkServer tells whether the server can hold the schema, and whether a
// migration was ever begun.
func (s *Store) checkServer(ctx context.Context) (migrated bool, err error) {
	var is serverFacts
	table := pgx.Identifier{s.config.Schema, "migration"}.Sanitize()
	err = s.pool.QueryRow(ctx, s.sql.get("check_server"), table).Scan(&is.version, &is.encoding, &is.standby, &is.readOnly, &migrated)
	if err == nil {
		err = is.unfit()
	}
	return migrated, err
}

// serverFacts are what must hold of a server.
type serverFacts struct {
	version  int // as server_version_num
	encoding string
	standby  bool
	readOnly bool
}

// unfit says why the server cannot hold the schema; nil: it can.
func (is serverFacts) unfit() error {
	switch {
	case is.version < minServer:
		return &ServerError{Found: fmt.Sprintf("the server is PostgreSQL %d", is.version/10000), Fix: "upgrade it to 14 or newer"}
	case is.encoding != "UTF8":
		return &ServerError{Found: "the database is encoded in " + is.encoding, Fix: "make one with CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0"}
	case is.standby:
		return &ServerError{Found: "the server is a standby", Fix: "connect to the primary, for example with target_session_attrs=read-write"}
	case is.readOnly:
		return &ServerError{Found: "transactions are read-only", Fix: "set default_transaction_read_only to off for this role and database"}
	}
	return nil
}

// hindered adds to what stopped a migration how to get it out of the way.
func (s *Store) hindered(ctx context.Context, err error) error {
	switch sqlState(err) {
	case "42501": // insufficient privilege
		var role, database string
		var owner *string
		if s.pool.QueryRow(ctx, s.sql.get("migration_rights"), s.config.Schema).Scan(&role, &database, &owner) != nil {
			return err
		}
		fix := "GRANT CREATE ON DATABASE " + database + " TO " + role
		if owner != nil {
			fix = "migrate as " + *owner + ", who owns the schema, or GRANT " + *owner + " TO " + role
		}
		found := "role " + role + " may not migrate schema " + s.config.Schema
		return fmt.Errorf("%w: %w", &ServerError{Found: found, Fix: fix}, err)
	case "42P07", "42710", "42723": // a table, type or function of this name exists
		return fmt.Errorf("%w: %w", &ServerError{
			Found: "schema " + s.config.Schema + " holds things that no migration has made",
			Fix:   "choose another schema, or drop what is in the way",
		}, err)
	}
	return err
}
