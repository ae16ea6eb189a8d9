package postgres_test

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/adapters/postgres"
	"github.com/task-tower/tasktower/core/queue"
)

// The price of one job on its way, without handlers: in batches of a thousand,
// by one worker.
func BenchmarkBatches(b *testing.B) {
	for name, plan := range map[string]queue.Plan{
		"by queue": {Steps: []queue.Step{{Queues: []string{"default"}, Quota: 1000, Order: queue.ByPriority}}, Rest: queue.RestNone},
		"by age":   everything,
	} {
		b.Run(name, func(b *testing.B) {
			w := setup(b, postgres.Config{})
			for left := b.N; left > 0; left -= 10_000 {
				_, err := w.Enqueue(b.Context(), specs(min(left, 10_000)))
				require.NoError(b, err)
			}
			k := w.worker(b)
			b.ResetTimer()
			for n := 0; n < b.N; {
				jobs := k.claim(b, 1000, plan)
				require.NotEmpty(b, jobs)
				settled, err := w.Settle(b.Context(), dones(jobs))
				require.NoError(b, err)
				require.Empty(b, settled)
				n += len(jobs)
			}
		})
	}
}

// What an enqueue costs: many at once, and one by one by sixteen callers.
func BenchmarkEnqueue(b *testing.B) {
	b.Run("a thousand at once", func(b *testing.B) {
		w := setup(b, postgres.Config{})
		for left := b.N; left > 0; left -= 1000 {
			_, err := w.Enqueue(b.Context(), specs(min(left, 1000)))
			require.NoError(b, err)
		}
	})
	b.Run("one by one, sixteen callers", func(b *testing.B) {
		w := setup(b, postgres.Config{})
		var wg sync.WaitGroup
		for c := range 16 {
			wg.Go(func() {
				for n := c; n < b.N; n += 16 {
					if _, err := w.Enqueue(b.Context(), specs(1)); err != nil {
						b.Error(err)
					}
				}
			})
		}
		wg.Wait()
	})
}
