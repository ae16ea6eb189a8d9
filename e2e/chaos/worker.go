package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/task-tower/tasktower"
	"github.com/task-tower/tasktower/adapters/postgres"
	"github.com/task-tower/tasktower/core/event"
	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/ports"
)

// envOrders turns this program into a worker process; it holds orders as JSON.
const envOrders = "TASKTOWER_CHAOS_WORKER"

// orders are what a worker process is told.
type orders struct {
	DSN         string
	ListenDSN   string
	PollOnly    bool
	Durable     bool // claims
	Pooler      bool // the DSN leads to a transaction pooler
	Ledger      string
	Profile     profile
	Concurrency int
	Grace       time.Duration
	Recurring   int // how many recurring jobs, each due every second
	Conns       int32
	Procs       int
	Program     string        // what to run; empty: this program
	ClockOff    time.Duration // by how much that one's clock is off
}

// profile are the intervals by which a worker lives.
type profile struct {
	Lease, Heartbeat, Poll, Rescue time.Duration
}

// The short profile is the fastest that the public configuration allows for the
// poll; usual is what a worker does that was told nothing.
var (
	fast  = profile{Lease: 3 * time.Second, Heartbeat: 500 * time.Millisecond, Poll: tasktower.MinCheckInterval, Rescue: 250 * time.Millisecond}
	usual = profile{Lease: tasktower.DefaultLease, Heartbeat: tasktower.DefaultHeartbeat, Poll: tasktower.DefaultCheckInterval, Rescue: tasktower.DefaultRescue}
)

// takeover is how long jobs of a lost worker may wait: L + R + P.
func (p profile) takeover() time.Duration { return p.Lease + p.Rescue + p.Poll }

// Work is the job of every row: it does what it is told.
type Work struct {
	Seq int    `json:"seq"`
	Do  string `json:"do,omitempty"`
	MS  int64  `json:"ms,omitempty"`
}

// Kind implements tasktower.Args.
func (Work) Kind() string { return "work" }

// What a job does after MS milliseconds; otherwise it ends well.
const (
	doExit = "exit" // ends the process
	doFail = "fail" // fails with a text that PostgreSQL cannot store
	doOnce = "once" // ends well, and takes its time in the first attempt only
	doPay  = "pay"  // completes itself in a transaction of its own, with an effect in it
	doSink = "sink" // the same, and ends the process right after the commit
)

// work is a worker process. It ends when ctx does, after its grace period.
func work(ctx context.Context, text string) error {
	var o orders
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		return err
	}
	if o.Procs > 0 {
		runtime.GOMAXPROCS(o.Procs)
	}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(1) // the parent is gone
	}()
	book, err := openLedger(o.Ledger)
	if err != nil {
		return err
	}
	book.off = o.ClockOff
	store, pool, closeStore, err := openStore(ctx, o)
	if err != nil {
		return err
	}
	defer closeStore()
	w, err := tasktower.NewWorker(timedStore{store, book}, tasktower.WorkerConfig{
		Handlers:         []tasktower.Registration{tasktower.Handle(hand{book, pool})},
		Recurring:        recurring(o.Recurring),
		Concurrency:      o.Concurrency,
		JobCheckInterval: o.Profile.Poll,
		Heartbeat:        o.Profile.Heartbeat, Lease: o.Profile.Lease, RescueInterval: o.Profile.Rescue,
		Grace: o.Grace, Observer: watcher{book},
	})
	if err != nil {
		return err
	}
	return w.Run(ctx)
}

func openStore(ctx context.Context, o orders) (*postgres.Store, *pgxpool.Pool, func(), error) {
	config, err := pgxpool.ParseConfig(o.DSN)
	if err != nil {
		return nil, nil, nil, err
	}
	config.MaxConns = 4
	if o.Conns > 0 {
		config.MaxConns = o.Conns
	}
	if o.Pooler {
		config.ConnConfig.DefaultQueryExecMode = pgx.QueryExecModeExec
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, nil, nil, err
	}
	store, err := postgres.New(pool, postgres.Config{PollOnly: o.PollOnly, ListenDSN: o.ListenDSN, DurableClaims: o.Durable})
	if err != nil {
		return nil, nil, nil, err
	}
	return store, pool, func() { store.Close(); pool.Close() }, nil
}

func recurring(n int) []tasktower.Recurring {
	out := make([]tasktower.Recurring, n)
	for i := range out {
		out[i] = tasktower.Recurring{
			Key: fmt.Sprintf("every-second-%d", i), When: tasktower.Every(time.Second), Args: Work{Seq: i},
			Misfire: tasktower.MisfireAll, Overlap: tasktower.OverlapAllow,
		}
	}
	return out
}

// hand is the handler.
type hand struct {
	book *ledger
	pool *pgxpool.Pool
}

// Handle implements tasktower.Handler.
func (h hand) Handle(ctx context.Context, j *tasktower.Job[Work]) error {
	h.book.write(started, j.Record, "")
	if j.Args.MS > 0 && (j.Args.Do != doOnce || j.Attempt == 1) {
		timer := time.NewTimer(time.Duration(j.Args.MS) * time.Millisecond)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
			h.book.write(cut, j.Record, "")
			return context.Cause(ctx)
		}
	}
	switch j.Args.Do {
	case doExit:
		os.Exit(3)
	case doFail:
		h.book.write(ended, j.Record, doFail)
		return errors.New("no\x00t \xff storable")
	}
	if j.Args.Do == doPay || j.Args.Do == doSink {
		err := h.pay(ctx, j.Record)
		if err == nil && j.Args.Do == doSink {
			os.Exit(3)
		}
		return err
	}
	h.book.write(ended, j.Record, "")
	return nil
}

// pay has its effect and completes the job, both or none. From the commit on the
// job has run to its end, whatever becomes of the process.
func (h hand) pay(ctx context.Context, r *tasktower.Record) error {
	return pgx.BeginFunc(ctx, h.pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "INSERT INTO payment (job_id) VALUES ($1)", [16]byte(r.ID)); err != nil {
			return err
		}
		if err := tasktower.CompleteTx(ctx, tx); err != nil {
			return err
		}
		h.book.write(ended, r, "")
		return nil
	})
}

// watcher writes down what the worker hears of its results, and tells the parent
// process that it is up.
type watcher struct{ book *ledger }

// Observe implements tasktower.Observer.
func (w watcher) Observe(e event.Event) {
	switch e.Type {
	case event.WorkerStarted:
		fmt.Println("up")
	case event.JobCompleted, event.JobFailed, event.JobReleased, event.JobSnoozed:
		w.book.write(stored, e.Job, strings.TrimPrefix(string(e.Type), "job."))
	case event.JobLeaseLost:
		w.book.write(refused, e.Job, "")
	case event.StoreFailed:
		if os.Getenv("TASKTOWER_CHAOS_VERBOSE") != "" {
			fmt.Fprintln(os.Stderr, os.Getpid(), e.Type, e.Note, e.Err)
		}
	}
}

// timedStore writes down how long each claim took that brought jobs.
type timedStore struct {
	*postgres.Store
	book *ledger
}

// Claim implements ports.Claimer.
func (s timedStore) Claim(ctx context.Context, r ports.ClaimRequest) ([]*job.Record, error) {
	began := time.Now()
	jobs, err := s.Store.Claim(ctx, r)
	if len(jobs) > 0 {
		s.book.write(claimed, &job.Record{Attempt: len(jobs)}, time.Since(began).String())
	} else if err == nil {
		s.book.write(claimed, &job.Record{}, "-")
	}
	return jobs, err
}
