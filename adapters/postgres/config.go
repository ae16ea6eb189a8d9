package postgres

import (
	"errors"
	"regexp"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/task-tower/tasktower/core/job"
)

// Defaults and limits of a Config.
const (
	DefaultSchema      = "tasktower"
	DefaultCallTimeout = 5 * time.Second
	MinCallTimeout     = 100 * time.Millisecond
	MaxCallTimeout     = 10 * time.Minute
)

// Config says how a Store works. The zero value is good.
type Config struct {
	// Schema holds the tables: [a-z_][a-z0-9_]{0,39}, not beginning with pg_.
	// Default: tasktower.
	Schema string
	// PollOnly keeps the Store from listening for notifications and from sending
	// them. Hints of its own process still arrive, but for those of callers'
	// transactions; everything else is found by polling.
	PollOnly bool
	// ListenDSN is where the listening connection goes, for pools behind a
	// transaction pooler. Default: where the pool's connections go.
	ListenDSN string
	// CallTimeout bounds each call, here and on the server, 100 ms to 10 min.
	// Default: 5 s. Calls that move many jobs get it once per batch.
	CallTimeout time.Duration
	// DurableClaims lets no job start before its claim is on the server's disk, which
	// takes a claim about as much longer as a commit. Without it, a crash of the server
	// undoes claims of up to three times its wal_writer_delay (200 ms); those jobs run
	// again, and what their first runs return is refused.
	DurableClaims bool
}

var schemaName = regexp.MustCompile(`^[a-z_][a-z0-9_]{0,39}$`)

// check fills the defaults in and joins every mistake; each matches job.ErrInvalid.
func (c *Config) check(pool *pgxpool.Pool) error {
	if c.Schema == "" {
		c.Schema = DefaultSchema
	}
	if c.CallTimeout == 0 {
		c.CallTimeout = DefaultCallTimeout
	}
	var errs []error
	if pool == nil {
		errs = append(errs, job.Invalid("pool", "is nil; want one from pgxpool.New"))
	}
	if !schemaName.MatchString(c.Schema) {
		errs = append(errs, job.Invalid("Schema", "is %q; want [a-z_][a-z0-9_]{0,39}", job.Clip(c.Schema, 80)))
	}
	if strings.HasPrefix(c.Schema, "pg_") {
		errs = append(errs, job.Invalid("Schema", "is %q; PostgreSQL keeps names that begin with pg_ for itself", job.Clip(c.Schema, 80)))
	}
	if c.CallTimeout < MinCallTimeout || c.CallTimeout > MaxCallTimeout {
		errs = append(errs, job.Invalid("CallTimeout", "is %s; want %s to %s", c.CallTimeout, MinCallTimeout, MaxCallTimeout))
	}
	if c.ListenDSN != "" {
		if c.PollOnly {
			errs = append(errs, job.Invalid("ListenDSN", "is set, and PollOnly keeps it from being used; leave one of them out"))
		}
		if _, err := pgx.ParseConfig(c.ListenDSN); err != nil {
			errs = append(errs, job.Invalid("ListenDSN", "cannot be parsed; want a PostgreSQL URL or key=value list"))
		}
	}
	return errors.Join(errs...)
}
