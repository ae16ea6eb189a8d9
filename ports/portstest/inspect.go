package portstest

import (
	"fmt"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/ports"
)

func inspectCases() cases {
	return cases{
		"knows nothing of jobs that are not there": func(w *world) {
			w.one()
			for _, id := range []job.ID{{}, newID()} {
				_, err := w.Store.Get(w.ctx, id)
				requireNotFound(w.t, err)
				_, err = w.Store.History(w.ctx, id)
				requireNotFound(w.t, err)
				_, err = w.Store.Failures(w.ctx, id)
				requireNotFound(w.t, err)
			}
		},
		"tells a job's life in order": func(w *world) {
			h := w.hand()
			id := w.one(after(soon))
			w.Advance(w.tb, 2*soon)
			w.promote(1)
			h.settle(retrying(h.take(), 0))
			w.promote(1)
			h.settle(snoozed(h.take(), 0))
			w.promote(1)
			h.settle(released(h.take()))
			h.settle(rescued(h.take()))
			h.settle(dead(h.take()))
			require.NoError(w.t, w.Store.Requeue(w.ctx, id, "once more"))
			h.settle(completed(h.take()))
			require.Equal(w.t, []string{
				"scheduled 0 enqueue", "enqueued 0 due",
				"processing 1 claim", "retrying 1 failure", "enqueued 1 due",
				"processing 2 claim", "scheduled 1 snooze", "enqueued 1 due",
				"processing 2 claim", "enqueued 1 release",
				"processing 2 claim", "enqueued 2 rescue",
				"processing 3 claim", "dead 3 failure",
				"enqueued 3 requeue: once more",
				"processing 4 claim", "completed 4 success",
			}, w.history(id))

			failures, err := w.Store.Failures(w.ctx, id)
			require.NoError(w.t, err)
			require.Len(w.t, failures, 2)
			require.Equal(w.t, []int{1, 3}, []int{failures[0].Attempt, failures[1].Attempt})
			require.Equal(w.t, "no luck", failures[0].Message)
			require.Equal(w.t, "no luck at all", failures[1].Message)
			r := w.get(id)
			require.Equal(w.t, []int{4, 0, 0}, []int{r.Attempt, r.Failures, r.Crashes})
		},
		"finds no failures where none are": func(w *world) {
			got, err := w.Store.Failures(w.ctx, w.one())
			require.NoError(w.t, err)
			require.Empty(w.t, got)
		},
		"keeps long failures whole": func(w *world) {
			h := w.hand()
			id := w.one()
			s := dead(h.take())
			letters := make([]byte, job.MaxFailureStack)
			for i := range letters {
				letters[i] = 'a' + byte(i*7%26)
			}
			s.Failure = job.NewFailure(string(letters), string(letters), string(letters))
			h.settle(s)
			got, err := w.Store.Failures(w.ctx, id)
			require.NoError(w.t, err)
			require.Len(w.t, got, 1)
			require.Len(w.t, got[0].Message, job.MaxFailureMessage)
			require.Equal(w.t, string(letters), got[0].Stack)
		},
		"counts jobs by queue and state": func(w *world) {
			w.requireCounts(nil)
			h := w.hand()
			want := map[string]int{}
			for i, state := range job.States() {
				for range i + 1 {
					h.inState(state, inQueue(string(state)))
				}
				want[fmt.Sprintf("%s %s", state, state)] = i + 1
				if state == job.Enqueued {
					h.claim(99)
					delete(want, "enqueued enqueued")
					want["enqueued processing"] = i + 1
				}
			}
			w.requireCounts(want)
		},
		"counts up to the limit": func(w *world) {
			for range 5 {
				w.one(inQueue("b"))
			}
			w.one(inQueue("a"))
			w.one(inQueue("b"), after(long))
			got, err := w.Store.Counts(w.ctx, 3)
			require.NoError(w.t, err)
			requireSameCounts(w, []ports.Count{
				{Queue: "a", State: job.Enqueued, Jobs: 1}, {Queue: "b", State: job.Enqueued, Jobs: 3}, {Queue: "b", State: job.Scheduled, Jobs: 1},
			}, got)
		},
		"lists the queues and kinds of enqueued jobs": func(w *world) {
			found, err := w.Store.Waiting(w.ctx)
			require.NoError(w.t, err)
			require.Empty(w.t, found)
			w.enqueue(spec(inQueue("b"), ofKind("l")), spec(inQueue("b")), spec(inQueue("b"), priority(3)), spec(inQueue("a")))
			w.one(inQueue("c"), after(long))
			w.pause("b")
			want := []ports.Waiting{{Queue: "a", Kinds: []string{"k"}}, {Queue: "b", Kinds: []string{"k", "l"}}}
			found, err = w.Store.Waiting(w.ctx)
			require.NoError(w.t, err)
			require.Equal(w.t, want, found)
			w.settle(completed(w.hand().take(serving("a"))))
			found, err = w.Store.Waiting(w.ctx)
			require.NoError(w.t, err)
			require.Equal(w.t, want[1:], found)
		},
		"lists every queue that has or had jobs, by name": func(w *world) {
			require.Empty(w.t, w.queues())
			h := w.hand()
			for _, name := range []string{"b", "B", "ä", "a", "q10", "q2"} {
				h.inState(job.Completed, inQueue(name))
			}
			require.NoError(w.t, w.Store.Delete(w.ctx, h.inState(job.Completed, inQueue("had"))))
			w.one(inQueue("later"), after(time.Hour))
			var names []string
			for _, q := range w.queues() {
				names = append(names, q.Name)
			}
			require.Equal(w.t, []string{"B", "a", "b", "had", "later", "q10", "q2", "ä"}, names)
		},
	}
}

// requireCounts compares all counts, written "queue state".
func (w *world) requireCounts(want map[string]int) {
	w.t.Helper()
	counts, err := w.Store.Counts(w.ctx, 1_000_000)
	require.NoError(w.t, err)
	got := map[string]int{}
	for _, c := range counts {
		got[c.Queue+" "+string(c.State)] += c.Jobs
	}
	require.Len(w.t, got, len(counts), "each pair once")
	if want == nil {
		want = map[string]int{}
	}
	require.Equal(w.t, want, got)
}

// requireSameCounts compares counts whose states may come in any order within a queue.
func requireSameCounts(w *world, want, got []ports.Count) {
	w.t.Helper()
	require.ElementsMatch(w.t, want, got)
	for i := 1; i < len(got); i++ {
		require.LessOrEqual(w.t, got[i-1].Queue, got[i].Queue, "sorted by queue")
	}
}
