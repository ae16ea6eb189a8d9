package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/task-tower/tasktower"
	"github.com/task-tower/tasktower/adapters/postgres"
	"github.com/task-tower/tasktower/internal/pgtest"
)

// world is one row's: a database, a ledger, worker processes, and what was done to them.
type world struct {
	site     *site
	short    bool
	rng      *rand.Rand
	mu       sync.Mutex // guards processes and faults, while a supervisor adds to them
	profile  profile
	dsn      string
	database string
	dir      string // of the ledgers
	book     *ledger
	pool     *pgxpool.Pool
	store    *postgres.Store
	client   *tasktower.Client

	processes []*process
	faults    []fault
	cleanups  []func()

	jobs     int           // acknowledged
	twice    int           // runs beyond the recorded outcomes
	overlaps int           // runs of one job at the same time
	lost     int           // acknowledged jobs without an end
	recovery time.Duration // of the jobs that the faults caught, or what the row says
	notes    []string      // what else was measured
	broken   []string      // promises that did not hold

	overlapping bool // rows in which frozen processes make runs overlap
}

// fault is what happened to some processes at a moment.
type fault struct {
	at   time.Time
	pids []int // none: all
	ends bool  // the processes ended by it
}

func (s *site) newWorld(ctx context.Context, r row) (*world, error) {
	database := "row_" + r.number
	tablespace := ""
	if r.tablespace != "" {
		tablespace = " TABLESPACE " + r.tablespace
	}
	if r.before != nil {
		if err := r.before(ctx, s); err != nil {
			return nil, err
		}
	}
	if err := s.exec(ctx, "CREATE DATABASE "+pgx.Identifier{database}.Sanitize()+" TEMPLATE template0 ENCODING 'UTF8'"+tablespace); err != nil {
		return nil, err
	}
	w := &world{site: s, short: s.options.short, rng: s.chance(r), profile: fast, database: database, dsn: s.server.DSN(database), dir: filepath.Join(s.dir, database)}
	if r.usual && !w.short {
		w.profile = usual
	}
	if err := os.Mkdir(w.dir, 0o755); err != nil {
		return nil, err
	}
	var err error
	if w.book, err = openLedger(w.dir); err != nil {
		return nil, err
	}
	if w.pool, err = pgxpool.New(ctx, w.dsn); err != nil {
		return nil, err
	}
	if w.store, err = postgres.New(w.pool, postgres.Config{}); err != nil {
		return nil, err
	}
	if err := w.store.Migrate(ctx); err != nil {
		return nil, err
	}
	w.client, err = tasktower.NewClient(w.store, tasktower.ClientConfig{})
	w.cleanups = append(w.cleanups, func() {
		w.store.Close()
		w.pool.Close()
		_ = w.book.file.Close()
		_ = os.RemoveAll(w.dir)
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := s.exec(ctx, "DROP DATABASE IF EXISTS "+pgx.Identifier{database}.Sanitize()+" WITH (FORCE)"); err != nil {
			fmt.Fprintln(os.Stderr, "chaos: row", r.number, err)
		}
	})
	return w, err
}

// close ends the processes and forgets the database.
func (w *world) close() {
	_ = w.kill(w.processes...)
	for i := len(w.cleanups) - 1; i >= 0; i-- {
		w.cleanups[i]()
	}
}

// orders are what a worker process is told unless the row says otherwise.
func (w *world) orders() orders {
	return orders{DSN: w.dsn, Ledger: w.dir, Profile: w.profile, Concurrency: 10, Grace: 5 * time.Second}
}

// via is the row's database as it is reached through a proxy.
func (w *world) via(p *proxy) string { return pgtest.DSNAt(p.addr(), w.database) }

// pick is the short or the long form of a number.
func pick[T any](w *world, short, long T) T {
	if w.short {
		return short
	}
	return long
}

// enqueue stores n jobs in batches and writes down each that was acknowledged.
func (w *world) enqueue(ctx context.Context, n int, job func(i int) Work, opts ...tasktower.Option) error {
	const batch = 500
	for i := 0; i < n; i += batch {
		var items []tasktower.Item
		for k := i; k < min(i+batch, n); k++ {
			items = append(items, tasktower.Item{Args: job(k), Options: opts})
		}
		got, err := w.client.EnqueueMany(ctx, items)
		if err != nil {
			return err
		}
		for _, e := range got {
			w.book.write(acked, &tasktower.Record{ID: e.ID}, "")
		}
	}
	return nil
}

// lasting makes jobs that take ms milliseconds each.
func lasting(ms int64) func(int) Work {
	return func(i int) Work { return Work{Seq: i, MS: ms} }
}

// require notes a promise that did not hold.
func (w *world) require(ok bool, sentence string, args ...any) {
	if !ok {
		w.broken = append(w.broken, fmt.Sprintf(sentence, args...))
	}
}

func (w *world) note(sentence string, args ...any) {
	w.notes = append(w.notes, fmt.Sprintf(sentence, args...))
}

// fault notes that something happens now to the processes; none: to all.
func (w *world) fault(ends bool, hit ...*process) {
	f := fault{at: time.Now(), ends: ends}
	for _, p := range hit {
		f.pids = append(f.pids, p.pid())
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.faults = append(w.faults, f)
}

// settled waits until no job waits or runs.
func (w *world) settled(ctx context.Context, limit time.Duration) error {
	ctx, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("jobs were not all final after %s", limit))
	defer cancel()
	for {
		left, asked := 0, time.Now()
		counts, err := w.client.Counts(ctx)
		for _, c := range counts {
			if !c.State.Final() {
				left += c.Jobs
			}
		}
		if err == nil && left == 0 {
			return nil
		}
		if !sleep(ctx, min(max(200*time.Millisecond, 10*time.Since(asked)), 2*time.Second)) { // it must not be what keeps the server busy
			return fmt.Errorf("%w: %d left, %v", context.Cause(ctx), left, err)
		}
	}
}

// sleep waits; false if ctx ended before.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
