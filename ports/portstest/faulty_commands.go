package portstest

import (
	"context"
	"time"

	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/ports"
)

// Register implements ports.Registrar.
func (f *FaultyStore) Register(ctx context.Context, w ports.Worker, ttl time.Duration) (int64, error) {
	return through(ctx, f.log, "Register", func() (int64, error) { return f.store.Register(ctx, w, ttl) })
}

// Beat implements ports.Registrar.
func (f *FaultyStore) Beat(ctx context.Context, b ports.Beat, ttl time.Duration) (ports.Orders, error) {
	return through(ctx, f.log, "Beat", func() (ports.Orders, error) { return f.store.Beat(ctx, b, ttl) })
}

// Orders implements ports.Registrar.
func (f *FaultyStore) Orders(ctx context.Context, number int64) (ports.Orders, error) {
	return through(ctx, f.log, "Orders", func() (ports.Orders, error) { return f.store.Orders(ctx, number) })
}

// Deregister implements ports.Registrar.
func (f *FaultyStore) Deregister(ctx context.Context, number int64) error {
	return throughErr(ctx, f.log, "Deregister", func() error { return f.store.Deregister(ctx, number) })
}

// Workers implements ports.Registrar.
func (f *FaultyStore) Workers(ctx context.Context) ([]ports.Worker, error) {
	return through(ctx, f.log, "Workers", func() ([]ports.Worker, error) { return f.store.Workers(ctx) })
}

// TakeDeaths implements ports.Deaths.
func (f *FaultyStore) TakeDeaths(ctx context.Context, worker int64, kinds []string, inHand []job.ID, limit int) ([]ports.Death, error) {
	return through(ctx, f.log, "TakeDeaths", func() ([]ports.Death, error) {
		return f.store.TakeDeaths(ctx, worker, kinds, inHand, limit)
	})
}

// FinishDeaths implements ports.Deaths.
func (f *FaultyStore) FinishDeaths(ctx context.Context, worker int64, deaths []ports.DeathID) error {
	return throughErr(ctx, f.log, "FinishDeaths", func() error { return f.store.FinishDeaths(ctx, worker, deaths) })
}

// Cancel implements ports.Commander.
func (f *FaultyStore) Cancel(ctx context.Context, id job.ID, note string) (job.State, error) {
	return through(ctx, f.log, "Cancel", func() (job.State, error) { return f.store.Cancel(ctx, id, note) })
}

// Requeue implements ports.Commander.
func (f *FaultyStore) Requeue(ctx context.Context, id job.ID, note string) error {
	return throughErr(ctx, f.log, "Requeue", func() error { return f.store.Requeue(ctx, id, note) })
}

// Delete implements ports.Commander.
func (f *FaultyStore) Delete(ctx context.Context, id job.ID) error {
	return throughErr(ctx, f.log, "Delete", func() error { return f.store.Delete(ctx, id) })
}

// Tag implements ports.Commander.
func (f *FaultyStore) Tag(ctx context.Context, id job.ID, tags []string) error {
	return throughErr(ctx, f.log, "Tag", func() error { return f.store.Tag(ctx, id, tags) })
}

// PauseQueue implements ports.Commander.
func (f *FaultyStore) PauseQueue(ctx context.Context, queue, by, note string) error {
	return throughErr(ctx, f.log, "PauseQueue", func() error { return f.store.PauseQueue(ctx, queue, by, note) })
}

// ResumeQueue implements ports.Commander.
func (f *FaultyStore) ResumeQueue(ctx context.Context, queue string) error {
	return throughErr(ctx, f.log, "ResumeQueue", func() error { return f.store.ResumeQueue(ctx, queue) })
}

// PauseWorker implements ports.Commander.
func (f *FaultyStore) PauseWorker(ctx context.Context, id, by, note string) error {
	return throughErr(ctx, f.log, "PauseWorker", func() error { return f.store.PauseWorker(ctx, id, by, note) })
}

// ResumeWorker implements ports.Commander.
func (f *FaultyStore) ResumeWorker(ctx context.Context, id string) error {
	return throughErr(ctx, f.log, "ResumeWorker", func() error { return f.store.ResumeWorker(ctx, id) })
}

// DrainWorker implements ports.Commander.
func (f *FaultyStore) DrainWorker(ctx context.Context, id string) error {
	return throughErr(ctx, f.log, "DrainWorker", func() error { return f.store.DrainWorker(ctx, id) })
}

// SetConcurrency implements ports.Commander.
func (f *FaultyStore) SetConcurrency(ctx context.Context, id string, slots int) error {
	return throughErr(ctx, f.log, "SetConcurrency", func() error { return f.store.SetConcurrency(ctx, id, slots) })
}

// Get implements ports.Inspector.
func (f *FaultyStore) Get(ctx context.Context, id job.ID) (*job.Record, error) {
	return through(ctx, f.log, "Get", func() (*job.Record, error) { return f.store.Get(ctx, id) })
}

// History implements ports.Inspector.
func (f *FaultyStore) History(ctx context.Context, id job.ID) ([]job.Entry, error) {
	return through(ctx, f.log, "History", func() ([]job.Entry, error) { return f.store.History(ctx, id) })
}

// Failures implements ports.Inspector.
func (f *FaultyStore) Failures(ctx context.Context, id job.ID) ([]job.Failure, error) {
	return through(ctx, f.log, "Failures", func() ([]job.Failure, error) { return f.store.Failures(ctx, id) })
}

// Reports implements ports.Inspector.
func (f *FaultyStore) Reports(ctx context.Context, id job.ID) ([]job.Report, error) {
	return through(ctx, f.log, "Reports", func() ([]job.Report, error) { return f.store.Reports(ctx, id) })
}

// Standing implements ports.Inspector.
func (f *FaultyStore) Standing(ctx context.Context, id job.ID, limit int) (ports.Standing, error) {
	return through(ctx, f.log, "Standing", func() (ports.Standing, error) { return f.store.Standing(ctx, id, limit) })
}

// List implements ports.Inspector.
func (f *FaultyStore) List(ctx context.Context, filter job.Filter) (job.Page, error) {
	return through(ctx, f.log, "List", func() (job.Page, error) { return f.store.List(ctx, filter) })
}

// Counts implements ports.Inspector.
func (f *FaultyStore) Counts(ctx context.Context, limit int) ([]ports.Count, error) {
	return through(ctx, f.log, "Counts", func() ([]ports.Count, error) { return f.store.Counts(ctx, limit) })
}

// Waiting implements ports.Inspector.
func (f *FaultyStore) Waiting(ctx context.Context) ([]ports.Waiting, error) {
	return through(ctx, f.log, "Waiting", func() ([]ports.Waiting, error) { return f.store.Waiting(ctx) })
}

// Queues implements ports.Inspector.
func (f *FaultyStore) Queues(ctx context.Context) ([]ports.Queue, error) {
	return through(ctx, f.log, "Queues", func() ([]ports.Queue, error) { return f.store.Queues(ctx) })
}
