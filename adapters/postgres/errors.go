package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/puddle/v2"

	"github.com/task-tower/tasktower/core/job"
)

// errCallTimeout is the cause of a context that ran out of Config.CallTimeout.
var errCallTimeout = errors.New("the call timeout ran out")

// translate is the edge: it names the call and makes an error of the driver
// match the sentinel that a caller of the ports knows. The cause stays in the chain.
func translate(call string, err error) error {
	switch {
	case err == nil:
		return nil
	case isOurs(err):
		return fmt.Errorf("postgres: %s: %w", call, err)
	case isUnavailable(err):
		return fmt.Errorf("postgres: %s: %w: %w", call, job.ErrUnavailable, err)
	case isUnmigrated(err):
		return fmt.Errorf("postgres: %s: %w: %w", call, &ServerError{
			Found: "the schema is missing, or not that of this program", Fix: "run Store.Migrate",
		}, err)
	case isData(err), isViolation(err):
		return fmt.Errorf("postgres: %s: %w: %w", call, job.ErrInvalid, err)
	}
	return fmt.Errorf("postgres: %s: %w", call, err)
}

func isOurs(err error) bool {
	for _, kind := range []error{job.ErrInvalid, job.ErrNotFound, job.ErrConflict, job.ErrLeaseLost,
		job.ErrDuplicate, job.ErrUnavailable, job.ErrClosed} {
		if errors.Is(err, kind) {
			return true
		}
	}
	return false
}

// isUnavailable tells whether the server, or a way to it, is missing: a later
// try may succeed.
func isUnavailable(err error) bool {
	if code := sqlState(err); code != "" {
		switch code {
		case "57P01", "57P02", "57P03", "53300", "25006", "57014", "55P03", "25P03", "53100", "53200", "40P01", "40001":
			return true
		}
		return strings.HasPrefix(code, "08")
	}
	var connect *pgconn.ConnectError
	var network net.Error
	return errors.Is(err, errCallTimeout) || errors.As(err, &connect) || errors.As(err, &network) || errors.Is(err, io.EOF) ||
		errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) ||
		errors.Is(err, puddle.ErrClosedPool) || pgconn.Timeout(err) ||
		pgconn.SafeToRetry(err) && !errors.Is(err, pgx.ErrTxClosed) && !errors.Is(err, context.Canceled)
}

// isData tells whether the values of a statement are to blame.
func isData(err error) bool {
	code := sqlState(err)
	return strings.HasPrefix(code, "22") || strings.HasPrefix(code, "54")
}

// isUnmigrated tells whether something is missing that a migration makes: a
// table, a schema, a column or a function.
func isUnmigrated(err error) bool {
	switch sqlState(err) {
	case "42P01", "3F000", "42703", "42883":
		return true
	}
	return false
}

// unfit adds what is wrong with a caller's transaction, if that is to blame: it
// will not get better, so that it is not unavailable.
func unfit(err error) error {
	rule := ""
	switch code := sqlState(err); {
	case code == "25006":
		rule = "is read-only; want one that may write"
	case code == "25P02":
		rule = "was aborted by an earlier error; roll it back"
	case errors.Is(err, pgx.ErrTxClosed), errors.Is(err, sql.ErrTxDone):
		rule = "is over; want an open one"
	default:
		return err
	}
	return fmt.Errorf("%w: %w", job.Invalid("tx", rule), err)
}

// isViolation tells whether a value broke a CHECK of the schema.
func isViolation(err error) bool { return sqlState(err) == "23514" }

// isTaken tells whether a row of this primary key exists.
func isTaken(err error) bool { return sqlState(err) == "23505" }

// isClash tells whether the same transaction may succeed if it is tried again.
func isClash(err error) bool {
	code := sqlState(err)
	return code == "40P01" || code == "40001"
}

// isBusy tells whether somebody else's lock was in the way for too long.
func isBusy(err error) bool { return sqlState(err) == "55P03" }

func sqlState(err error) string {
	var refused *pgconn.PgError
	if errors.As(err, &refused) {
		return refused.Code
	}
	return ""
}
