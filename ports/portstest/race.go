package portstest

import (
	"errors"
	"sync"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/core/queue"
	"github.com/task-tower/tasktower/ports"
)

func raceCases() cases {
	return cases{
		"gives a job to one of a hundred callers": func(w *world) {
			id := w.one()
			h := w.hand()
			hands := make([]*hand, 100)
			for i := range hands {
				hands[i] = h
			}
			got := w.claimAtOnce(hands, func(h *hand) []*job.Record { return w.tryClaim(h, 1) })
			require.Equal(w.t, []job.ID{id}, recordIDs(got))
		},
		"gives each of a thousand jobs to one of a hundred callers": func(w *world) {
			const jobs = 1000
			specs := make([]*job.Spec, jobs)
			for i := range specs {
				specs[i] = spec(inQueue([]string{"a", "b", "c"}[i%3]), priority(int16(i%2)))
			}
			w.enqueue(specs...)
			hands := make([]*hand, 10)
			for i := range hands {
				hands[i] = w.hand()
			}
			var callers []*hand
			for i := range 100 {
				callers = append(callers, hands[i%len(hands)])
			}
			got := w.claimAtOnce(callers, func(h *hand) []*job.Record {
				var mine []*job.Record
				for {
					batch := w.tryClaim(h, 7)
					if len(batch) == 0 {
						return mine
					}
					mine = append(mine, batch...)
				}
			})
			got = append(got, hands[0].claim(jobs)...) // what callers passed over because another had it in hand
			require.ElementsMatch(w.t, specIDs(specs), recordIDs(got))
			for _, r := range got {
				require.Equal(w.t, 1, r.Attempt)
			}
		},
		"settles a result once however many report it": func(w *world) {
			h := w.hand()
			id := w.one()
			s := completed(h.take())
			var wg sync.WaitGroup
			for range 10 {
				wg.Go(func() { _, _ = w.Store.Settle(w.ctx, []*job.Settlement{s}) })
			}
			wg.Wait()
			w.settle(s)
			require.Equal(w.t, []string{"enqueued 0 enqueue", "processing 1 claim", "completed 1 success"}, w.history(id))
		},
		"lets a cancel and a claim meet": func(w *world) {
			h := w.hand()
			for range 20 {
				id := w.one()
				var claimed []*job.Record
				var state job.State
				var err error
				var wg sync.WaitGroup
				wg.Go(func() { claimed = w.tryClaim(h, 1) })
				wg.Go(func() { state, err = w.Store.Cancel(w.ctx, id, "") })
				wg.Wait()
				require.NoError(w.t, err)
				if len(claimed) == 0 {
					claimed = h.claim(1) // passed over while the cancel had it in hand
				}
				if state == job.Cancelled {
					require.Empty(w.t, claimed, "after a cancel no attempt starts")
				} else {
					require.Len(w.t, claimed, 1)
					h.settle(cancelled(claimed[0]))
				}
				w.requireState(job.Cancelled, id)
			}
		},
		"lets a cancel and a result that would run the job again meet": func(w *world) {
			h := w.hand()
			for i := range 60 {
				id := w.one()
				r := h.take()
				again := []*job.Settlement{retrying(r, long), snoozed(r, long), rescued(r)}[i%3]
				var out ports.Settled
				var state job.State
				var settling, cancelling error
				var wg sync.WaitGroup
				wg.Go(func() { out, settling = w.Store.Settle(w.ctx, []*job.Settlement{again}) })
				wg.Go(func() { state, cancelling = w.Store.Cancel(w.ctx, id, "") })
				wg.Wait()
				require.NoError(w.t, errors.Join(settling, cancelling))
				if len(out.Busy) > 0 { // it met the cancellation under way
					out, settling = w.Store.Settle(w.ctx, []*job.Settlement{again})
					require.NoError(w.t, settling)
				}
				if state == job.Processing { // the request came first
					require.Equal(w.t, ports.Settled{Cancelled: []int{0}}, settled(out))
					h.settle(cancelled(r))
				}
				w.requireState(job.Cancelled, id)
			}
		},
		"works through everything while everybody does everything": func(w *world) {
			const producers, each, consumers = 4, 60, 4
			var (
				wg    sync.WaitGroup
				done  sync.Map
				total = producers * each
				count = make(chan struct{}, total)
			)
			for range producers {
				wg.Go(func() {
					for i := range each {
						s := spec(inQueue([]string{"a", "b"}[i%2]))
						if _, err := w.Store.Enqueue(w.ctx, []*job.Spec{s}); err != nil {
							w.t.Errorf("enqueue: %v", err)
							return
						}
						_ = w.Store.Tag(w.ctx, s.ID, []string{"seen"})
					}
				})
			}
			for i := range consumers {
				h := w.hand()
				wg.Go(func() {
					for give := time.Now().Add(time.Minute); len(count) < total && time.Now().Before(give); {
						w.consume(h, i, &done, count)
					}
				})
			}
			wg.Wait()
			require.Len(w.t, count, total)
			w.requireCounts(map[string]int{"a completed": total / 2, "b completed": total / 2})
		},
	}
}

// consume claims a few jobs, lets the first attempt of one in three fail, and settles.
func (w *world) consume(h *hand, n int, done *sync.Map, count chan struct{}) {
	_, _ = w.Store.Promote(w.ctx, 5)
	var results []*job.Settlement
	for i, r := range w.tryClaim(h, 5) {
		if r.Attempt == 1 && (i+n)%3 == 0 {
			results = append(results, retrying(r, 0))
			continue
		}
		if _, twice := done.LoadOrStore(r.ID, true); twice {
			w.t.Errorf("job %s was completed twice", r.ID)
		}
		results = append(results, completed(r))
		count <- struct{}{}
	}
	out, err := w.Store.Settle(w.ctx, results)
	if err != nil || len(out.Lost) > 0 {
		w.t.Errorf("settle: %v %v", out, err)
	}
}

// tryClaim claims on any goroutine.
func (w *world) tryClaim(h *hand, limit int) []*job.Record {
	plan := queue.Plan{Rest: queue.RestByAge}
	got, err := w.Store.Claim(w.ctx, h.ask(limit, by(plan)))
	if err != nil {
		w.t.Errorf("claim: %v", err)
	}
	return got
}
