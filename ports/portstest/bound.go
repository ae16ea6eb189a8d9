package portstest

import (
	"sync"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/core/queue"
)

// capped takes from anywhere, at most so many of queue "q" at a time.
func capped(most int) queue.Plan {
	p := anything()
	p.Caps = map[string]int{"q": most}
	return p
}

func boundCases() cases {
	return cases{
		"keeps a queue at its cap over all workers": func(w *world) {
			for range 5 {
				w.one(inQueue("q"))
			}
			free := w.one(inQueue("r"))
			a, b := w.hand(), w.hand()
			require.Len(w.t, a.claim(2, by(capped(3))), 2)
			got := b.claim(9, by(capped(3)))
			require.Len(w.t, got, 2, "one of q, and r, which has no cap")
			require.Equal(w.t, "q", got[0].Queue)
			require.Equal(w.t, free, got[1].ID)
			require.Empty(w.t, a.claim(9, by(capped(3))))
			require.Empty(w.t, a.claim(9, by(capped(2))), "a cap below what runs is full")
			require.Len(w.t, a.claim(9, by(capped(4))), 1)
			require.Len(w.t, a.claim(9), 1, "no cap, no bound")
		},
		"makes room under a cap whatever an attempt's result": func(w *world) {
			h := w.hand()
			for range 6 {
				w.one(inQueue("q"))
			}
			ends := []func(*job.Record) *job.Settlement{
				completed, dead, cancelled, released,
				func(r *job.Record) *job.Settlement { return retrying(r, long) },
				func(r *job.Record) *job.Settlement { return snoozed(r, long) },
			}
			for _, end := range ends {
				r := h.take(by(capped(1)))
				require.Empty(w.t, h.claim(9, by(capped(1))))
				h.settle(end(r))
			}
		},
		"takes nothing under a cap of zero": func(w *world) {
			w.one(inQueue("q"))
			require.Empty(w.t, w.hand().claim(9, by(capped(0))))
		},
		"obeys the lower of cap and limit": func(w *world) {
			for range 9 {
				w.one(inQueue("q"))
			}
			h := w.hand()
			p := capped(4)
			p.Limits = map[string]int{"q": 3}
			require.Len(w.t, h.claim(9, by(p)), 3)
			require.Len(w.t, h.claim(9, by(p)), 1)
		},
		"holds a cap within steps, tiers, spill and ageing": func(w *world) {
			for range 9 {
				w.one(inQueue("q"), at(w.ago(time.Hour)))
			}
			h := w.hand()
			for _, p := range []queue.Plan{
				{Rest: queue.RestNone, Steps: []queue.Step{{Queues: []string{"q"}, Quota: 5, Order: queue.ByPriority}}, Spill: []string{"q"}},
				{Rest: queue.RestNone, Steps: []queue.Step{{Queues: []string{"q", "r"}, Quota: 5, Order: queue.ByAge}}},
				{Rest: queue.RestByAge, Steps: []queue.Step{{Queues: []string{"q"}, Quota: 5, Order: queue.ByAge, MinWaitMicros: 1}}},
			} {
				p.Caps = map[string]int{"q": 2}
				got := h.claim(9, by(p))
				require.Len(w.t, got, 2)
				for _, r := range got {
					h.settle(completed(r))
				}
			}
		},
		"keeps a cap exact however many claim at once": func(w *world) {
			const jobs, most, claimers = 60, 5, 8
			for range jobs {
				w.one(inQueue("q"))
			}
			hands := make([]*hand, claimers)
			for i := range hands {
				hands[i] = w.hand()
			}
			for round := 0; round < jobs/most; round++ {
				held := w.claimAtOnce(hands, func(h *hand) []*job.Record {
					got, err := w.Store.Claim(w.ctx, h.ask(3, by(capped(most))))
					if err != nil {
						return nil
					}
					return got
				})
				require.LessOrEqual(w.t, len(held), most)
				held = append(held, hands[0].claim(jobs, by(capped(most)))...)
				require.Len(w.t, held, most, "round %d", round)
				for _, r := range held {
					w.settle(completed(r))
				}
			}
		},
	}
}

// claimAtOnce lets every hand claim at the same moment and joins what they got.
func (w *world) claimAtOnce(hands []*hand, claim func(*hand) []*job.Record) []*job.Record {
	var (
		mu  sync.Mutex
		all []*job.Record
		wg  sync.WaitGroup
		run = make(chan struct{})
	)
	for _, h := range hands {
		wg.Go(func() {
			<-run
			got := claim(h)
			mu.Lock()
			defer mu.Unlock()
			all = append(all, got...)
		})
	}
	close(run)
	wg.Wait()
	return all
}
