// Package tasktower runs background jobs for Go programs on PostgreSQL.
//
// A job is one piece of work: typed args with a stable kind. A Client enqueues
// it, now or for later, alone, in bulk, or inside the caller's transaction. A
// Worker claims due jobs in the order that a strategy says, calls the handler of
// their kind, retries failures with backoff, and keeps a history of all of it.
//
//	client, err := tasktower.NewClient(store, tasktower.ClientConfig{})
//	rec, err := client.Enqueue(ctx, Email{UserID: 7}, tasktower.In(10*time.Minute))
//
//	worker, err := tasktower.NewWorker(store, tasktower.WorkerConfig{
//		Handlers: []tasktower.Registration{tasktower.Handle(mailer)},
//	})
//	err = worker.Run(ctx) // until ctx ends
//
// The store is adapters/postgres in production and adapters/memory in tests and
// small programs; package modules wires everything with fx; package
// tasktowertest helps to test code that enqueues and handles jobs.
//
// Jobs run at least once: make handlers idempotent, or put their effects and the
// job's end into one transaction.
package tasktower
