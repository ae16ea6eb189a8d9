package postgres_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/adapters/postgres"
	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/core/schedule"
	"github.com/task-tower/tasktower/ports"
)

// rights are what a role may do with the tables and sequences of the schema, as
// "INSERT job"; of single columns as "SELECT job.id".
func rights(t *testing.T, w world, role string) (out []string) {
	t.Helper()
	rows, err := w.pool.Query(t.Context(), `
		SELECT p.name || ' ' || c.relname FROM pg_class c
		CROSS JOIN unnest('{SELECT,INSERT,UPDATE,DELETE,TRUNCATE,REFERENCES,TRIGGER}'::text[]) AS p (name)
		WHERE c.relnamespace = 'tasktower'::regnamespace AND c.relkind IN ('r', 'p', 'v') AND has_table_privilege($1, c.oid, p.name)
		UNION ALL
		SELECT p.name || ' ' || c.relname FROM pg_class c
		CROSS JOIN unnest('{SELECT,USAGE,UPDATE}'::text[]) AS p (name)
		WHERE c.relnamespace = 'tasktower'::regnamespace AND c.relkind = 'S' AND has_sequence_privilege($1, c.oid, p.name)
		UNION ALL
		SELECT p.name || ' ' || c.relname || '.' || a.attname FROM pg_class c
		JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
		CROSS JOIN unnest('{SELECT,INSERT,UPDATE}'::text[]) AS p (name)
		WHERE c.relnamespace = 'tasktower'::regnamespace AND c.relkind IN ('r', 'p', 'v')
			AND has_column_privilege($1, c.oid, a.attnum, p.name) AND NOT has_table_privilege($1, c.oid, p.name)
		UNION ALL
		SELECT p.name || ' the schema' FROM unnest('{USAGE,CREATE}'::text[]) AS p (name)
		WHERE has_schema_privilege($1, 'tasktower', p.name)`, role)
	require.NoError(t, err)
	out, err = pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	slices.Sort(out)
	return out
}

func requireDenied(t *testing.T, err error, what string) {
	t.Helper()
	var refused *pgconn.PgError
	require.ErrorAs(t, err, &refused, what)
	require.Equal(t, "42501", refused.Code, what)
}

// may runs what a role is for.
func may(t *testing.T, calls map[string]func() error) {
	t.Helper()
	for what, call := range calls {
		require.NoError(t, call(), what)
	}
}

// mayNot runs what the server must refuse.
func mayNot(t *testing.T, calls map[string]func() error) {
	t.Helper()
	for what, call := range calls {
		requireDenied(t, call(), what)
	}
}

// questions are the calls that read.
func questions(w world, id job.ID) map[string]func() error {
	ctx := context.Background()
	return map[string]func() error{
		"get":       func() error { _, err := w.Get(ctx, id); return err },
		"history":   func() error { _, err := w.History(ctx, id); return err },
		"failures":  func() error { _, err := w.Failures(ctx, id); return err },
		"reports":   func() error { _, err := w.Reports(ctx, id); return err },
		"standing":  func() error { _, err := w.Standing(ctx, id, 10); return err },
		"list":      func() error { _, err := w.List(ctx, job.Filter{Limit: 10}); return err },
		"counts":    func() error { _, err := w.Counts(ctx, 10); return err },
		"waiting":   func() error { _, err := w.Waiting(ctx); return err },
		"queues":    func() error { _, err := w.Queues(ctx); return err },
		"workers":   func() error { _, err := w.Workers(ctx); return err },
		"recurring": func() error { _, err := w.Recurring(ctx); return err },
		"the view":  func() error { _, err := w.pool.Exec(ctx, "SELECT * FROM tasktower.jobs"); return err },
	}
}

