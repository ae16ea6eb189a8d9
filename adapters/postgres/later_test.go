package postgres

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgtype"
	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/ports"
)

// What fell due stays at the head of later while somebody's snapshot may need it. Once that
// costs time, looks pass it by.
func TestPromote_PassesTheDeadBy(t *testing.T) {
	t.Parallel()
	d := startDump(t)
	d.exec(`INSERT INTO tasktower.later (bucket, queue_id, kind_id, seq, run_at, id, priority, attempt, failures, crashes, retrying)
		SELECT 0, 1, 1, 0, now() - interval '1 minute', tasktower.uuid7(), 0, 0, 0, 0, false FROM generate_series(1, 10000)`)
	d.exec("DELETE FROM tasktower.later")
	promote := func() ports.Promotion {
		t.Helper()
		p, err := d.Promote(t.Context(), 10)
		require.NoError(t, err)
		return p
	}
	require.Equal(t, ports.Promotion{Next: -1}, promote())
	require.WithinDuration(t, time.Now().Add(-floorLag), d.later.floor, time.Minute)
	floor := pgtype.Timestamptz{Time: d.later.floor, Valid: true}
	whole := pgtype.Timestamptz{InfinityModifier: pgtype.NegativeInfinity, Valid: true}
	for name, args := range map[string][]any{"promote_next": {bucket}, "promote": {bucket, 10}} {
		require.Greater(t, d.buffers(t, name, append(args, whole)), 150.0)
		require.Less(t, d.buffers(t, name, append(args, floor)), 50.0)
	}

	d.exec("INSERT INTO tasktower.job (kind, run_at) VALUES ('k', now() + interval '1 hour')")
	d.later.looked(time.Now(), time.Minute) // it took a minute, so the next is due in another
	d.exec("UPDATE tasktower.later SET run_at = now() - interval '1 hour'")
	require.Equal(t, ports.Promotion{Next: -1}, promote())
	d.later.next = time.Time{}
	require.Equal(t, ports.Promotion{Moved: 1, Next: -1}, promote())
}

// While more is due than one call moves there is a floor, too.
func TestPromote_PassesTheDeadByWithABacklog(t *testing.T) {
	t.Parallel()
	d := startDump(t)
	d.exec("INSERT INTO tasktower.job (kind, run_at) SELECT 'k', now() + interval '1 hour' FROM generate_series(1, 3)")
	d.exec("UPDATE tasktower.later SET run_at = now() - interval '1 hour'")
	var due time.Time
	require.NoError(t, d.pool.QueryRow(t.Context(), "SELECT max(run_at) FROM tasktower.later").Scan(&due))
	p, err := d.Promote(t.Context(), 2)
	require.NoError(t, err)
	require.Equal(t, ports.Promotion{Moved: 2}, p)
	require.True(t, d.later.floor.Equal(due.Add(-floorLag)))
}

// A look at everything that fails is no reason to do without a floor.
func TestPromote_GoesOnAfterALookThatFailed(t *testing.T) {
	t.Parallel()
	d := startDump(t)
	_, err := d.Promote(t.Context(), 10)
	require.NoError(t, err)
	next := d.sql["promote_next"]
	d.sql["promote_next"] = "SELECT 1 / $1::int, $2::timestamptz"
	_, err = d.Promote(t.Context(), 10)
	require.Error(t, err)
	_, whole := d.later.begin()
	require.False(t, whole)
	d.sql["promote_next"] = next
	d.exec("INSERT INTO tasktower.job (kind, run_at) VALUES ('k', now() + interval '1 hour')")
	d.exec("UPDATE tasktower.later SET run_at = now()")
	p, err := d.Promote(t.Context(), 10)
	require.NoError(t, err)
	require.Equal(t, 1, p.Moved)
}

func TestLaterFloor_IsThereForLooksThatAreNotCheap(t *testing.T) {
	t.Parallel()
	var l laterFloor
	whole := func() bool {
		_, whole := l.begin()
		return whole
	}
	require.True(t, whole())
	l.looked(time.Now(), laterCheap)
	require.True(t, whole())
	l.looked(time.Now(), time.Minute)
	require.False(t, whole())
	now := time.Now().Add(time.Hour)
	l.looked(now, 0)
	floor, whole2 := l.begin()
	require.False(t, whole2)
	require.True(t, floor.Time.Equal(now.Add(-floorLag)))
}
