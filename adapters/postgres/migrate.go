package postgres

import (
	"context"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
)

// migration is one step of the schema.
type migration struct {
	version  int
	name     string
	up, down string
}

// SchemaError says that the schema's version is not the program's. Have is 0 if
// the schema holds nothing.
type SchemaError struct {
	Schema string
	Have   int
	Want   int
}

func (e *SchemaError) Error() string {
	switch {
	case e.Have > e.Want:
		return fmt.Sprintf("schema %s has version %d, this program knows %d: deploy a newer program, or take the schema back with MigrateDown of the newer one",
			e.Schema, e.Have, e.Want)
	case e.Have == 0:
		return fmt.Sprintf("schema %s is empty, this program needs version %d: run Migrate", e.Schema, e.Want)
	}
	return fmt.Sprintf("schema %s has version %d, this program needs %d: run Migrate", e.Schema, e.Have, e.Want)
}

// Migrate brings the schema to the version of this program, each step in its
// own transaction. Many processes may call it at once. A schema that is newer is
// a *SchemaError and stays as it is; what else is in the way, from a server that
// does not fit to a missing right, is a *ServerError that says what to do.
func (s *Store) Migrate(ctx context.Context) error {
	if _, err := s.checkServer(ctx); err != nil {
		return translate("migrate", s.hindered(ctx, err))
	}
	steps := migrations()
	for done := false; !done; {
		err := s.migrating(ctx, func(ctx context.Context, tx pgx.Tx, have int) error {
			if have > len(steps) {
				return &SchemaError{Schema: s.config.Schema, Have: have, Want: len(steps)}
			}
			if done = have == len(steps); done {
				return nil
			}
			step := steps[have]
			if err := script(ctx, tx, fill(step.up, s.config.Schema)); err != nil {
				return fmt.Errorf("version %d: %w", step.version, err)
			}
			_, err := tx.Exec(ctx, s.sql.get("migration_add"), step.version, step.name)
			return err
		})
		if err != nil {
			return translate("migrate", s.hindered(ctx, err))
		}
	}
	return nil
}

// MigrateDown takes the schema back to a version; 0 forgets every job. A schema
// that is newer than this program is a *SchemaError and stays as it is.
func (s *Store) MigrateDown(ctx context.Context, to int) error {
	steps := migrations()
	for done := false; !done; {
		err := s.migrating(ctx, func(ctx context.Context, tx pgx.Tx, have int) error {
			if have > len(steps) {
				return &SchemaError{Schema: s.config.Schema, Have: have, Want: len(steps)}
			}
			if done = have <= max(to, 0); done {
				return nil
			}
			step := steps[have-1]
			if err := script(ctx, tx, fill(step.down, s.config.Schema)); err != nil {
				return fmt.Errorf("version %d: %w", step.version, err)
			}
			_, err := tx.Exec(ctx, s.sql.get("migration_remove"), step.version)
			return err
		})
		if err != nil {
			return translate("migrate down", err)
		}
	}
	return nil
}

// migrating runs one step in a transaction of which there is one at a time.
func (s *Store) migrating(ctx context.Context, f func(ctx context.Context, tx pgx.Tx, have int) error) error {
	return pgx.BeginTxFunc(ctx, s.pool, pgx.TxOptions{IsoLevel: pgx.ReadCommitted}, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, s.sql.get("migration_lock"), s.class); err != nil {
			return err
		}
		var found bool
		if err := tx.QueryRow(ctx, s.sql.get("schema_exists"), s.config.Schema).Scan(&found); err != nil {
			return err
		}
		if !found {
			if _, err := tx.Exec(ctx, s.sql.get("schema_create")); err != nil {
				return err
			}
		}
		if _, err := tx.Exec(ctx, s.sql.get("migration_table")); err != nil {
			return err
		}
		var have int
		if err := tx.QueryRow(ctx, s.sql.get("migration_version")).Scan(&have); err != nil {
			return err
		}
		return f(ctx, tx, have)
	})
}

// script runs a file of many statements.
func script(ctx context.Context, tx pgx.Tx, sql string) error {
	_, err := tx.Conn().PgConn().Exec(ctx, sql).ReadAll()
	return err
}

// migrations lists the steps in order; step n brings version n to n+1.
func migrations() []migration {
	names, err := fs.Glob(migrationFiles, "migrations/*.up.sql")
	if err != nil {
		panic(err) // the pattern is a constant
	}
	slices.Sort(names)
	out := make([]migration, len(names))
	for i, name := range names {
		number, label, _ := strings.Cut(strings.TrimSuffix(path.Base(name), ".up.sql"), "_")
		version, err := strconv.Atoi(number)
		if err != nil || version != i+1 {
			panic("postgres: migration " + name + " is out of order")
		}
		out[i] = migration{version: version, name: label, up: mustRead(name), down: mustRead(strings.Replace(name, ".up.", ".down.", 1))}
	}
	return out
}

func mustRead(name string) string {
	text, err := migrationFiles.ReadFile(name)
	if err != nil {
		panic(err) // embedded
	}
	return string(text)
}
