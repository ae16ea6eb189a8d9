package scenario

import (
	"context"
	"errors"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower"
	"github.com/task-tower/tasktower/core/explain"
	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/core/queue"
	"github.com/task-tower/tasktower/ports"
	"github.com/task-tower/tasktower/strategies"
)

var explained = map[string]func(*house){
	"a scheduled job tells when it runs":                   explainScheduled,
	"a job between attempts tells its last error":          explainRetrying,
	"a job of a paused queue tells who paused it":          explainPaused,
	"a job without a worker, handler, queue or strategy":   explainUnserved,
	"a job behind others, and behind a cap, tells so":      explainBehind,
	"a job behind its worker's own cap tells so":           explainOwnCap,
	"a job knows at once that all slots are taken":         explainBusy,
	"a job is told for whom slots are kept":                explainReserved,
	"a suspect waits for others like it, whatever is free": explainSuspect,
	"a running job tells who runs it and that it may end":  explainRunning,
	"a job whose worker is lost tells so":                  explainLost,
	"a final job tells how it ended":                       explainFinal,
	"a job whose workers are paused tells so":              explainIdle,
}

func (h *house) explain(id tasktower.ID) tasktower.Explanation {
	h.Helper()
	e, err := h.client.Explain(h.Context(), id)
	require.NoError(h, err)
	require.Equal(h, id, e.ID)
	require.NotEmpty(h, e.Reasons)
	return e
}

// because returns the reason of this code, which must be among the job's.
func (h *house) because(id tasktower.ID, code explain.Code) tasktower.Reason {
	h.Helper()
	e := h.explain(id)
	for _, r := range e.Reasons {
		if r.Code == code {
			return r
		}
	}
	require.FailNow(h, "no reason "+string(code), e.String())
	panic("unreachable")
}

func explainScheduled(h *house) {
	rec := h.enqueue(0, tasktower.At(time.Now().Add(2*time.Hour)), tasktower.DeadlineIn(time.Hour))
	require.Equal(h, rec.RunAt, h.because(rec.ID, explain.Scheduled).Until)
	require.Contains(h, h.because(rec.ID, explain.Deadline).Text, "It will never run")
}

func explainRetrying(h *house) {
	h.work(tasktower.WorkerConfig{}, func(context.Context, *tasktower.Job[Work]) error {
		return tasktower.RetryIn(time.Hour, errors.New("no route"))
	})
	rec := h.reaches(h.enqueue(0).ID, tasktower.Retrying)
	r := h.because(rec.ID, explain.BackingOff)
	require.Equal(h, "no route", r.Error)
	require.Equal(h, rec.RunAt, r.Until)
	require.Len(h, h.explain(rec.ID).Reasons, 1)
}

func explainPaused(h *house) {
	rec := h.enqueue(0)
	require.NoError(h, h.client.PauseQueue(h.Context(), "default", "ops", "smtp is down"))
	r := h.because(rec.ID, explain.QueuePaused)
	require.Equal(h, []string{"default", "ops", "smtp is down"}, []string{r.Queue, r.By, r.Note})
	require.False(h, r.Since.IsZero())
}

// Other is the args of a kind that no worker of these scenarios handles at first.
type Other struct{}

// Kind implements tasktower.Args.
func (Other) Kind() string { return "other" }

func explainUnserved(h *house) {
	rec := h.enqueue(0, tasktower.Queue("mail"))
	h.because(rec.ID, explain.NoWorker)

	h.run(tasktower.WorkerConfig{Handlers: []tasktower.Registration{
		tasktower.HandleFunc(func(context.Context, *tasktower.Job[Other]) error { return nil }),
	}})
	h.until(func() bool { return h.explain(rec.ID).Reasons[0].Code == explain.NoHandler }, "a worker without the handler")
	require.Equal(h, "work", h.because(rec.ID, explain.NoHandler).Kind)

	nothing := func(context.Context, *tasktower.Job[Work]) error { return nil }
	h.work(tasktower.WorkerConfig{Queues: []string{"bulk"}}, nothing)
	h.until(func() bool { return h.explain(rec.ID).Reasons[0].Code == explain.QueueUnserved }, "a worker of another queue")

	h.work(tasktower.WorkerConfig{Strategy: strategies.Strict(map[string]int{"critical": 1})}, nothing)
	h.until(func() bool { return h.explain(rec.ID).Reasons[0].Code == explain.StrategySkips }, "a worker with another strategy")
	require.Equal(h, tasktower.Enqueued, h.get(rec.ID).State)

	h.work(tasktower.WorkerConfig{}, nothing)
	h.reaches(rec.ID, tasktower.Completed)
}

