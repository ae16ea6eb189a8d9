package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os/signal"
	"os/user"
	"time"

	"github.com/task-tower/tasktower"
	"github.com/task-tower/tasktower/adapters/system"
)

const (
	lookEvery = 100 * time.Millisecond // at the store, until everything is final
	joinFor   = 30 * time.Second       // after a scan's start, others join its run
	scanEvery = 5 * time.Second        // for changed files
)

// errStopped says that the demo was interrupted early.
var errStopped = errors.New("stopped before every job was final")

// tour is one process's part in a run.
type tour struct {
	settings
	*pipeline
	meter  *meter
	screen *screen
	by     Caller // who started the run, this process or another
	joined bool   // another one
	store  string
}

// demo runs the tour. The error says what went wrong, or that not everything
// ended as it should.
func demo(ctx context.Context, s settings, stdout, stderr io.Writer) error {
	store, name, closeStore, err := openStore(ctx, s)
	if err != nil {
		return err
	}
	defer closeStore()
	t := &tour{settings: s, pipeline: &pipeline{results: newResults()}, meter: newMeter(), screen: newScreen(stderr), store: name}
	worker, err := t.build(store)
	if err != nil {
		return err
	}

	ended := make(chan struct{})
	var fate error // read after ended is closed
	go func() {
		defer close(ended)
		fate = worker.Run(context.WithoutCancel(ctx))
	}()
	halt := func() error {
		patience, forget := signal.NotifyContext(context.WithoutCancel(ctx), stopSignals...)
		defer forget()
		_ = worker.Stop(patience) // a signal from now on ends the grace period
		<-ended
		return fate
	}
	begun := time.Now()
	if err = t.begin(ctx); err == nil {
		err = t.finish(ctx, ended)
	}
	switch {
	case ctx.Err() != nil && s.once:
		return errors.Join(errStopped, halt(), t.reportSoFar(time.Since(begun), stdout))
	case ctx.Err() != nil: // Ctrl-C is how it ends
		return errors.Join(halt(), t.reportSoFar(time.Since(begun), stdout))
	case err != nil:
		return errors.Join(err, halt())
	}
	took := time.Since(begun)
	if s.once {
		if err := halt(); err != nil {
			return err
		}
	}
	faults, err := t.report(context.WithoutCancel(ctx), took, stdout)
	switch {
	case err != nil && s.once:
		return err
	case err != nil:
		return errors.Join(err, halt())
	case s.once && faults > 0:
		return fmt.Errorf("%s went wrong", counted(int64(faults), "thing"))
	case s.once:
		return nil
	}
	return errors.Join(t.watch(ctx, stderr), halt())
}

// build wires client and worker.
func (t *tour) build(store tasktower.Store) (*tasktower.Worker, error) {
	var err error
	handlers := t.handlers()
	if t.client, err = tasktower.NewClient(store, tasktower.ClientConfig{Handlers: handlers}); err != nil {
		return nil, err
	}
	return tasktower.NewWorker(store, tasktower.WorkerConfig{
		Handlers: handlers, Strategy: t.strategy, Concurrency: t.workers, Observer: t.meter,
		PreProcessing: []tasktower.Before{callerFromParams},
	})
}

// begin enqueues the scan, or joins the run of a process that did so just now.
func (t *tour) begin(ctx context.Context) error {
	t.by = Caller{Run: (&system.IDs{}).NewID().String(), User: userName()}
	rec, err := t.client.WithContext(calledBy(t.by)).Enqueue(ctx, Scan{Dir: t.dir},
		tasktower.UniqueKey(scanKey("scan", t.dir)), tasktower.UniqueFor(joinFor), tasktower.Tag(runTag(t.by.Run)))
	if !errors.Is(err, tasktower.ErrDuplicate) || rec == nil {
		return err
	}
	started, err := tasktower.Param[Caller](&tasktower.InterceptContext{Job: rec}, "Caller")
	if err != nil {
		return fmt.Errorf("join the run of job %s: %w", rec.ID, err)
	}
	t.by, t.joined = started, true
	return nil
}

