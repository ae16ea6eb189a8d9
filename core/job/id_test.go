package job_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/task-tower/tasktower/core/job"
)

const someID = "018f3c4e-5b6a-7c8d-9e0f-a1b2c3d4e5f6"

func TestID_RoundTripsAsText(t *testing.T) {
	t.Parallel()
	id, err := job.ParseID(someID)
	require.NoError(t, err)
	require.Equal(t, someID, id.String())
	upper, err := job.ParseID(strings.ToUpper(someID))
	require.NoError(t, err)
	require.Equal(t, id, upper)

	raw, err := json.Marshal(map[job.ID]job.ID{id: id})
	require.NoError(t, err)
	require.JSONEq(t, `{"`+someID+`":"`+someID+`"}`, string(raw))
	var back map[job.ID]job.ID
	require.NoError(t, json.Unmarshal(raw, &back))
	require.Equal(t, id, back[id])
}

func TestCheckID_WantsAnIDThatTellsItsTime(t *testing.T) {
	t.Parallel()
	good, err := job.ParseID(someID)
	require.NoError(t, err)
	require.NoError(t, job.CheckID("id", good))
	for text, rule := range map[string]string{
		"00000000-0000-0000-0000-000000000000": "invalid id: is zero; want a UUIDv7",
		"018f3c4e-5b6a-4c8d-9e0f-a1b2c3d4e5f6": "invalid id: has version 4; want a UUIDv7",
		"ffffffff-ffff-ffff-ffff-ffffffffffff": "invalid id: has version 15; want a UUIDv7",
	} {
		id, err := job.ParseID(text)
		require.NoError(t, err)
		err = job.CheckID("id", id)
		require.ErrorIs(t, err, job.ErrInvalid)
		require.EqualError(t, err, rule)
	}
}

func TestParseID_RefusesAnythingElse(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", "018f3c4e", strings.ReplaceAll(someID, "-", ""), "{" + someID + "}", someID + "0",
		"018f3c4e-5b6a-7c8d-9e0f-a1b2c3d4e5fg", "018f3c4e_5b6a-7c8d-9e0f-a1b2c3d4e5f6", "018f3c4e5-b6a-7c8d-9e0f-a1b2c3d4e5f6",
	} {
		id, err := job.ParseID(text)
		require.ErrorIs(t, err, job.ErrInvalid, text)
		require.True(t, id.IsZero())
	}
	kept, err := job.ParseID(someID)
	require.NoError(t, err)
	before := kept
	require.ErrorIs(t, kept.UnmarshalText([]byte("x")), job.ErrInvalid)
	require.Equal(t, before, kept, "a bad text changes nothing")
}

func TestID_KnowsItsTimeAndOrder(t *testing.T) {
	t.Parallel()
	id, err := job.ParseID(someID)
	require.NoError(t, err)
	require.Equal(t, time.UnixMilli(0x018f3c4e5b6a).UTC(), id.Time())
	require.False(t, id.IsZero())
	require.True(t, job.ID{}.IsZero())
	require.Negative(t, job.ID{0, 1}.Compare(job.ID{1, 0}))
	require.Zero(t, id.Compare(id))
}

func TestLease_KeepsTheWorkerAndIsNeverTheSame(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		worker := rapid.Int64Range(0, job.MaxWorkerNumber)
		claim := rapid.Int64Range(0, job.MaxClaims)
		w1, w2 := worker.Draw(t, "worker"), worker.Draw(t, "other worker")
		c1, c2 := claim.Draw(t, "claim"), claim.Draw(t, "other claim")
		a, b := job.NewLease(w1, c1), job.NewLease(w2, c2)
		require.Equal(t, w1, a.Worker())
		require.GreaterOrEqual(t, a, job.Lease(0))
		require.Equal(t, w1 == w2 && c1 == c2, a == b)
	})
	require.Equal(t, int64(job.MaxWorkerNumber), job.NewLease(job.MaxWorkerNumber, job.MaxClaims).Worker())
	for _, bad := range [][2]int64{{-1, 0}, {job.MaxWorkerNumber + 1, 0}, {0, -1}, {0, job.MaxClaims + 1}} {
		require.Panics(t, func() { job.NewLease(bad[0], bad[1]) })
	}
}

func FuzzParseID(f *testing.F) {
	f.Add(someID)
	f.Add("zz8f3c4e-5b6a-7c8d-9e0f-a1b2c3d4e5f6")
	f.Fuzz(func(t *testing.T, text string) {
		id, err := job.ParseID(text)
		if err != nil {
			require.ErrorIs(t, err, job.ErrInvalid)
			return
		}
		require.Equal(t, strings.ToLower(text), id.String())
	})
}