func explainBehind(h *house) {
	started, release := make(chan struct{}, 1), make(chan struct{})
	h.work(tasktower.WorkerConfig{
		Concurrency: 2, Strategy: strategies.Caps(strategies.FIFO(), map[string]strategies.Cap{"default": {Cluster: 1}}),
	}, func(context.Context, *tasktower.Job[Work]) error {
		started <- struct{}{}
		<-release
		return nil
	})
	h.enqueue(0)
	soon(h, started)
	h.enqueueMany(1, 3)
	last := h.enqueue(4)
	r := h.because(last.ID, explain.QueueAtCap)
	require.Equal(h, []int{1, 1}, []int{r.Jobs, r.Limit})
	require.Equal(h, 3, h.because(last.ID, explain.Behind).Jobs)
	go func() {
		for range started {
		}
	}()
	close(release)
	h.reaches(last.ID, tasktower.Completed)
	close(started)
}

// occupied starts a worker whose job holds one slot until the test ends.
func occupied(h *house, cfg tasktower.WorkerConfig) {
	h.Helper()
	started, release := make(chan struct{}, 1), make(chan struct{})
	h.work(cfg, func(context.Context, *tasktower.Job[Work]) error {
		select {
		case started <- struct{}{}:
		default:
		}
		<-release
		return nil
	})
	h.Cleanup(func() { close(release) }) // before the worker's stop
	h.enqueue(0)
	soon(h, started)
}

func explainOwnCap(h *house) {
	occupied(h, tasktower.WorkerConfig{
		Strategy: strategies.Caps(strategies.FIFO(), map[string]strategies.Cap{"default": {PerWorker: 1}}),
	})
	r := h.because(h.enqueue(1).ID, explain.QueueAtCap)
	require.Equal(h, []int{1, 1}, []int{r.Jobs, r.Limit})
}

func explainBusy(h *house) {
	occupied(h, tasktower.WorkerConfig{Concurrency: 1, Prefetch: -1})
	r := h.because(h.enqueue(1).ID, explain.WorkersBusy)
	require.Equal(h, []int{1, 1}, []int{r.Jobs, r.Limit})
}

func explainReserved(h *house) {
	keep := func(n int) tasktower.Strategy {
		return strategies.Caps(strategies.FIFO(), map[string]strategies.Cap{"urgent": {Min: n}})
	}
	occupied(h, tasktower.WorkerConfig{Concurrency: 2, Prefetch: -1, Strategy: keep(1)})
	rec := h.enqueue(1)
	require.Contains(h, h.because(rec.ID, explain.SlotsReserved).Text, "urgent")

	other, err := h.client.Enqueue(h.Context(), Other{})
	require.NoError(h, err)
	h.run(tasktower.WorkerConfig{Concurrency: 1, Strategy: keep(1), Handlers: []tasktower.Registration{
		tasktower.HandleFunc(func(context.Context, *tasktower.Job[Other]) error { return nil }),
	}})
	h.until(func() bool { return h.explain(other.ID).Reasons[0].Code != explain.NoHandler }, "the worker is known")
	require.Equal(h, 1, h.because(other.ID, explain.SlotsReserved).Limit, "all of its slots")
}