func scanKey(name, dir string) string {
	sum := sha256.Sum256([]byte(dir))
	return name + ":" + hex.EncodeToString(sum[:16])
}

func userName() string {
	if u, err := user.Current(); err == nil && u.Username != "" {
		return u.Username
	}
	return "somebody"
}

// finish shows the progress until every job is final.
func (t *tour) finish(ctx context.Context, ended <-chan struct{}) error {
	defer t.screen.clear()
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ended:
			return errors.New("the worker stopped")
		case <-ctx.Done():
			return ctx.Err()
		}
		left, err := progress(ctx, t.client)
		if errors.Is(err, tasktower.ErrUnavailable) {
			continue
		}
		if err != nil {
			return err
		}
		t.screen.show(t.meter.finished(), left, t.meter.idle())
		if left.all == 0 && t.mourned() {
			return nil
		}
	}
}

// deathCalls is how many messages a Doomed job's death brings.
const deathCalls = 2

// mourned tells whether the death interceptors of this process have run.
func (t *tour) mourned() bool {
	return !t.meter.died(Doomed{}.Kind()) || t.results.said() >= deathCalls
}

// report writes the report and returns how many faults it names.
func (t *tour) report(ctx context.Context, took time.Duration, stdout io.Writer) (int, error) {
	a, err := inspect(ctx, t.client, t.by.Run)
	if err != nil {
		return 0, err
	}
	r := t.measured(took)
	r.Stored, r.Recovered = a.stored, len(a.recovered)
	if died := t.meter.died(Doomed{}.Kind()); died && len(r.Messages) != deathCalls {
		a.fault("the death brought %d messages; want %d", len(r.Messages), deathCalls)
	}
	for id, path := range t.results.twice() {
		if !a.recovered[id] {
			a.fault("%s was indexed twice", path)
		}
	}
	r.Faults = append([]string{}, a.faults...)
	return len(r.Faults), t.write(r, stdout)
}

// reportSoFar writes what this process did until it was stopped.
func (t *tour) reportSoFar(took time.Duration, stdout io.Writer) error {
	r := t.measured(took)
	r.Stopped, r.Stored, r.Faults = true, map[string]map[string]int{}, []string{}
	return t.write(r, stdout)
}

// measured is what this process knows by itself.
func (t *tour) measured(took time.Duration) *report {
	r := &report{
		Run: t.by.Run, User: t.by.User, Dir: t.dir, Store: t.store, Strategy: t.strategy.Name(), Workers: t.workers,
		Seconds: took.Round(time.Millisecond).Seconds(), Joined: t.joined, Rows: t.meter.rows(), Troubles: t.meter.trouble(),
	}
	t.results.fill(r)
	return r
}

func (t *tour) write(r *report, stdout io.Writer) error {
	if t.asJSON {
		return r.writeJSON(stdout)
	}
	return r.writeText(stdout)
}

// watch looks for changed files until ctx ends.
func (t *tour) watch(ctx context.Context, out io.Writer) error {
	fmt.Fprintf(out, "\nWatching %s for changes; end with Ctrl-C.\n", t.dir)
	t.results.whenChanged(func(path string, c counts) {
		fmt.Fprintf(out, "indexed %s: %s, %s\n", path, counted(c.Lines, "line"), counted(c.Words, "word"))
	})
	client := t.client.WithContext(calledBy(t.by))
	since := time.Now()
	tick := time.NewTicker(scanEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
		next := time.Now()
		_, err := client.Enqueue(ctx, Scan{Dir: t.dir, Since: since}, tasktower.UniqueKey(scanKey("watch", t.dir)))
		switch {
		case errors.Is(err, tasktower.ErrDuplicate) || ctx.Err() != nil:
		case err != nil:
			fmt.Fprintln(out, "demo:", err)
		default:
			since = next
		}
	}
}
