package portstest

import (
	"context"

	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/ports"
)

// Retain implements ports.Pruner.
func (f *FaultyStore) Retain(ctx context.Context, kinds map[string]job.Retention) error {
	return throughErr(ctx, f.log, "Retain", func() error { return f.store.Retain(ctx, kinds) })
}

// Prune implements ports.Pruner.
func (f *FaultyStore) Prune(ctx context.Context, limit int) (ports.Pruned, error) {
	return through(ctx, f.log, "Prune", func() (ports.Pruned, error) { return f.store.Prune(ctx, limit) })
}

// PruneOlder implements ports.Pruner.
func (f *FaultyStore) PruneOlder(ctx context.Context, req ports.PruneRequest) (ports.Pruned, error) {
	return through(ctx, f.log, "PruneOlder", func() (ports.Pruned, error) { return f.store.PruneOlder(ctx, req) })
}
