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
	w := explain.Worker{
		ID: "w1", Live: true, StartedAt: now.Add(-time.Hour), BeatAt: now.Add(-4 * time.Second), LiveUntil: now.Add(26 * time.Second),
		Kinds: []string{"sync", "email"}, Slots: 10,
	}
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

// named is a worker of that name that holds so many jobs of each queue.
func named(id string, held map[string]int, changes ...func(*explain.Worker)) explain.Worker {
	return worker(append([]func(*explain.Worker){func(w *explain.Worker) { w.ID, w.Held = id, held }}, changes...)...)
}

func slots(n int) func(*explain.Worker) { return func(w *explain.Worker) { w.Slots = n } }

func limits(l map[string]int) func(*explain.Worker) {
	return func(w *explain.Worker) { w.Limits = l }
}

func reserved(r map[string]int) func(*explain.Worker) {
	return func(w *explain.Worker) { w.Reserved = r }
}

func takes(queues ...string) func(*explain.Worker) {
	return func(w *explain.Worker) { w.Takes = queues }
}

func stopped(by, note string) func(*explain.Worker) {
	return func(w *explain.Worker) { w.PausedAt, w.PausedBy, w.PauseNote = now.Add(-time.Hour), by, note }
}

func draining(w *explain.Worker) { w.DrainingAt = now.Add(-time.Minute) }

func workers(all ...explain.Worker) func(*explain.Facts) {
	return func(f *explain.Facts) { f.Workers = all }
}

func crashed(f *explain.Facts) { f.Job.Crashes = 1 }

// ahead are so many jobs before it, some of them suspects.
func ahead(jobs, suspects int) func(*explain.Facts) {
	return func(f *explain.Facts) { f.Ahead, f.Suspects = jobs, suspects }
}

