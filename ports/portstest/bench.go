package portstest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/core/job"
)

// batchSize is the size of the batches that BenchmarkStore measures, which is
// also the largest claim of a worker.
const batchSize = 1000

// BenchmarkStore measures what a store does all day: jobs stored one by one, in
// batches, and claimed and settled in batches. Each reports ns/job.
func BenchmarkStore(b *testing.B, open Open) {
	b.Run("enqueue one", func(b *testing.B) {
		w := newWorld(b, open(b))
		b.ReportAllocs()
		for b.Loop() {
			w.enqueue(spec())
		}
	})
	b.Run("enqueue one, many callers", func(b *testing.B) {
		w := newWorld(b, open(b))
		b.SetParallelism(8)
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if _, err := w.Store.Enqueue(w.ctx, []*job.Spec{spec()}); err != nil {
					b.Error(err)
				}
			}
		})
	})
	b.Run("enqueue 1000", func(b *testing.B) {
		w := newWorld(b, open(b))
		b.ReportAllocs()
		for b.Loop() {
			b.StopTimer()
			specs := batch()
			b.StartTimer()
			w.enqueue(specs...)
		}
		perJob(b)
	})
	b.Run("claim and settle 1000", func(b *testing.B) {
		w := newWorld(b, open(b))
		h := w.hand()
		b.ReportAllocs()
		for b.Loop() {
			b.StopTimer()
			w.enqueue(batch()...)
			results := make([]*job.Settlement, batchSize)
			b.StartTimer()
			claimed := h.claim(batchSize)
			b.StopTimer()
			require.Len(b, claimed, batchSize)
			for i, r := range claimed {
				results[i] = completed(r)
			}
			b.StartTimer()
			h.settle(results...)
		}
		perJob(b)
	})
}

func batch() []*job.Spec {
	specs := make([]*job.Spec, batchSize)
	for i := range specs {
		specs[i] = spec()
	}
	return specs
}

func perJob(b *testing.B) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*batchSize), "ns/job")
}
