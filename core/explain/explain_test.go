package explain_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/core/explain"
	"github.com/task-tower/tasktower/core/job"
)

var now = time.Date(2026, time.January, 15, 9, 0, 0, 0, time.UTC)

// facts are those of a due job that one free worker could take, changed as told.
func facts(changes ...func(*explain.Facts)) explain.Facts {
	f := explain.Facts{
		Now: now,
		Job: &job.Record{
			Kind: "email", Queue: "mail", State: job.Enqueued, MaxRetries: 10, RunAt: now.Add(-2 * time.Second),
		},
		Workers: []explain.Worker{worker()},
	}
	for _, change := range changes {
		change(&f)
	}
	return f
}

func worker(changes ...func(*explain.Worker)) explain.Worker {
	w := explain.Worker{ID: "w1", Live: true, LiveUntil: now.Add(20 * time.Second), Kinds: []string{"sync", "email"}, Slots: 10}
	for _, change := range changes {
		change(&w)
	}
	return w
}

func in(state job.State, change func(*job.Record)) func(*explain.Facts) {
	return func(f *explain.Facts) {
		f.Job.State = state
		change(f.Job)
	}
}

func workers(all ...explain.Worker) func(*explain.Facts) {
	return func(f *explain.Facts) { f.Workers = all }
}

func failed(message string) func(*explain.Facts) {
	return func(f *explain.Facts) { f.Failure = &job.Failure{Message: message, At: now.Add(-time.Minute)} }
}

func paused(by, note string) func(*explain.Facts) {
	return func(f *explain.Facts) { f.PausedAt, f.PausedBy, f.PauseNote = now.Add(-time.Hour), by, note }
}

