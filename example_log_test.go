package tasktower_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"sync"

	"github.com/task-tower/tasktower"
	"github.com/task-tower/tasktower/core/event"
)

// docs:Observer

// deaths is an observer that counts dead jobs by kind. Observe is called by many
// goroutines, and has to be quick.
type deaths struct {
	mu     sync.Mutex
	byKind map[string]int
}

// Observe implements tasktower.Observer.
func (d *deaths) Observe(e tasktower.Event) {
	if e.Type != event.JobDied {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.byKind[e.Job.Kind]++
}

// docs:end

func ExampleLogTo() {
	ctx := context.Background()
	store, client, _ := example()
	log := slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: steady}))
	count := &deaths{byKind: map[string]int{}}
	handlers := []tasktower.Registration{tasktower.HandleFunc(func(ctx context.Context, j *tasktower.Job[Email]) error {
		tasktower.FromContext(ctx).Logger().Info("calling", "user", j.Args.UserID)
		return call(ctx, j)
	}, tasktower.MaxRetries(0))}
	// docs:Both
	worker := must(tasktower.NewWorker(store, tasktower.WorkerConfig{
		Handlers: handlers,
		Observer: tasktower.FanOut(tasktower.LogTo(log), count), // what the worker has to say, and who else hears it
		Logger:   log,                                           // what handlers write to: FromContext(ctx).Logger()
	}))
	// docs:end
	must(client.Enqueue(ctx, Email{UserID: 7}))
	runDue(worker)
	fmt.Println(count.byKind)
	// Output:
	// level=INFO msg=calling kind=email queue=mail attempt=1 user=7
	// level=WARN msg="attempt failed" event=job.failed kind=email queue=mail attempt=1 state=dead reason=retries error="no answer to call 1 of 1"
	// level=ERROR msg="job died" event=job.died kind=email queue=mail attempt=1 state=dead reason=retries error="no answer to call 1 of 1"
	// map[email:1]
}

// steady leaves out what differs from run to run.
func steady(_ []string, a slog.Attr) slog.Attr {
	switch a.Key {
	case slog.TimeKey, "job", "worker", "run_ms", "wait_ms":
		return slog.Attr{}
	}
	return a
}