// explainSuspect has a worker with free slots run one of the jobs that a crash caught.
func explainSuspect(h *house) {
	ids := []tasktower.ID{h.enqueue(1).ID, h.enqueue(1).ID, h.enqueue(1).ID}
	ghost, err := h.store.Register(h.Context(), ports.Worker{ID: "gone", Kinds: []string{"work"}, Slots: 3}, time.Minute)
	require.NoError(h, err)
	caught, err := h.store.Claim(h.Context(), ports.ClaimRequest{
		Lease: job.NewLease(ghost, 1), Plan: queue.Plan{Rest: queue.RestByAge}, Kinds: []string{"work"}, Limit: 3,
	})
	require.NoError(h, err)
	for _, r := range caught {
		_, err := h.store.Settle(h.Context(), []*job.Settlement{{
			ID: r.ID, Lease: r.Lease, Seq: r.Seq, To: job.Enqueued, Cause: job.CauseRescue, Attempt: 1, Crashes: 1,
		}})
		require.NoError(h, err)
	}
	require.NoError(h, h.store.Deregister(h.Context(), ghost))

	occupied(h, tasktower.WorkerConfig{Concurrency: 20})
	h.until(func() bool { // a claim may bring all of them, and two are given back
		return h.get(ids[0]).State == tasktower.Processing &&
			h.get(ids[1]).State == tasktower.Enqueued && h.get(ids[2]).State == tasktower.Enqueued
	}, "one suspect runs")
	require.Zero(h, h.because(ids[1], explain.Suspect).Jobs)
	require.Equal(h, 1, h.because(ids[2], explain.Suspect).Jobs)
	require.Len(h, h.explain(ids[2]).Reasons, 1)
}

func explainRunning(h *house) {
	started, release := hold(h, tasktower.DeadlineIn(time.Hour))
	rec := h.enqueue(0)
	soon(h, started)
	r := h.because(rec.ID, explain.Processing)
	require.Equal(h, h.get(rec.ID).Worker, r.Worker)
	require.Equal(h, h.get(rec.ID).ClaimedAt, r.Since)
	release()
	h.reaches(rec.ID, tasktower.Completed)
}

func explainLost(h *house) {
	rec := h.enqueue(0)
	w, err := h.store.Register(h.Context(), ports.Worker{ID: "gone", Kinds: []string{"work"}, Slots: 1}, time.Second)
	require.NoError(h, err)
	_, err = h.store.Claim(h.Context(), ports.ClaimRequest{
		Lease: job.NewLease(w, 1), Plan: queue.Plan{Rest: queue.RestByAge}, Kinds: []string{"work"}, Limit: 1,
	})
	require.NoError(h, err)
	require.Equal(h, "gone", h.because(rec.ID, explain.Processing).Worker)
	_, err = h.client.Cancel(h.Context(), rec.ID)
	require.NoError(h, err)
	h.because(rec.ID, explain.CancelRequested)
	h.until(func() bool { return h.explain(rec.ID).Reasons[0].Code == explain.WorkerLost }, "the worker is lost")
	require.Contains(h, h.because(rec.ID, explain.WorkerLost).Text, "no live worker is there")
}

func explainFinal(h *house) {
	rec := h.enqueue(0)
	_, err := h.client.Cancel(h.Context(), rec.ID, "not needed")
	require.NoError(h, err)
	r := h.because(rec.ID, explain.Cancelled)
	require.Equal(h, "not needed", r.Note)
	require.Equal(h, h.get(rec.ID).EndedAt, r.Since)

	h.work(tasktower.WorkerConfig{}, func(_ context.Context, j *tasktower.Job[Work]) error {
		if j.Args.N == 1 {
			return tasktower.Discard(errors.New("no such user"))
		}
		return nil
	})
	done := h.reaches(h.enqueue(0).ID, tasktower.Completed)
	h.because(done.ID, explain.Completed)
	dead := h.reaches(h.enqueue(1).ID, tasktower.Dead)
	require.Equal(h, "no such user", h.because(dead.ID, explain.Dead).Error)
	_, err = h.client.Explain(h.Context(), tasktower.ID{1})
	require.ErrorIs(h, err, tasktower.ErrNotFound)
}

func explainIdle(h *house) {
	h.work(tasktower.WorkerConfig{}, func(context.Context, *tasktower.Job[Work]) error { return nil })
	var workers []tasktower.WorkerInfo
	h.until(func() bool {
		var err error
		workers, err = h.client.Workers(h.Context())
		require.NoError(h, err)
		return len(workers) == 1
	}, "the worker is known")
	require.NoError(h, h.client.PauseWorker(h.Context(), workers[0].ID, "ops", "deploy"))
	rec := h.enqueue(0, tasktower.InHours(1))
	r := h.because(rec.ID, explain.WorkersIdle)
	require.Equal(h, []string{workers[0].ID, "ops", "deploy"}, []string{r.Worker, r.By, r.Note})
	require.False(h, r.Since.IsZero())
	require.NoError(h, h.client.ResumeWorker(h.Context(), workers[0].ID))
	require.Len(h, h.explain(rec.ID).Reasons, 1)
}