func TestExplain(t *testing.T) {
	t.Parallel()
	lost := func(w *explain.Worker) { w.Live, w.LiveUntil = false, now.Add(-2*time.Second) }
	running := func(r *job.Record) { r.Worker, r.ClaimedAt, r.Attempt = "w1", now.Add(-90*time.Second), 1 }
	for name, c := range map[string]struct {
		facts explain.Facts
		codes string
		text  string
	}{
		"a due job": {facts(), "due",
			"It is due since 2026-01-15 08:59:58 UTC, and nothing keeps it: it starts any moment."},
		"a scheduled job": {facts(in(job.Scheduled, func(r *job.Record) { r.RunAt = now.Add(90 * time.Minute) })), "scheduled",
			"It is scheduled for 2026-01-15 10:30:00 UTC (in 1h30m0s)."},
		"a scheduled job whose time has come": {facts(in(job.Scheduled, func(*job.Record) {})), "scheduled",
			"It is scheduled for 2026-01-15 08:59:58 UTC (2s ago)."},
		"a job between two attempts": {facts(failed("no route\nmore"), in(job.Retrying, func(r *job.Record) {
			r.RunAt, r.Failures = now.Add(1500*time.Millisecond), 2
		})), "backing_off",
			"It runs again at 2026-01-15 09:00:01 UTC (in 1.5s): 2 attempts failed, of 11 that may. The last error: no route"},
		"a job of a paused queue": {facts(paused("ops", "smtp is down.")), "queue_paused",
			"Queue mail is paused by ops since 2026-01-15 08:00:00 UTC: smtp is down."},
		"a job of a queue that nobody says who paused": {facts(paused("", "")), "queue_paused",
			"Queue mail is paused since 2026-01-15 08:00:00 UTC."},
		"a job without any worker": {facts(workers(worker(lost))), "no_worker", "No worker is alive."},
		"a job without a handler": {facts(workers(worker(func(w *explain.Worker) { w.Kinds = []string{"sync"} }))), "no_handler",
			"No live worker has a handler for kind email."},
		"a job whose handler's worker is lost": {facts(workers(worker(lost), worker(func(w *explain.Worker) { w.Kinds = nil }))), "no_handler",
			"No live worker has a handler for kind email."},
		"a job of a queue that nobody serves": {facts(workers(worker(func(w *explain.Worker) { w.Queues = []string{"bulk"} }))), "queue_unserved",
			"No live worker that handles kind email serves queue mail."},
		"a job of a queue that the strategy never takes from": {facts(workers(worker(func(w *explain.Worker) { w.Takes = []string{"bulk"} }))), "strategy_skips",
			"The strategy of the workers that serve queue mail never takes from it."},
		"a job whose workers are paused": {facts(workers(worker(func(w *explain.Worker) { w.Idle = true }))), "workers_idle",
			"The workers that could take it are paused or stopping."},
		"a job of a queue at its cap": {facts(func(f *explain.Facts) { f.Running = 2 },
			workers(worker(func(w *explain.Worker) { w.Caps = map[string]int{"mail": 2} }))), "queue_at_cap",
			"Queue mail runs 2 jobs, and 2 is its cap."},
		"a job of a queue below its cap": {facts(func(f *explain.Facts) { f.Running = 1 },
			workers(worker(func(w *explain.Worker) { w.Caps = map[string]int{"mail": 2} }))), "due", ""},
		"a job whose workers are busy": {facts(workers(worker(func(w *explain.Worker) { w.Running = 10 }), worker(func(w *explain.Worker) { w.Running, w.Slots = 5, 5 }))), "workers_busy",
			"The workers that could take it are busy: 15 jobs in 15 slots."},
		"a job with one of its workers free": {facts(workers(worker(func(w *explain.Worker) { w.Running = 10 }), worker())), "due", ""},
		"a job behind one other":             {facts(func(f *explain.Facts) { f.Ahead = 1 }), "behind", "1 job of queue mail before it."},
		"a job behind very many": {facts(func(f *explain.Facts) { f.Ahead = explain.AheadLimit }), "behind",
			"At least 1000 jobs of queue mail before it."},
		"a job with everything against it": {facts(failed("x"), paused("ops", ""), workers(), in(job.Retrying, func(r *job.Record) {
			r.RunAt, r.Deadline, r.MaxRetries, r.Failures = now.Add(time.Hour), now.Add(time.Minute), -1, 1
		})), "backing_off queue_paused no_worker deadline",
			"It runs again at 2026-01-15 10:00:00 UTC (in 1h0m0s): 1 attempt failed. The last error: x " +
				"Queue mail is paused by ops since 2026-01-15 08:00:00 UTC. No worker is alive. " +
				"It will never run: its deadline, 2026-01-15 09:01:00 UTC (in 1m0s), comes before it is due."},
		"a job with a deadline": {facts(in(job.Enqueued, func(r *job.Record) { r.Deadline = now.Add(time.Minute) })), "due deadline",
			"It is due since 2026-01-15 08:59:58 UTC, and nothing keeps it: it starts any moment. " +
				"It has to start before 2026-01-15 09:01:00 UTC (in 1m0s), or it is dead."},
		"a running job": {facts(in(job.Processing, running)), "processing",
			"Worker w1 runs it since 2026-01-15 08:58:30 UTC, for 1m30s so far."},
		"a running job that is to end": {facts(func(f *explain.Facts) { f.CancelRequested = true }, in(job.Processing, func(r *job.Record) {
			running(r)
			r.Deadline = now.Add(time.Minute)
		})), "processing cancel_requested deadline",
			"Worker w1 runs it since 2026-01-15 08:58:30 UTC, for 1m30s so far. " +
				"Somebody asked to cancel it; its handler has yet to end. " +
				"Its handler's context ends at its deadline, 2026-01-15 09:01:00 UTC (in 1m0s)."},
		"a job whose worker is lost": {facts(in(job.Processing, running), workers(worker(lost), worker(func(w *explain.Worker) { w.ID = "w2" }))), "worker_lost",
			"Worker w1, which ran it, is gone since 2026-01-15 08:59:58 UTC; another one takes the job back by 2026-01-15 09:00:03 UTC."},
		"a job whose worker is lost and alone": {facts(in(job.Processing, running), workers(worker(lost))), "worker_lost",
			"Worker w1, which ran it, is gone since 2026-01-15 08:59:58 UTC; no live worker is there to take the job back."},
		"a job whose worker nobody remembers": {facts(in(job.Processing, running), workers(worker(func(w *explain.Worker) { w.ID = "w2" }))), "worker_lost",
			"Worker w1, which ran it, is gone; another one takes the job back by 2026-01-15 09:00:05 UTC."},
		"a completed job": {facts(in(job.Completed, func(r *job.Record) { r.EndedAt, r.Attempt = now, 3 })), "completed",
			"It completed at 2026-01-15 09:00:00 UTC, in attempt 3."},
		"a cancelled job": {facts(func(f *explain.Facts) { f.Ending = "not needed" }, in(job.Cancelled, func(r *job.Record) { r.EndedAt = now })), "cancelled",
			"It was cancelled at 2026-01-15 09:00:00 UTC: not needed."},
		"a job out of retries": {facts(failed(strings.Repeat("long ", 100)), in(job.Dead, func(r *job.Record) {
			r.EndedAt, r.DeadReason, r.Failures = now, job.DeadRetries, 11
		})), "dead",
			"It is dead since 2026-01-15 09:00:00 UTC: 11 attempts failed, and no retry is left. Its last error: " + strings.Repeat("long ", 40) + "…"},
		"a job past its deadline": {facts(in(job.Dead, func(r *job.Record) {
			r.EndedAt, r.DeadReason, r.Deadline = now, job.DeadDeadline, now
		})), "dead", "It is dead since 2026-01-15 09:00:00 UTC: its deadline of 2026-01-15 09:00:00 UTC passed."},
		"a poisonous job": {facts(in(job.Dead, func(r *job.Record) { r.EndedAt, r.DeadReason, r.Crashes = now, job.DeadPoison, 3 })), "dead",
			"It is dead since 2026-01-15 09:00:00 UTC: its worker was lost 3 times while it ran."},
		"a rejected job": {facts(in(job.Dead, func(r *job.Record) { r.EndedAt, r.DeadReason = now, job.DeadRejected })), "dead",
			"It is dead since 2026-01-15 09:00:00 UTC: its handler, or the decoder of its args, rejected it."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := explain.Explain(c.facts)
			var codes []string
			for _, r := range got.Reasons {
				codes = append(codes, string(r.Code))
			}
			require.Equal(t, c.codes, strings.Join(codes, " "))
			if c.text != "" {
				require.Equal(t, c.text, got.String())
			}
			require.Equal(t, c.facts.Job.State, got.State)
			require.Equal(t, now, got.At)
		})
	}
}

func TestExplanation_IsReadableAsJSON(t *testing.T) {
	t.Parallel()
	text, err := json.Marshal(explain.Explain(facts(paused("ops", "why"))))
	require.NoError(t, err)
	require.JSONEq(t, `{
		"id": "00000000-0000-0000-0000-000000000000", "state": "enqueued", "at": "2026-01-15T09:00:00Z",
		"reasons": [{
			"code": "queue_paused", "text": "Queue mail is paused by ops since 2026-01-15 08:00:00 UTC: why.",
			"queue": "mail", "by": "ops", "note": "why", "since": "2026-01-15T08:00:00Z"
		}]
	}`, string(text))
}
