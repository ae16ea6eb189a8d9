package portstest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/core/job"
)

// batchSize is the size of the batches that BenchmarkStore measures, which is
// also the largest claim of a worker.
const batchSize = 1000

// maxWaiting is how many jobs it lets wait at most.
const maxWaiting = 500 * batchSize

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
		h := w.hand()
		b.ReportAllocs()
		waiting := 0
		for b.Loop() {
			b.StopTimer()
			if waiting == maxWaiting { // a store may be bounded
				for ; waiting > 0; waiting -= batchSize {
					h.settle(completions(h.claim(batchSize))...)
				}
			}
			specs := batch()
			b.StartTimer()
			w.enqueue(specs...)
			waiting += batchSize
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
			b.StartTimer()
			claimed := h.claim(batchSize)
			b.StopTimer()
			require.Len(b, claimed, batchSize)
			results := completions(claimed)
			b.StartTimer()
			h.settle(results...)
		}
		perJob(b)
	})
}

func completions(claimed []*job.Record) []*job.Settlement {
	results := make([]*job.Settlement, len(claimed))
	for i, r := range claimed {
		results[i] = completed(r)
	}
	return results
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
