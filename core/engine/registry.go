package engine

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/ports"
)

// registry keeps the worker known and alive, and hears what it is asked to do.
type registry struct {
	w     *Worker
	check flag // beat now

	mu     sync.Mutex
	id     string
	number int64
	claims int64
}

// register makes the worker known under a fresh id.
func (g *registry) register(ctx context.Context) error {
	id := g.w.cfg.ID()
	call, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	number, err := g.w.cfg.Store.Register(call, ports.Worker{
		ID: id, Host: g.w.cfg.Host, PID: g.w.cfg.PID, Version: g.w.cfg.Version,
		Queues: g.w.cfg.Queues, Kinds: g.w.kindNames, Slots: g.w.cfg.Concurrency,
	}, g.w.cfg.Lease)
	if err != nil {
		return fmt.Errorf("register worker: %w", err)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.id, g.number, g.claims = id, number, 0
	return nil
}

// lease is the next claim's fencing token.
func (g *registry) lease() (job.Lease, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.claims >= job.MaxClaims {
		return 0, fmt.Errorf("worker %s has used up its leases: %w", g.id, job.ErrLeaseLost)
	}
	g.claims++
	return job.NewLease(g.number, g.claims), nil
}

func (g *registry) self() (id string, number int64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.id, g.number
}

// run beats until ctx ends.
func (g *registry) run(ctx context.Context) {
	timer := time.NewTimer(g.w.cfg.Heartbeat)
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
		case <-g.check:
		case <-ctx.Done():
			return
		}
		err := g.beat(ctx)
		if errors.Is(err, job.ErrLeaseLost) {
			err = g.lost(ctx)
		}
		g.w.health.saw("beat", ctxErr(ctx, err))
		timer.Reset(g.w.cfg.Heartbeat)
	}
}

// beat renews the worker's life and carries out its orders.
func (g *registry) beat(ctx context.Context) error {
	_, number := g.self()
	_, running, _ := g.w.slots.books()
	call, cancel := context.WithTimeout(ctx, min(callTimeout, g.w.cfg.Heartbeat))
	defer cancel()
	orders, err := g.w.cfg.Store.Beat(call, ports.Beat{
		Number: number, Running: running, Overstaying: int(g.w.overstaying.Load()),
	}, g.w.cfg.Lease)
	if err != nil {
		return err
	}
	for _, id := range orders.Cancel {
		g.w.cancel(id)
	}
	return nil
}

// lost ends all running jobs, which belong to somebody else by now, and makes
// the worker known anew.
func (g *registry) lost(ctx context.Context) error {
	g.w.slots.each(func(p *slot) { g.w.slots.end(p, job.ErrLeaseLost) })
	return g.register(ctx)
}

// listen passes the store's hints on.
func (g *registry) listen(ctx context.Context) {
	var wait backoff
	for ctx.Err() == nil {
		err := g.w.cfg.Store.Listen(ctx, g.hear)
		g.w.health.saw("listen", ctxErr(ctx, err))
		if !wait.sleep(ctx) {
			return
		}
	}
}

func (g *registry) hear(h ports.Hint) {
	anything := h == ports.Hint{}
	if anything || h.Queue != "" {
		g.w.fetcher.wake.set()
	}
	if anything || h.Later {
		g.w.promoter.look.set()
	}
	if anything || h.Orders {
		g.check.set()
	}
}