// enqueues are the ways of storing jobs.
func enqueues(w world) map[string]func() error {
	ctx := context.Background()
	enqueue := func(specs ...*job.Spec) func() error {
		return func() error { _, err := w.Enqueue(ctx, specs); return err }
	}
	exec := func(sql string) func() error { return func() error { _, err := w.pool.Exec(ctx, sql); return err } }
	keyed := func(s *job.Spec) { s.UniqueKey, s.UniqueFor = "key", time.Minute }
	return map[string]func() error{
		"one":        enqueue(spec()),
		"a few":      enqueue(specs(3)...),
		"many":       enqueue(specs(200)...),
		"later":      enqueue(spec(func(s *job.Spec) { s.Delay = time.Hour }), spec(func(s *job.Spec) { s.Queue, s.DeadlineIn = "new", time.Hour })),
		"unique":     enqueue(spec(keyed), spec(keyed)),
		"a function": exec("SELECT tasktower.enqueue('k', queue => 'newer', unique_key => 'other', unique_for => '1 hour', tags => '{a}', deadline => now() + interval '1 day')"),
		"an insert":  exec("INSERT INTO tasktower.job (kind, queue, unique_key, run_at) VALUES ('k', 'newest', 'third', now()), ('l', 'q', NULL, now() + interval '1 day')"),
		"a transaction": func() error {
			return pgx.BeginFunc(ctx, w.pool, func(tx pgx.Tx) error {
				in, err := w.InTx(tx)
				if err == nil {
					_, err = in.Enqueue(ctx, specs(2))
				}
				return err
			})
		},
	}
}

func TestRoles_TheEnqueuerEnqueuesAndNothingElse(t *testing.T) {
	t.Parallel()
	all := roles(t)
	direct, w := all.open(t, postgres.Config{}), all.by(t, "tasktower_enqueue")
	require.NoError(t, w.Check(t.Context()))
	for range 2 { // now to queues and kinds that are known, and keys that are held
		calls := enqueues(w)
		delete(calls, "an insert") // of a key that is held by then
		may(t, calls)
	}
	may(t, map[string]func() error{"an insert": enqueues(w)["an insert"]})
	counts, err := direct.Counts(t.Context(), 1000)
	require.NoError(t, err)
	jobs := 0
	for _, c := range counts {
		jobs += c.Jobs
	}
	require.Equal(t, 2*(1+3+200+2+2)+2+2, jobs)

	id := spec().ID
	mayNot(t, questions(w, id))
	mayNot(t, commands(w, id, "nobody"))
	mayNot(t, map[string]func() error{
		"register": func() error { _, err := w.Register(t.Context(), ports.Worker{ID: "w"}, time.Minute); return err },
		"promote":  func() error { _, err := w.Promote(t.Context(), 10); return err },
		"doze":     func() error { return w.Doze(t.Context(), time.Minute) },
	})
	require.Equal(t, []string{
		"DELETE announcement",
		"INSERT announcement", "INSERT deadline", "INSERT job", "INSERT kind", "INSERT later", "INSERT queue", "INSERT ready", "INSERT unique_key",
		"SELECT announcement", "SELECT hungry", "SELECT job.bucket", "SELECT job.id", "SELECT kind", "SELECT migration", "SELECT queue", "SELECT ring", "SELECT unique_key",
		"UPDATE unique_key", "USAGE the schema",
	}, rights(t, direct, "tasktower_enqueue"))
}

func TestRoles_TheViewerReadsAndNothingElse(t *testing.T) {
	t.Parallel()
	all := roles(t)
	direct, w := all.open(t, postgres.Config{}), all.by(t, "tasktower_viewer")
	require.NoError(t, w.Check(t.Context()))
	waiting := spec()
	_, err := direct.Enqueue(t.Context(), []*job.Spec{waiting})
	require.NoError(t, err)
	may(t, questions(w, waiting.ID))
	mayNot(t, enqueues(w))
	mayNot(t, commands(w, waiting.ID, "nobody"))
	for _, right := range rights(t, direct, "tasktower_viewer") {
		require.True(t, strings.HasPrefix(right, "SELECT ") || right == "USAGE the schema", right)
	}
}

// commands are the calls by which people change things; they leave little behind.
func commands(w world, id job.ID, worker string) map[string]func() error {
	ctx := context.Background()
	return map[string]func() error{
		"pause a queue":  func() error { return w.PauseQueue(ctx, "q", "ada", "") },
		"resume a queue": func() error { return w.ResumeQueue(ctx, "q") },
		"tag":            func() error { return w.Tag(ctx, id, []string{"a"}) },
		"add recurring": func() error {
			return w.SaveRecurring(ctx, ports.Recurring{Key: "k", Spec: "@every 1m", Zone: "UTC", Misfire: schedule.MisfireOnce, Overlap: schedule.OverlapSkip, Job: spec()})
		},
		"pause a worker":  func() error { return w.PauseWorker(ctx, worker, "ada", "") },
		"resume a worker": func() error { return w.ResumeWorker(ctx, worker) },
		"drain a worker":  func() error { return w.DrainWorker(ctx, worker) },
		"resize a worker": func() error { return w.SetConcurrency(ctx, worker, 3) },
		"cancel":          func() error { _, err := w.Cancel(ctx, id, "why"); return err },
	}
}

