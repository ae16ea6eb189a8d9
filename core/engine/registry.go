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
	w      *Worker
	check  flag // beat now
	glance flag // look at the orders now
	ears   flag // whether hints arrive has changed

	mu     sync.RWMutex // read for each job, written for each beat
	id     string
	number int64
	claims int64
	gone   bool      // the number's life is over, or may be before the next beat
	until  time.Time // by the monotonic clock: when the worker gives itself up
	beaten time.Time // by the monotonic clock: when the last beat was sent that arrived
	since  time.Time // by the monotonic clock: since when nobody's life has ended for want of a store
	orders ports.Orders
	deaf   error // why hints do not arrive
	chosen int   // slots that the worker itself wants and the store has not heard of; 0: none
}

// margin is how long before the end of its life a worker that cannot renew it
// stops its jobs, so that they have stopped when others take them.
func (g *registry) margin() time.Duration { return g.w.cfg.Lease / 10 }

// register makes the worker known under a fresh id. Orders to the one before hold on.
func (g *registry) register(ctx context.Context) error {
	id := g.w.cfg.ID()
	_, before := g.self()
	call, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	sent := time.Now()
	number, err := g.w.cfg.Store.Register(call, ports.Worker{
		ID: id, Number: before, Host: g.w.cfg.Host, PID: g.w.cfg.PID, Version: g.w.cfg.Version,
		Queues: g.w.cfg.Queues, Kinds: g.w.kindNames, Slots: g.w.slots.size(), Heartbeat: g.w.cfg.Heartbeat,
		Terms: g.w.terms(),
	}, g.w.cfg.Lease)
	if err != nil {
		return fmt.Errorf("register worker: %w", err)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.id, g.number, g.claims = id, number, 0
	g.gone, g.until, g.beaten, g.since = false, sent.Add(g.w.cfg.Lease-g.margin()), sent, sent
	return nil
}

// lease is the next claim's fencing token. There is none once the worker's time is
// up, noticed or not: what it claimed then would have to go back at once.
func (g *registry) lease() (job.Lease, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.alive(time.Now()) {
		return 0, fmt.Errorf("worker %s: %w", g.id, job.ErrLeaseLost)
	}
	if g.claims >= job.MaxClaims {
		return 0, fmt.Errorf("worker %s has used up its leases: %w", g.id, job.ErrLeaseLost)
	}
	g.claims++
	return job.NewLease(g.number, g.claims), nil
}

func (g *registry) self() (id string, number int64) {
	g.mu.RLock()
	defer g.mu.RUnlock()
	return g.id, g.number
}

// holds tells whether a claim's lease is this worker's now. The time counts
// before anybody has noticed that it is up: a process that was stopped goes on
// with whatever comes first. Inline nothing beats, and the store's clock stands.
func (g *registry) holds(lease job.Lease, now time.Time) bool {
	g.mu.RLock()
	defer g.mu.RUnlock()
	return g.alive(now) && lease.Worker() == g.number
}

// alive is what holds asks of any lease. Called with mu held.
func (g *registry) alive(now time.Time) bool {
	return !g.gone && (g.w.settler.inline || now.Before(g.until))
}

// left is how long the worker may go on without another beat.
func (g *registry) left() time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.gone {
		return 0
	}
	return time.Until(g.until)
}

// run beats until ctx ends, and looks at the orders in between. A beat that fails
// is tried again sooner; a worker that cannot beat at all gives itself up before its
// life ends.
func (g *registry) run(ctx context.Context) {
	timer := time.NewTimer(g.w.cfg.Heartbeat)
	defer timer.Stop()
	poll := time.NewTicker(g.w.cfg.JobCheckInterval)
	defer poll.Stop()
	var wait backoff
	for {
		select {
		case <-timer.C:
		case <-g.check:
		case <-g.glance:
			g.w.health.saw("orders", ctxErr(ctx, g.look(ctx)))
			continue
		case <-g.ears:
			g.w.health.saw("listen", g.deafness())
			continue
		case <-poll.C:
			g.w.health.saw("orders", ctxErr(ctx, g.look(ctx)))
			continue
		case <-ctx.Done():
			return
		}
		err := g.renew(ctx)
		g.w.health.saw("beat", ctxErr(ctx, err))
		pause := g.w.cfg.Heartbeat
		if err != nil {
			pause = min(pause/5, wait.next())
		} else {
			wait.reset()
		}
		if left := g.left(); left > 0 {
			pause = min(pause, left)
		}
		timer.Reset(pause)
	}
}

