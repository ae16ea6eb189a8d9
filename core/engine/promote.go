package engine

import (
	"context"
	"time"
)

// promoter makes waiting jobs due at their time: it sleeps until the next known
// due instant, and looks again at each poll and whenever something is scheduled.
type promoter struct {
	w    *Worker
	look flag
}

func (p *promoter) run(ctx context.Context) {
	var wait backoff
	for ctx.Err() == nil {
		next, err := p.promote(ctx)
		p.w.health.saw("promote", ctxErr(ctx, err))
		if err != nil {
			wait.sleep(ctx)
			continue
		}
		wait.reset()
		if !p.sleep(ctx, next) {
			return
		}
	}
}

// promote moves everything that is due and returns the time until the next.
func (p *promoter) promote(ctx context.Context) (time.Duration, error) {
	for {
		call, cancel := context.WithTimeout(ctx, callTimeout)
		done, err := p.w.cfg.Store.Promote(call, promoteBatch)
		cancel()
		if err != nil {
			return 0, err
		}
		if done.Moved > 0 {
			p.w.fetcher.wake.set()
		}
		if done.Moved < promoteBatch || done.Next != 0 {
			return done.Next, nil
		}
	}
}

// sleep waits for the next due time, a poll, or a hint; false when ctx ended.
func (p *promoter) sleep(ctx context.Context, next time.Duration) bool {
	d := p.w.cfg.JobCheckInterval
	due := next >= 0 && next < d
	if due {
		d = next
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		if due {
			// Another worker may promote what fell due before this one does.
			p.w.fetcher.wake.set()
		}
		return true
	case <-p.look:
		return true
	case <-ctx.Done():
		return false
	}
}