func busyWith(suspects int) func(*explain.Worker) {
	return func(w *explain.Worker) { w.Suspects = suspects }
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
			"It is due since 2026-01-15 08:59:58 UTC, and nothing is known that keeps it: worker w1, heard of 4s ago, has 10 of 10 slots free."},
		"a due job that was in flight at a crash": {facts(in(job.Enqueued, func(r *job.Record) { r.Crashes = 1 })), "due",
			"It is due since 2026-01-15 08:59:58 UTC, and nothing is known that keeps it: worker w1, heard of 4s ago, has 10 of 10 slots free."},
		"a suspect behind others": {facts(crashed, ahead(15, 15)), "suspect",
			"It was in flight when a worker crashed, and each worker runs such jobs one at a time; 15 such jobs of queue mail before it."},
		"a suspect behind others and jobs that are none": {facts(crashed, ahead(17, 2)), "suspect behind",
			"It was in flight when a worker crashed, and each worker runs such jobs one at a time; 2 such jobs of queue mail before it. " +
				"17 jobs of queue mail before it."},
		"a suspect behind very many": {facts(crashed, ahead(explain.AheadLimit, 40)), "suspect behind",
			"It was in flight when a worker crashed, and each worker runs such jobs one at a time; at least 40 such jobs of queue mail before it. " +
				"At least 1000 jobs of queue mail before it."},
		"a suspect behind jobs that are none": {facts(crashed, ahead(3, 0)), "behind", ""},
		"a job behind suspects":               {facts(ahead(3, 3)), "behind", ""},
		"a suspect whose workers each have one": {facts(crashed, workers(worker(busyWith(1)), named("w2", nil, draining))), "suspect workers_idle",
			"It was in flight when a worker crashed, and each worker runs such jobs one at a time; each that could take it has one. " +
				"Worker w2, which could take it, is stopping since 2026-01-15 08:59:00 UTC."},
		"a suspect of which one worker has none": {facts(crashed, workers(worker(busyWith(1)), named("w2", nil))), "due",
			"It is due since 2026-01-15 08:59:58 UTC, and nothing is known that keeps it: worker w2, heard of 4s ago, has 10 of 10 slots free."},
		"a suspect whose workers are busy": {facts(crashed, ahead(1, 1), workers(named("w1", map[string]int{"x": 10}))), "workers_busy suspect", ""},
		"a job whose worker has a suspect": {facts(workers(worker(busyWith(1)))), "due", ""},
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
		"a job whose worker is paused": {facts(workers(worker(stopped("ada", "its disk is full.")))), "workers_idle",
			"Worker w1, which could take it, is paused by ada since 2026-01-15 08:00:00 UTC: its disk is full."},
		"a job whose worker is paused by nobody knows whom": {facts(workers(worker(stopped("", "")))), "workers_idle",
			"Worker w1, which could take it, is paused since 2026-01-15 08:00:00 UTC."},
		"a job whose worker stops": {facts(workers(worker(stopped("ada", ""), draining))), "workers_idle",
			"Worker w1, which could take it, is stopping since 2026-01-15 08:59:00 UTC."},
		"a job of many workers that are paused": {facts(workers(worker(stopped("ada", "")), named("w2", nil, draining),
			named("w3", nil, draining), named("w4", nil, draining), named("w5", nil, draining))),
			"workers_idle workers_idle workers_idle workers_idle",
			"Worker w1, which could take it, is paused by ada since 2026-01-15 08:00:00 UTC. " +
				"Worker w2, which could take it, is stopping since 2026-01-15 08:59:00 UTC. " +
				"Worker w3, which could take it, is stopping since 2026-01-15 08:59:00 UTC. " +
				"2 more workers that could take it are paused or stopping."},
		"a job with a free worker, another one is paused": {facts(workers(worker(stopped("ada", "")), named("w2", nil))), "due", ""},
		"a job with a busy worker, another one is paused": {facts(workers(worker(stopped("ada", "")), named("w2", map[string]int{"x": 10}))),
			"workers_busy workers_idle", "The workers that could take it are busy: 10 jobs in 10 slots. " +
				"Worker w1, which could take it, is paused by ada since 2026-01-15 08:00:00 UTC."},
		"a job of a queue at its cap": {facts(func(f *explain.Facts) { f.Running = 2 },
			workers(worker(func(w *explain.Worker) { w.Caps = map[string]int{"mail": 2} }))), "queue_at_cap",
			"Queue mail runs 2 jobs, and 2 is its cap."},
		"a job of a queue below its cap": {facts(func(f *explain.Facts) { f.Running = 1 },
			workers(worker(func(w *explain.Worker) { w.Caps = map[string]int{"mail": 2} }))), "due", ""},
		"a job of a queue at its workers' own caps": {facts(workers(named("w1", map[string]int{"mail": 1}, limits(map[string]int{"mail": 1})),
			named("w2", map[string]int{"mail": 2, "x": 1}, limits(map[string]int{"mail": 2})))), "queue_at_cap",
			"Each worker that could take it runs as many jobs of queue mail as it may: 3 of 3."},
		"a job of a queue at one worker's own cap": {facts(workers(named("w1", map[string]int{"mail": 1}, limits(map[string]int{"mail": 1})),
			named("w2", map[string]int{"mail": 1}, limits(map[string]int{"mail": 2})))), "due",
			"It is due since 2026-01-15 08:59:58 UTC, and nothing is known that keeps it: worker w2, heard of 4s ago, has 9 of 10 slots free."},
		"a job of a queue that is taken into reserved slots only": {facts(workers(
			named("w1", map[string]int{"mail": 2}, takes("bulk"), reserved(map[string]int{"mail": 2})))), "queue_at_cap",
			"Each worker that could take it runs as many jobs of queue mail as it may: 2 of 2."},
		"a job of a queue with a reserved slot": {facts(workers(
			named("w1", map[string]int{"mail": 1, "bulk": 1}, takes("bulk"), slots(3), reserved(map[string]int{"mail": 2})))), "due", ""},
		"a job whose workers are busy": {facts(workers(named("w1", map[string]int{"x": 10}), named("w2", map[string]int{"x": 3, "mail": 2}, slots(5)))), "workers_busy",
			"The workers that could take it are busy: 15 jobs in 15 slots."},
		"a job whose worker claims ahead": {facts(workers(named("w1", map[string]int{"x": 12}))), "workers_busy",
			"The workers that could take it are busy: 12 jobs in 10 slots."},
		"a job with one of its workers free": {facts(workers(named("w1", map[string]int{"x": 10}), worker())), "due", ""},
		"a job that would have to take a reserved slot": {facts(workers(
			named("w1", map[string]int{"x": 7, "urgent": 1}, reserved(map[string]int{"urgent": 3, "alerts": 1})))), "slots_reserved",
			"The free slots of the workers that could take it are kept for other queues: alerts, urgent."},
		"a job beside a reserved slot": {facts(workers(
			named("w1", map[string]int{"x": 7, "urgent": 2}, reserved(map[string]int{"urgent": 2})))), "due", ""},
		"a job of a worker that is all reserved": {facts(workers(named("w1", nil, slots(2), reserved(map[string]int{"urgent": 9})))), "slots_reserved",
			"The free slots of the workers that could take it are kept for other queues: urgent."},
		"a job whose reserved slots are there only by name": {facts(workers(
			named("w1", nil, slots(2), reserved(map[string]int{"mail": 9, "alerts": 2})))), "slots_reserved", ""},
		"a job behind one other": {facts(func(f *explain.Facts) { f.Ahead = 1 }), "behind", "1 job of queue mail before it."},
		"a job behind very many": {facts(func(f *explain.Facts) { f.Ahead = explain.AheadLimit }), "behind",
			"At least 1000 jobs of queue mail before it."},
		"a job with everything against it": {facts(failed("x"), paused("ops", ""), workers(), in(job.Retrying, func(r *job.Record) {
			r.RunAt, r.Deadline, r.MaxRetries, r.Failures = now.Add(time.Hour), now.Add(time.Minute), -1, 1
		})), "backing_off queue_paused no_worker deadline",
			"It runs again at 2026-01-15 10:00:00 UTC (in 1h0m0s): 1 attempt failed. The last error: x " +
				"Queue mail is paused by ops since 2026-01-15 08:00:00 UTC. No worker is alive. " +
				"It will never run: its deadline, 2026-01-15 09:01:00 UTC (in 1m0s), comes before it is due."},
		"a job with a deadline": {facts(in(job.Enqueued, func(r *job.Record) { r.Deadline = now.Add(time.Minute) })), "due deadline",
			"It is due since 2026-01-15 08:59:58 UTC, and nothing is known that keeps it: worker w1, heard of 4s ago, has 10 of 10 slots free. " +
				"It has to start before 2026-01-15 09:01:00 UTC (in 1m0s), or it is dead."},
		"a running job": {facts(in(job.Processing, running)), "processing",
			"Worker w1 claimed it at 2026-01-15 08:58:30 UTC (1m30s ago); it runs it, or is about to."},
		"a job of a worker that has claimed ahead": {facts(in(job.Processing, running), workers(named("w1", map[string]int{"mail": 12}))), "processing",
			"Worker w1 claimed it at 2026-01-15 08:58:30 UTC (1m30s ago); it runs it, or is about to: it has 12 jobs and runs 10 at once."},
		"a running job that is to end": {facts(func(f *explain.Facts) { f.CancelRequested = true }, in(job.Processing, func(r *job.Record) {
			running(r)
			r.Deadline = now.Add(time.Minute)
		})), "processing cancel_requested deadline",
			"Worker w1 claimed it at 2026-01-15 08:58:30 UTC (1m30s ago); it runs it, or is about to. " +
				"Somebody asked to cancel it; its handler has yet to end. " +
				"Its handler's context ends at its deadline, 2026-01-15 09:01:00 UTC (in 1m0s)."},
		"a job whose worker is lost": {facts(in(job.Processing, running), workers(worker(lost), worker(func(w *explain.Worker) { w.ID = "w2" }))), "worker_lost",
			"Worker w1, which ran it, is gone since 2026-01-15 08:59:58 UTC; " +
				"another one takes the job back at its next look, within 5s, unless the store was out of reach within the last lease."},
		"a job whose worker is lost beside one that is new": {facts(in(job.Processing, running), workers(worker(lost),
			named("w2", nil, func(w *explain.Worker) { w.StartedAt = now.Add(-10 * time.Second) }),
			named("w3", nil, func(w *explain.Worker) { w.StartedAt = now.Add(-20 * time.Second) }))), "worker_lost",
			"Worker w1, which ran it, is gone since 2026-01-15 08:59:58 UTC; another one takes the job back " +
				"at the earliest at 2026-01-15 09:00:10 UTC (in 10s), when it has reached the store for a whole lease."},
		"a job whose worker is lost beside one that stops": {facts(in(job.Processing, running), workers(worker(lost), named("w2", nil, draining))), "worker_lost",
			"Worker w1, which ran it, is gone since 2026-01-15 08:59:58 UTC; no live worker is there to take the job back."},
		"a job whose worker is lost and alone": {facts(in(job.Processing, running), workers(worker(lost))), "worker_lost",
			"Worker w1, which ran it, is gone since 2026-01-15 08:59:58 UTC; no live worker is there to take the job back."},
		"a job whose worker nobody remembers": {facts(in(job.Processing, running), workers(worker(func(w *explain.Worker) { w.ID = "w2" }))), "worker_lost",
			"Worker w1, which ran it, is gone; another one takes the job back at its next look, within 5s, " +
				"unless the store was out of reach within the last lease."},
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
