package postgres

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/internal/pgtest"
)

var update = flag.Bool("update", false, "rewrite the goldens")

// hot are the statements on the way of every job, from enqueue to retention, and the file of the settings
// they run under.
var hot = map[string][]any{
	"claim":            {"claim_begin", "5000ms", 1, 0, bucketPatience},
	"claim_merged":     {"claim_begin", "5000ms", 1, 0, bucketPatience},
	"lanes":            {"settings", "5000ms", "on", "on"},
	"claim_held":       {"settings", "5000ms", "on", "on"},
	"claim_read":       {"settings", "5000ms", "on", "on"},
	"claim_read_near":  {"settings", "5000ms", "on", "on"},
	"claim_processing": {"claim_begin", "5000ms", 1, 0, bucketPatience},
	"settle_hold":      {"settings", "5000ms", "off", "on"},
	"settle_close":     {"settings", "5000ms", "off", "on"},
	"settle_asked":     {"settings", "5000ms", "off", "on"},
	"settle_lock":      {"settings", "5000ms", "off", "on"},
	"settle_completed": {"settings", "5000ms", "off", "on"},
	"settle":           {"settings", "5000ms", "off", "on"},
	"report":           {"settings", "5000ms", "off", "on"},
	"promote":          {"settings", "5000ms", "on", "on"},
	"promote_next":     {"settings", "5000ms", "on", "on"},
	"deadline_passed":  {"settings", "5000ms", "on", "on"},
	"worker_late":      {"settings", "5000ms", "on", "on"},
	"tidy_empty_0":     {"settings", "5000ms", "on", "on"},
	"enqueue_begin":    {"settings", "5000ms", "on", "on"},
	"prune_take":       {"settings", "5000ms", "on", "on"},
	"prune_visit":      {"settings", "5000ms", "on", "on"},
	"prune_lock":       {"settings", "5000ms", "on", "on"},
	"prune_delete":     {"settings", "5000ms", "on", "on"},
	"deaths_take":      {"settings", "5000ms", "on", "on"},
	"get":              {"settings", "5000ms", "on", "on"},
}

func openInside(t *testing.T) *Store {
	t.Helper()
	dsn := pgtest.Empty(t)
	pool, err := pgxpool.New(t.Context(), dsn)
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	store, err := New(pool, Config{PollOnly: true, CallTimeout: time.Minute})
	require.NoError(t, err)
	t.Cleanup(store.Close)
	require.NoError(t, store.Migrate(t.Context()))
	return store
}

// A plan that depends on what the planner believes about a table is right until
// it is not. So each hot statement must use the same indexes whatever is there.
func TestHotStatements_UseTheSameIndexesWhateverTheTablesHold(t *testing.T) {
	t.Parallel()
	store := openInside(t)
	moments := []struct{ name, sql string }{
		{"on empty tables", ""},
		{"on a huge table that was never analysed", `
			ALTER TABLE {schema}.job SET (autovacuum_enabled = off);
			ALTER TABLE {schema}.ready_0 SET (autovacuum_enabled = off);
			INSERT INTO {schema}.worker (id, host, pid, version, kinds, slots, started_at, beat_at, live_until)
			VALUES ('w', 'h', 1, 'v', '{}', 1, now(), now(), now() + interval '1 hour');
			INSERT INTO {schema}.job (kind, queue, priority) SELECT 'k' || n % 3, 'q' || n % 7, n % 2 FROM generate_series(1, 100000) n;
			INSERT INTO {schema}.history (bucket, seq, job_id, ended_at, state, cause, attempt, failures, crashes, final)
			SELECT 0, 0, id, now(), 5, 3, 1, 0, 0, true FROM {schema}.job LIMIT 50000;`},
		{"on a huge table that was analysed", "ANALYZE"},
		{"on a table that was emptied behind the planner's back", "TRUNCATE {schema}.ready, {schema}.history"},
	}
	var golden string
	for _, m := range moments {
		_, err := store.pool.Exec(t.Context(), fill(m.sql, DefaultSchema), pgx.QueryExecModeSimpleProtocol)
		require.NoError(t, err, m.name)
		got := scans(t, store)
		if golden == "" {
			golden = got
		}
		require.Equal(t, golden, got, m.name)
	}

	path := filepath.Join("testdata", "scans.golden")
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(golden), 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), golden)
}

// scans lists how each hot statement reaches each table.
func scans(t *testing.T, s *Store) string {
	t.Helper()
	var names []string
	for name := range hot {
		names = append(names, name)
	}
	slices.Sort(names)
	var out strings.Builder
	for _, name := range names {
		fmt.Fprintf(&out, "%s\n", name)
		for _, line := range explain(t, s, name) {
			fmt.Fprintf(&out, "\t%s\n", line)
		}
	}
	return out.String()
}

