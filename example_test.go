package tasktower_test

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/task-tower/tasktower"
	"github.com/task-tower/tasktower/adapters/memory"
)

// Email asks for one mail to one user. The examples share it.
type Email struct {
	UserID int64 `json:"user_id"`
}

// Kind is the name stored with the job.
func (Email) Kind() string { return "email" }

// Defaults hold for every Email unless its enqueue says otherwise.
func (Email) Defaults() []tasktower.Option {
	return []tasktower.Option{tasktower.Queue("mail"), tasktower.DisplayName("Mail")}
}

// send is the handler of examples that are about something else.
func send(_ context.Context, j *tasktower.Job[Email]) error {
	fmt.Println("mail to user", j.Args.UserID)
	return nil
}

// manualClock stands still until an example moves it.
type manualClock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *manualClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *manualClock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// example is a store with its own clock, and a client of it.
func example() (*memory.Store, *tasktower.Client, *manualClock) {
	clock := &manualClock{now: time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)}
	store := memory.New(memory.Config{Clock: clock})
	return store, must(tasktower.NewClient(store, tasktower.ClientConfig{})), clock
}

// workerOf is a worker for the registrations alone.
func workerOf(store tasktower.Store, handlers ...tasktower.Registration) *tasktower.Worker {
	return must(tasktower.NewWorker(store, tasktower.WorkerConfig{Handlers: handlers}))
}

// runDue runs what is due, in order, and returns the time until the next job.
func runDue(w *tasktower.Worker) time.Duration {
	_, next, err := w.RunDue(context.Background(), 1000)
	check(err)
	return next
}

func must[T any](v T, err error) T {
	check(err)
	return v
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
