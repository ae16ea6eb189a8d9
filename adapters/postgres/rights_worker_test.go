package postgres_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower"
	"github.com/task-tower/tasktower/adapters/postgres"
	"github.com/task-tower/tasktower/core/event"
	"github.com/task-tower/tasktower/core/job"
)

// failures is an observer of what does not work.
type failures struct{ seen chan event.Event }

func (f failures) Observe(e event.Event) {
	switch e.Type {
	case event.StoreFailed, event.SettleFailed, event.JobLeaseLost:
		f.seen <- e
	}
}

func TestRoles_TheWorkerWorks(t *testing.T) {
	t.Parallel()
	all := roles(t)
	direct, w := all.open(t, postgres.Config{}), all.by(t, "tasktower_worker")
	require.NoError(t, w.Check(t.Context()))
	may(t, enqueues(w))
	ended, wrong := make(chan string, 100), failures{make(chan event.Event, 100)}
	worker, err := tasktower.NewWorker(w, tasktower.WorkerConfig{
		Observer: wrong,
		Handlers: []tasktower.Registration{tasktower.HandleFunc(func(ctx context.Context, j *tasktower.Job[chore]) error {
			return j.Args.do(ctx, j.Record, ended)
		}, tasktower.MaxRetries(0), tasktower.OnDeath(func(context.Context, *tasktower.InterceptContext) error {
			ended <- "dead"
			return nil
		}))},
		Recurring: []tasktower.Recurring{{Key: "tick", When: tasktower.Every(time.Second), Args: chore{"tick"}}},
	})
	require.NoError(t, err)
	ctx, stop := context.WithCancel(t.Context())
	stopped := make(chan error, 1)
	go func() { stopped <- worker.Run(ctx) }()
	client, err := tasktower.NewClient(w, tasktower.ClientConfig{})
	require.NoError(t, err)
	for _, what := range []string{"report", "snooze", "die"} {
		_, err := client.Enqueue(t.Context(), chore{what})
		require.NoError(t, err)
	}
	want := map[string]bool{"report": true, "snooze": true, "dead": true, "tick": true}
	for len(want) > 0 {
		select {
		case what := <-ended:
			delete(want, what)
		case e := <-wrong.seen:
			require.Fail(t, string(e.Type), "%s: %v", e.Note, e.Err)
		case <-time.After(time.Minute):
			require.Fail(t, "not everything is done", "%v", want)
		}
	}
	stop()
	require.NoError(t, <-stopped)
	require.Empty(t, wrong.seen)

	upkeep(t, w)
	mayNot(t, map[string]func() error{
		"pause a queue":      func() error { return w.PauseQueue(t.Context(), "q", "ada", "") },
		"pause a worker":     func() error { return w.PauseWorker(t.Context(), "w", "ada", "") },
		"remove a recurring": func() error { _, err := w.pool.Exec(t.Context(), "DELETE FROM tasktower.recurring"); return err },
		"ask to cancel a job": func() error {
			_, err := w.pool.Exec(t.Context(), "INSERT INTO tasktower.cancel_request DEFAULT VALUES")
			return err
		},
		"truncate facts": func() error { _, err := w.pool.Exec(t.Context(), "TRUNCATE tasktower.job"); return err },
	})
	for _, right := range rights(t, direct, "tasktower_worker") {
		require.NotContains(t, []string{"REFERENCES", "TRIGGER", "CREATE"}, strings.Fields(right)[0], right)
	}
}

// chore is a job that does one thing a worker has to cope with.
type chore struct {
	What string `json:"what"`
}

func (chore) Kind() string { return "chore" }

func (c chore) do(ctx context.Context, r *tasktower.Record, ended chan<- string) error {
	run := tasktower.FromContext(ctx)
	switch {
	case c.What == "die":
		return errors.New("no luck")
	case c.What == "snooze" && r.Seq == 0:
		return tasktower.Snooze(10 * time.Millisecond)
	case c.What == "report":
		run.Progress(1, 2, "half")
		run.SetOutput("done")
	}
	ended <- c.What
	return nil
}

// upkeep are the calls of a worker that the others bring with time only.
func upkeep(t *testing.T, w world) {
	t.Helper()
	ctx := t.Context()
	k := w.worker(t)
	batch := k.claim(t, 10, everything)
	require.NotEmpty(t, batch)
	taken, err := w.Recall(ctx, batch[0].Lease)
	require.NoError(t, err)
	require.Len(t, taken, len(batch))
	_, err = w.Settle(ctx, append(dones(batch[1:]), failed(batch[0], time.Millisecond)))
	require.NoError(t, err)
	may(t, map[string]func() error{
		"promote": func() error { _, err := w.Promote(ctx, 10); return err },
		"lanes":   func() error { return postgres.LookAtLanes(ctx, w.Store) },
		"lost":    func() error { _, err := w.Lost(ctx, 10); return err },
		"deaths":  func() error { _, err := w.TakeDeaths(ctx, k.number, []string{"k"}, nil, 10); return err },
		"retain": func() error {
			return w.Retain(ctx, map[string]job.Retention{"": {Completed: 1, Cancelled: 1, Dead: 1}})
		},
		"orders": func() error { _, err := w.Orders(ctx, k.number); return err },
		"doze":   func() error { return w.Doze(ctx, time.Minute) },
	})
	soon := func(s *job.Spec) { s.DeadlineIn = time.Millisecond }
	_, err = w.Enqueue(ctx, []*job.Spec{spec(soon), spec(soon, func(s *job.Spec) { s.Delay = time.Hour })})
	require.NoError(t, err)
	eventually(t, func() (int, error) { return w.Expire(ctx, 10) })
	for range 8 { // around the ring, twice
		_, err := w.Enqueue(ctx, apart(2000))
		require.NoError(t, err)
		w.drain(t, k)
		w.tidy(t)
	}
	eventually(t, func() (int, error) {
		p, err := w.Prune(ctx, 1000)
		return p.Jobs, err
	})
	for more := true; more; { // until it looks for workers
		p, err := w.Prune(ctx, 1000)
		require.NoError(t, err)
		more = p.More
	}
}

// eventually waits until a call has found something to do.
func eventually(t *testing.T, call func() (int, error)) {
	t.Helper()
	require.Eventually(t, func() bool {
		n, err := call()
		return err != nil || n > 0
	}, time.Minute, 10*time.Millisecond)
	_, err := call()
	require.NoError(t, err)
}