// renew beats, or makes the worker known anew if its life is over.
func (g *registry) renew(ctx context.Context) error {
	err := error(job.ErrLeaseLost)
	if g.left() > 0 {
		err = g.beat(ctx)
	}
	if errors.Is(err, job.ErrLeaseLost) {
		g.lose()
		err = g.register(ctx)
		if err == nil {
			g.w.fetcher.wake.set()
		}
	}
	return err
}

// beat renews the worker's life and carries out its orders.
func (g *registry) beat(ctx context.Context) error {
	_, running, _ := g.w.slots.books()
	g.mu.Lock()
	number, chosen := g.number, g.chosen
	g.mu.Unlock()
	call, cancel := g.bounded(ctx)
	defer cancel()
	sent := time.Now()
	orders, err := g.w.cfg.Store.Beat(call, ports.Beat{
		Number: number, Running: running, Overstaying: int(g.w.overstaying.Load()),
		Slots: chosen, Draining: g.w.ending.draining.taken(),
	}, g.w.cfg.Lease)
	if err != nil {
		return err
	}
	g.renewed(number, sent)
	g.told(chosen)
	g.obey(orders)
	return nil
}

// bounded is the context of a call that must not keep the worker from beating, nor
// from giving itself up in time.
func (g *registry) bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	limit := min(callTimeout, g.w.cfg.Heartbeat)
	if left := g.left(); left > 0 {
		limit = min(limit, left)
	}
	return context.WithTimeout(ctx, limit)
}

// renewed notes that the number lives on, counted from before the beat was sent.
// Had the store been out of reach since the last beat, then for so long that lives
// may have ended which had been renewed in time, it is as if this one had begun anew.
func (g *registry) renewed(number int64, sent time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.number == number && !g.gone {
		g.until = sent.Add(g.w.cfg.Lease - g.margin())
		if now := time.Now(); now.Sub(g.beaten) > g.harmless() {
			g.since = now
		}
		g.beaten = sent
	}
}

// harmless is how long the store may be out of reach without an end to anybody's life:
// a beat that began before it was back takes up to a heartbeat, and so does the next. It
// is longer than from one beat to the next, or nobody would ever be steady.
func (g *registry) harmless() time.Duration {
	lease, heartbeat := g.w.cfg.Lease, g.w.cfg.Heartbeat
	return max(lease-g.margin()-2*heartbeat, min(lease-heartbeat, 3*heartbeat/2))
}

// lose lets go of everything the worker holds: it belongs, or soon will, to
// somebody else.
func (g *registry) lose() {
	g.mu.Lock()
	before := g.gone
	g.gone = true
	g.mu.Unlock()
	if before {
		return
	}
	g.w.slots.each(func(p *slot) { g.w.end(p, job.ErrLeaseLost) })
	for _, h := range g.w.slots.takeAll() {
		g.w.giveBack(h) // waits while too many results do
	}
}

// listen passes the store's hints on.
func (g *registry) listen(ctx context.Context) {
	var wait backoff
	for ctx.Err() == nil {
		err := g.w.cfg.Store.Listen(ctx, ports.Listener{Wake: g.hear, Deaf: g.deafen})
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
		g.glance.set()
	}
	if anything || h.Recurring {
		g.w.recurrer.check.set()
	}
}

// deafen notes why hints do not arrive, or that they do.
func (g *registry) deafen(why error) {
	g.mu.Lock()
	g.deaf = why
	g.mu.Unlock()
	g.ears.set()
}

func (g *registry) deafness() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.deaf
}
