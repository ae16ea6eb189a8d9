package engine

import (
	"context"
	"testing"
	"time"

	"github.com/task-tower/tasktower/core/job"
)

// What an attempt costs from the queue of its slots to that of the settler: a no-op
// handler, without a store.
func BenchmarkAttempt(b *testing.B) {
	b.Run("unlimited", func(b *testing.B) { attempts(b, 0) })
	b.Run("timeout", func(b *testing.B) { attempts(b, time.Minute) })
}

func attempts(b *testing.B, timeout time.Duration) {
	w := New(Config{
		Kinds:       []Kind{{Name: "k", Run: func(context.Context, *job.Record) error { return nil }}},
		Concurrency: 1, Timeout: timeout, Overstay: time.Minute,
	})
	w.jobs, w.endJobs = context.WithCancelCause(b.Context())
	defer w.endJobs(nil)
	w.registry.number, w.registry.until = 1, time.Now().Add(time.Hour)
	w.slots.inline = true // the benchmark takes what a slot would
	claimed := make([]*job.Record, maxClaim)
	for i := range claimed {
		claimed[i] = &job.Record{ID: job.ID{byte(i >> 8), byte(i)}, Kind: "k", Queue: "q", Lease: job.NewLease(1, 1), Attempt: 1}
	}
	b.ReportAllocs()
	for left := b.N; left > 0; left -= maxClaim {
		n := min(left, maxClaim)
		w.slots.add(claimed[:n], time.Now())
		p := w.slots.first()
		for range n - 1 {
			w.attempt(p)
			p = w.slots.following(p)
		}
		w.attempt(p)
		w.slots.finish(p)
		w.settler.pending = w.settler.pending[:0]
	}
}
