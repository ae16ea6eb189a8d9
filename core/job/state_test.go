package job_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/core/job"
)

func causes() []job.Cause {
	return []job.Cause{
		job.CauseDue, job.CauseClaim, job.CauseSuccess, job.CauseFailure, job.CauseSnooze,
		job.CauseRelease, job.CauseRescue, job.CauseCancel, job.CauseDeadline, job.CauseRequeue,
	}
}

// The table, once more and from the other side: where each cause leads from each state.
func TestCanMove_HoldsTheTableAndNothingElse(t *testing.T) {
	t.Parallel()
	want := map[job.State]map[job.Cause][]job.State{
		job.Scheduled: {
			job.CauseDue: {job.Enqueued}, job.CauseRequeue: {job.Enqueued},
			job.CauseCancel: {job.Cancelled}, job.CauseDeadline: {job.Dead},
		},
		job.Enqueued: {
			job.CauseClaim: {job.Processing}, job.CauseCancel: {job.Cancelled}, job.CauseDeadline: {job.Dead},
		},
		job.Processing: {
			job.CauseSuccess: {job.Completed}, job.CauseFailure: {job.Retrying, job.Dead},
			job.CauseDeadline: {job.Dead}, job.CauseSnooze: {job.Scheduled}, job.CauseRelease: {job.Enqueued},
			job.CauseRescue: {job.Enqueued, job.Dead}, job.CauseCancel: {job.Cancelled},
		},
		job.Retrying: {
			job.CauseDue: {job.Enqueued}, job.CauseRequeue: {job.Enqueued},
			job.CauseCancel: {job.Cancelled}, job.CauseDeadline: {job.Dead},
		},
		job.Completed: {job.CauseRequeue: {job.Enqueued}},
		job.Cancelled: {job.CauseRequeue: {job.Enqueued}},
		job.Dead:      {job.CauseRequeue: {job.Enqueued}},
	}
	legal := 0
	for _, from := range job.States() {
		for _, cause := range causes() {
			for _, to := range job.States() {
				expected := slices.Contains(want[from][cause], to)
				require.Equal(t, expected, job.CanMove(from, to, cause), "%s to %s by %s", from, to, cause)
				if expected {
					legal++
				}
			}
		}
	}
	require.Len(t, job.Moves(), legal, "each move once, between known states, by known causes")
}

func TestMoves_GivesACopy(t *testing.T) {
	t.Parallel()
	job.Moves()[0] = job.Move{From: job.Dead, To: job.Dead}
	require.NotEqual(t, job.Move{From: job.Dead, To: job.Dead}, job.Moves()[0])
}

func TestState_IsFinalWaitingOrProcessing(t *testing.T) {
	t.Parallel()
	for _, s := range job.States() {
		parts := 0
		for _, is := range []bool{s.Final(), s.Waiting(), s == job.Processing} {
			if is {
				parts++
			}
		}
		require.Equal(t, 1, parts, s)
		for _, m := range job.Moves() {
			if m.From == s && s.Final() {
				require.Equal(t, job.CauseRequeue, m.Cause, "only a requeue moves a final job")
			}
		}
	}
	require.False(t, job.State("").Final() || job.State("").Waiting())
}

func TestParseState_KnowsTheSeven(t *testing.T) {
	t.Parallel()
	for _, s := range job.States() {
		got, err := job.ParseState(string(s))
		require.NoError(t, err)
		require.Equal(t, s, got)
	}
	for _, bad := range []string{"", "Dead", "done", " dead"} {
		_, err := job.ParseState(bad)
		require.ErrorIs(t, err, job.ErrInvalid)
	}
}
