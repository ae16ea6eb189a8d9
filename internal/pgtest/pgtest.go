package pgtest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// EnvURL names the environment variable with the URL of a server to use.
const EnvURL = "TASKTOWER_TEST_DATABASE_URL"

// Prepare fills an empty database, given its connection string. It must close
// every connection it opens.
type Prepare func(ctx context.Context, dsn string) error

// Main runs the tests of a package, stops the server that they started, and
// ends the process.
func Main(m *testing.M) {
	code := m.Run()
	if err := shared.close(); err != nil {
		fmt.Fprintln(os.Stderr, "pgtest: stop the server:", err)
		code = max(code, 1)
	}
	os.Exit(code)
}

// Empty returns the connection string of an empty database of the test's own. It
// is dropped when the test ends.
func Empty(t testing.TB) string {
	t.Helper()
	return Clone(t, "", nil)
}

// Clone returns the connection string of a database of the test's own, which is
// a copy of what prepare makes. Prepare runs once for each name in a process.
// The database is dropped when the test ends.
func Clone(t testing.TB, name string, prepare Prepare) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()

	if err := shared.start(ctx); err != nil {
		t.Fatalf("pgtest: no PostgreSQL server: %v\n%s", err, advice)
	}
	template, err := shared.template(ctx, name, prepare)
	if err != nil {
		t.Fatalf("pgtest: prepare template %q: %v", name, err)
	}
	database := newName()
	if err := shared.create(ctx, database, template); err != nil {
		t.Fatalf("pgtest: create a database: %v", err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := shared.drop(ctx, database); err != nil {
			t.Errorf("pgtest: drop the database: %v", err)
		}
	})
	return shared.dsn(database)
}

const advice = "Set " + EnvURL + " to a server whose role may create databases\n" +
	"(for example postgres://postgres@localhost/postgres), or install the server\n" +
	"binaries, version 14 or newer (Debian: apt-get install postgresql; initdb and\n" +
	"postgres are looked for in PATH and /usr/lib/postgresql/*/bin)."

// server is what the tests of one process share.
type server struct {
	once      sync.Once
	err       error
	cluster   *cluster // nil: a server from outside
	admin     string   // connection string of the maintenance database
	mu        sync.Mutex
	templates map[string]string
}

var shared server

func (s *server) start(ctx context.Context) error {
	s.once.Do(func() {
		if url := os.Getenv(EnvURL); url != "" {
			s.admin = url
			return
		}
		s.cluster, s.err = startCluster(ctx, roomy(), fast, patience)
		if s.err == nil {
			s.admin = s.cluster.dsn
		}
	})
	return s.err
}

func (s *server) template(ctx context.Context, name string, prepare Prepare) (string, error) {
	if prepare == nil {
		return "template0", nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if made, ok := s.templates[name]; ok {
		return made, nil
	}
	template := newName()
	if err := s.create(ctx, template, "template0"); err != nil {
		return "", err
	}
	if s.templates == nil {
		s.templates = map[string]string{}
	}
	if err := prepare(ctx, s.dsn(template)); err != nil {
		return "", err
	}
	s.templates[name] = template
	return template, nil
}

func (s *server) create(ctx context.Context, database, template string) error {
	return s.exec(ctx, "CREATE DATABASE "+pgx.Identifier{database}.Sanitize()+
		" TEMPLATE "+pgx.Identifier{template}.Sanitize()+" ENCODING 'UTF8'")
}

func (s *server) drop(ctx context.Context, database string) error {
	sql := "DROP DATABASE IF EXISTS " + pgx.Identifier{database}.Sanitize()
	err := s.exec(ctx, sql+" WITH (FORCE)")
	var refused *pgconn.PgError
	if errors.As(err, &refused) && refused.Code == "42501" {
		// Autovacuum is at work there, which an ordinary role may not end by force; without force the server ends it.
		return s.exec(ctx, sql)
	}
	return err
}

func (s *server) exec(ctx context.Context, sql string) error {
	conn, err := pgx.Connect(ctx, s.admin)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, sql)
	return err
}

// dsn is the admin connection string with another database.
func (s *server) dsn(database string) string {
	config, err := pgx.ParseConfig(s.admin)
	if err != nil {
		return s.admin
	}
	return replaceDatabase(s.admin, config.Database, database)
}

func (s *server) close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cluster != nil {
		return s.cluster.stop()
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for _, template := range s.templates {
		if err := s.drop(ctx, template); err != nil {
			return err
		}
	}
	return nil
}

func newName() string {
	return "tasktower_test_" + strings.ToLower(rand.Text())
}
