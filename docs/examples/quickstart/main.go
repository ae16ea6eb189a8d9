// docs:Program

package main

import (
	"context"
	"log"
	"log/slog"
	"os"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/task-tower/tasktower"
	"github.com/task-tower/tasktower/adapters/postgres"
)

// Email asks for one welcome mail to one new user.
type Email struct {
	UserID int64 `json:"user_id"`
}

// Kind is the name stored with the job.
func (Email) Kind() string { return "welcome_email" }

// Defaults hold for every Email, whoever enqueues it.
func (Email) Defaults() []tasktower.Option {
	return []tasktower.Option{tasktower.Queue("mail"), tasktower.MaxRetries(4)}
}

func send(_ context.Context, j *tasktower.Job[Email]) error {
	log.Printf("welcome, user %d (run %d of at most %d)", j.Args.UserID, j.Attempt, j.MaxRetries+1)
	return nil
}

func main() {
	if err := run(context.Background()); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context) error {
	pool, err := pgxpool.New(ctx, os.Getenv("DATABASE_URL"))
	if err != nil {
		return err
	}
	defer pool.Close()
	store, err := postgres.New(pool, postgres.Config{})
	if err != nil {
		return err
	}
	defer store.Close()
	if err := store.Migrate(ctx); err != nil {
		return err
	}
	return work(ctx, store)
}

func work(ctx context.Context, store tasktower.Store) error {
	client, err := tasktower.NewClient(store, tasktower.ClientConfig{})
	if err != nil {
		return err
	}
	if _, err := client.Enqueue(ctx, Email{UserID: 7}); err != nil {
		return err
	}

	worker, err := tasktower.NewWorker(store, tasktower.WorkerConfig{
		Handlers: []tasktower.Registration{tasktower.HandleFunc(send)},
		Observer: tasktower.LogTo(slog.Default()), // failed attempts are warnings, dead jobs are errors
	}) // err joins every mistake found in the configuration
	if err != nil {
		return err
	}
	// Until SIGINT or SIGTERM; then running jobs get their grace period. A second signal ends that, too.
	return worker.RunUntilSignal(ctx)
}

// docs:end
