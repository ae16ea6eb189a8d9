// Package postgres keeps jobs in PostgreSQL, version 14 or newer, with pgx.
//
// A Store implements ports.Store. It needs a pool and a schema of its own, which
// Migrate makes and Check looks at:
//
//	store, err := postgres.New(pool, postgres.Config{})
//	err = store.Migrate(ctx)
//	defer store.Close()
//
// A job's facts are written once. Where a job stands says in which state it is:
// in the table ready it is enqueued, in later scheduled or retrying, in an open
// lease processing, and otherwise its last row in history tells. Whoever takes
// rows out of ready or later holds the advisory lock of the bucket for the length
// of one statement, so claims are exact without locking rows.
//
// The SQL stands in queries, one statement per file, as it is sent but for
// {schema}. The view jobs shows everything to people.
//
// No session state is kept, so a pool may go through PgBouncer in transaction
// mode, with pgx.QueryExecModeExec as its default mode. The one connection that
// listens is the Store's own and can have its own address: Config.ListenDSN.
package postgres
