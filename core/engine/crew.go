package engine

import (
	"context"
	"sync"
)

// crew is the goroutines of a running worker, and what ends them.
type crew struct {
	claiming  sync.WaitGroup // claim, promote, rescue, prune: what a drain ends first
	endClaims context.CancelFunc
	cutClaims context.CancelFunc // does not wait for those under way
	mourned   chan struct{}      // closed when nobody runs interceptors of deaths left over

	living  sync.WaitGroup // beat and hear: until nothing is held any more
	endLife context.CancelFunc

	storing  sync.WaitGroup  // the settler
	settling context.Context // until it gives up
	giveUp   context.CancelFunc

	// What goes on beside a drain, which must wait for none of it.
	results sync.WaitGroup // on their way to the settler, which may have no room for them
	acts    sync.WaitGroup // interceptors of jobs that go on without their handlers
}

// hire starts everybody. dismiss ends whoever is left.
func (w *Worker) hire(ctx context.Context) *crew {
	c := &crew{mourned: make(chan struct{})}
	lasting := context.WithoutCancel(ctx)
	var claims, life context.Context
	claims, c.endClaims = context.WithCancel(ctx)
	w.claims, c.cutClaims = context.WithCancel(lasting)
	life, c.endLife = context.WithCancel(lasting) // beats go on while draining
	c.settling, c.giveUp = context.WithCancel(lasting)

	c.claiming.Go(func() { w.fetcher.run(claims) })
	c.claiming.Go(func() { w.fetcher.keep(claims) })
	c.claiming.Go(func() { w.promoter.run(claims) })
	c.claiming.Go(func() { w.recurrer.run(claims) })
	c.claiming.Go(func() { w.rescue(claims) })
	c.claiming.Go(func() { w.pruner.run(claims) })
	c.claiming.Go(func() { w.watchWaiting(claims) })
	if t, ok := w.cfg.Store.(Tidier); ok {
		c.claiming.Go(func() { w.tidy(claims, t) })
	}
	go func() {
		defer close(c.mourned)
		w.mournLeftOver(claims)
	}()
	c.living.Go(func() { w.registry.run(life) })
	c.living.Go(func() { w.registry.listen(life) })
	c.living.Go(func() { w.reporter.run(life) })
	c.storing.Go(func() { w.settler.run(c.settling) })
	return c
}

// dismiss ends whoever is left.
func (c *crew) dismiss() {
	c.endClaims()
	c.cutClaims()
	c.endLife()
	c.giveUp()
}
