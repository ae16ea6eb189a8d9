package main

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
)

// queue is a peer on its tables, with about 32 connections.
type queue interface {
	enqueue(ctx context.Context, job Noop) error
	// enqueueMany is the peer's fastest way to enqueue many.
	enqueueMany(ctx context.Context, jobs []Noop) error
	// work runs jobs until ctx ends. It is called once.
	work(ctx context.Context, w work) error
	// completed is how many jobs work has run whose completion is durable.
	completed(ctx context.Context) (int, error)
	// stored is how many completed jobs the tables show.
	stored(ctx context.Context) (int, error)
	close()
}

// inTx is a queue that joins a caller's transaction.
type inTx interface {
	enqueueTx(ctx context.Context, tx pgx.Tx, job Noop) error
	begin(ctx context.Context) (pgx.Tx, error)
}

// scheduler is a queue that takes jobs for later. Their due time is Sent.
type scheduler interface {
	schedule(ctx context.Context, jobs []Noop) error
}

// work says how jobs are run.
type work struct {
	slots int
	// handle gets the decoded args; nil: no-op. A failed job is due again after retryWait.
	handle func(Noop) error
}

func (w work) run(job Noop) error {
	if w.handle == nil {
		return nil
	}
	return w.handle(job)
}

const (
	retryWait   = time.Second
	connections = 32
	batchSize   = 1000
)

// peer is a system that is measured, under one set of settings.
type peer struct {
	name  string
	title string // with its settings
	slots int    // where a workload does not say
	redis bool   // it works on Redis and not on PostgreSQL
	open  func(ctx context.Context, e *env, fresh bool) (queue, error)
}

const (
	ours          = "tasktower"
	river         = "river"
	riverDefaults = "river-defaults"
	asynqPeer     = "asynq"
	floor         = "floor"
	notify        = "notify"
	inMemory      = "memory"
)

var peers = []peer{
	{ours, "Task Tower", 2000, false, openTaskTower},
	{river, "River, its bench settings", 2000, false, openRiverTuned},
	{riverDefaults, "River, defaults", 100, false, openRiverDefaults},
	{asynqPeer, "asynq on Redis, appendfsync everysec", 100, true, openAsynq},
	{floor, "floor: COPY; DELETE … SKIP LOCKED", 1, false, openFloor},
	{notify, "floor: INSERT + NOTIFY", 1, false, openNotify},
	{inMemory, "Task Tower in memory", 1000, false, openMemory},
}

func peerNamed(name string) (peer, bool) {
	for _, p := range peers {
		if p.name == name {
			return p, true
		}
	}
	return peer{}, false
}
