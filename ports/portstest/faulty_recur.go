package portstest

import (
	"context"
	"time"

	"github.com/task-tower/tasktower/ports"
)

// SaveRecurring implements ports.Recurrer.
func (f *FaultyStore) SaveRecurring(ctx context.Context, r ports.Recurring) error {
	return throughErr(ctx, f.log, "SaveRecurring", func() error { return f.store.SaveRecurring(ctx, r) })
}

// RemoveRecurring implements ports.Recurrer.
func (f *FaultyStore) RemoveRecurring(ctx context.Context, key string) error {
	return throughErr(ctx, f.log, "RemoveRecurring", func() error { return f.store.RemoveRecurring(ctx, key) })
}

// PauseRecurring implements ports.Recurrer.
func (f *FaultyStore) PauseRecurring(ctx context.Context, key, by, note string, until time.Time) error {
	return throughErr(ctx, f.log, "PauseRecurring", func() error { return f.store.PauseRecurring(ctx, key, by, note, until) })
}

// ResumeRecurring implements ports.Recurrer.
func (f *FaultyStore) ResumeRecurring(ctx context.Context, key string) error {
	return throughErr(ctx, f.log, "ResumeRecurring", func() error { return f.store.ResumeRecurring(ctx, key) })
}

// Recurring implements ports.Recurrer.
func (f *FaultyStore) Recurring(ctx context.Context) ([]ports.Recurring, error) {
	return through(ctx, f.log, "Recurring", func() ([]ports.Recurring, error) { return f.store.Recurring(ctx) })
}

// DueRecurring implements ports.Recurrer.
func (f *FaultyStore) DueRecurring(ctx context.Context, limit int) (ports.DueRecurring, error) {
	return through(ctx, f.log, "DueRecurring", func() (ports.DueRecurring, error) { return f.store.DueRecurring(ctx, limit) })
}

// Fire implements ports.Recurrer.
func (f *FaultyStore) Fire(ctx context.Context, g ports.Firing) error {
	return throughErr(ctx, f.log, "Fire", func() error { return f.store.Fire(ctx, g) })
}