func TestRoles_TheOperatorCommandsAndDoesNotWork(t *testing.T) {
	t.Parallel()
	all := roles(t)
	direct, w := all.open(t, postgres.Config{}), all.by(t, "tasktower_operator")
	require.NoError(t, w.Check(t.Context()))
	may(t, enqueues(w))
	one := spec(func(s *job.Spec) { s.DeadlineIn, s.UniqueKey = time.Hour, "mine" })
	_, err := w.Enqueue(t.Context(), []*job.Spec{one})
	require.NoError(t, err)
	const worker = "w"
	number, err := direct.Register(t.Context(), ports.Worker{ID: worker, Kinds: []string{"k"}}, time.Minute)
	require.NoError(t, err)
	may(t, questions(w, one.ID))
	may(t, commands(w, one.ID, worker))
	ctx := t.Context()
	for _, call := range []func() error{ // in this order
		func() error { return w.Requeue(ctx, one.ID, "again") },
		func() error { _, err := w.Cancel(ctx, one.ID, ""); return err },
		func() error {
			_, err := w.PruneOlder(ctx, ports.PruneRequest{Retention: job.Retention{Completed: job.KeepForever, Cancelled: 0, Dead: job.KeepForever}, Limit: 1000})
			return err
		},
		func() error { return w.PauseRecurring(ctx, "k", "ada", "", time.Time{}) },
		func() error { return w.ResumeRecurring(ctx, "k") },
		func() error { return w.RemoveRecurring(ctx, "k") },
	} {
		require.NoError(t, call())
	}
	_, err = w.Get(ctx, one.ID)
	require.ErrorIs(t, err, job.ErrNotFound, "it was pruned")
	other, later, held := spec(), spec(func(s *job.Spec) { s.Delay = time.Hour }), spec()
	_, err = w.Enqueue(ctx, []*job.Spec{other, later, held})
	require.NoError(t, err)
	require.NoError(t, w.Delete(ctx, other.ID))
	state, err := w.Cancel(ctx, later.ID, "")
	require.NoError(t, err)
	require.Equal(t, job.Cancelled, state)
	require.NotEmpty(t, direct.worker(t).claim(t, 1000, everything))
	state, err = w.Cancel(ctx, held.ID, "")
	require.NoError(t, err)
	require.Equal(t, job.Processing, state)

	mayNot(t, map[string]func() error{
		"register": func() error { _, err := w.Register(ctx, ports.Worker{ID: "x"}, time.Minute); return err },
		"beat":     func() error { _, err := w.Beat(ctx, ports.Beat{Number: number}, time.Minute); return err },
		"claim": func() error {
			_, err := w.Claim(ctx, ports.ClaimRequest{Lease: job.NewLease(number, 1), Plan: everything, Kinds: []string{"k"}, Limit: 1})
			return err
		},
		"retain": func() error { return w.Retain(ctx, map[string]job.Retention{"k": job.DefaultRetention()}) },
		"tidy":   func() error { _, err := w.pool.Exec(ctx, "TRUNCATE tasktower.ready_0"); return err },
	})
}

func TestRoles_TheMigratorAloneMigrates(t *testing.T) {
	t.Parallel()
	all := roles(t)
	for _, role := range []string{"tasktower_enqueue", "tasktower_viewer", "tasktower_worker", "tasktower_operator"} {
		w := all.by(t, role)
		requireDenied(t, w.MigrateDown(t.Context(), 0), role)
		requireFix(t, w.Migrate(t.Context()), role, "migrate as tasktower_migrator")
	}
	w := all.by(t, "tasktower_migrator")
	require.NoError(t, w.MigrateDown(t.Context(), 0))
	require.NoError(t, w.Migrate(t.Context()))
	require.NoError(t, w.Check(t.Context()))
	require.NotContains(t, slices.Concat(rights(t, w, "tasktower_worker"), rights(t, w, "tasktower_viewer")), "SELECT job", "the grants went with the tables")
}
