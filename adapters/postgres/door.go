package postgres

import (
	"context"
	"database/sql"

	"github.com/jackc/pgx/v5"
)

// door is a way into a transaction, of pgx or of database/sql. What goes through
// is text, numbers and times, so that both drivers carry it alike.
type door interface {
	query(ctx context.Context, sql string, args ...any) (rows, error)
	exec(ctx context.Context, sql string, args ...any) error
	// load copies n rows in the binary format; false if the driver cannot.
	load(ctx context.Context, sql string, n int, row func(b copyBuffer, i int) copyBuffer) (bool, error)
}

type rows interface {
	Next() bool
	Scan(into ...any) error
	Err() error
}

// each scans every row and closes.
func each(ctx context.Context, d door, sql string, args []any, into []any, f func() error) error {
	found, err := d.query(ctx, sql, args...)
	if err != nil {
		return err
	}
	defer closeRows(found)
	for found.Next() {
		if err := found.Scan(into...); err != nil {
			return err
		}
		if err := f(); err != nil {
			return err
		}
	}
	return found.Err()
}

func closeRows(r rows) {
	switch r := r.(type) {
	case pgx.Rows:
		r.Close()
	case *sql.Rows:
		_ = r.Close() // Err has told what there was to tell
	}
}

type pgxDoor struct{ tx pgx.Tx }

func (d pgxDoor) query(ctx context.Context, sql string, args ...any) (rows, error) {
	return d.tx.Query(ctx, sql, args...)
}

func (d pgxDoor) exec(ctx context.Context, sql string, args ...any) error {
	_, err := d.tx.Exec(ctx, sql, args...)
	return err
}

func (d pgxDoor) load(ctx context.Context, sql string, n int, row func(b copyBuffer, i int) copyBuffer) (bool, error) {
	return true, copyIn(ctx, d.tx.Conn(), sql, n, true, row)
}

type sqlDoor struct{ tx *sql.Tx }

func (d sqlDoor) query(ctx context.Context, sql string, args ...any) (rows, error) {
	return d.tx.QueryContext(ctx, sql, args...)
}

func (d sqlDoor) exec(ctx context.Context, sql string, args ...any) error {
	_, err := d.tx.ExecContext(ctx, sql, args...)
	return err
}

func (d sqlDoor) load(context.Context, string, int, func(copyBuffer, int) copyBuffer) (bool, error) {
	return false, nil
}