func explain(t *testing.T, s *Store, name string) []string {
	t.Helper()
	ctx := t.Context()
	conn, err := s.pool.Acquire(ctx)
	require.NoError(t, err)
	defer conn.Release()
	tx, err := conn.Begin(ctx)
	require.NoError(t, err)
	defer func() { _ = tx.Rollback(context.Background()) }()
	_, err = tx.Exec(ctx, s.sql.get(hot[name][0].(string)), hot[name][1:]...)
	require.NoError(t, err)
	_, err = tx.Exec(ctx, "PREPARE hot AS "+s.sql.get(name), pgx.QueryExecModeSimpleProtocol)
	require.NoError(t, err, name)
	described, err := tx.Prepare(ctx, "count", s.sql.get(name))
	require.NoError(t, err)
	execute := "EXECUTE hot"
	if n := len(described.ParamOIDs); n > 0 {
		execute += " (NULL" + strings.Repeat(", NULL", n-1) + ")"
	}
	var text string
	require.NoError(t, tx.QueryRow(ctx, "EXPLAIN (FORMAT JSON) "+execute, pgx.QueryExecModeSimpleProtocol).Scan(&text))
	_, err = tx.Exec(ctx, "DEALLOCATE hot", pgx.QueryExecModeSimpleProtocol)
	require.NoError(t, err)
	require.NoError(t, conn.Conn().Deallocate(ctx, "count"))

	var plans []struct{ Plan map[string]any }
	require.NoError(t, json.Unmarshal([]byte(text), &plans))
	var found []string
	walkPlan(plans[0].Plan, &found)
	slices.Sort(found)
	return slices.Compact(found)
}

func walkPlan(node map[string]any, found *[]string) {
	if table, ok := node["Relation Name"].(string); ok && strings.HasPrefix(table, "pg_") {
		return // the server's own
	} else if ok && node["Operation"] == nil {
		*found = append(*found, strings.TrimSpace(fmt.Sprintf("%s: %s %v %s", table, node["Node Type"], orBlank(node["Index Name"]), keys(node))))
	} else if index, ok := node["Index Name"].(string); ok && node["Relation Name"] == nil {
		*found = append(*found, fmt.Sprintf("%s %s", node["Node Type"], index))
	}
	children, _ := node["Plans"].([]any)
	for _, child := range children {
		walkPlan(child.(map[string]any), found)
	}
}

var column = regexp.MustCompile(`\((?:\w+\.)?(\w+) (?:=|<|>|<=|>=) `)

// keys are the columns by which an index is searched: a condition on one that is not
// among them is a filter, and so many more rows are read. That does no harm in tables
// that hold few rows whatever happens.
func keys(node map[string]any) string {
	if table := node["Relation Name"]; table == "cancel_request" || table == "death" {
		return ""
	}
	cond, _ := node["Index Cond"].(string)
	var names []string
	for _, m := range column.FindAllStringSubmatch(cond, -1) {
		if !slices.Contains(names, m[1]) {
			names = append(names, m[1])
		}
	}
	if strings.Contains(cond, "ROW(") {
		names = append(names, "row")
	}
	return strings.Join(names, "+")
}

func orBlank(v any) any {
	if v == nil {
		return ""
	}
	return v
}

func TestStatements_PrepareEveryFile(t *testing.T) {
	t.Parallel()
	store := openInside(t)
	conn, err := store.pool.Acquire(t.Context())
	require.NoError(t, err)
	defer conn.Release()
	for name, sql := range store.sql {
		switch {
		case strings.HasPrefix(name, "tidy_lock"), strings.HasPrefix(name, "tidy_truncate"), name == "enqueue_copy", name == "settle_copy",
			name == "schema_create", name == "migration_table":
			continue // utility statements have nothing to prepare; other tests run them
		}
		_, err := conn.Conn().Prepare(t.Context(), "", sql)
		require.NoError(t, err, name)
	}
}

var marker = regexp.MustCompile(`(?m)^-- `)

func TestStatements_TellADBAWhatTheyDo(t *testing.T) {
	t.Parallel()
	for name := range loadStatements(DefaultSchema) {
		text, err := queryFiles.ReadFile("queries/" + name + ".sql")
		require.NoError(t, err)
		require.Regexp(t, marker, string(text), name)
		require.NotContains(t, string(text), "tasktower.job", "%s: the schema is a marker", name)
		require.NotRegexp(t, `RETURNING \*`, string(text), name)
	}
	for name := range hot {
		sql := loadStatements(DefaultSchema).get(name)
		if !slices.Contains([]string{"get", "enqueue_begin", "worker_late", "tidy_empty_0"}, name) { // of jobs by id, or of all buckets
			require.Contains(t, sql, "bucket = $1::int", "%s names one bucket", name)
		}
	}
}
