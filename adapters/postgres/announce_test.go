package postgres_test

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/adapters/postgres"
	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/ports"
)

// ear is a plain connection that hears what is announced.
func (w world) ear(t *testing.T) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), w.dsn)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	_, err = conn.Exec(t.Context(), "LISTEN tasktower_wake")
	require.NoError(t, err)
	return conn
}

// heard lists what was announced before this moment: a notification of our own
// marks the end.
func heard(t *testing.T, w world, conn *pgx.Conn) []string {
	t.Helper()
	_, err := w.pool.Exec(t.Context(), "SELECT pg_notify('tasktower_wake', 'end')")
	require.NoError(t, err)
	var out []string
	for {
		n, err := conn.WaitForNotification(t.Context())
		require.NoError(t, err)
		if n.Payload == "end" {
			return out
		}
		out = append(out, n.Payload)
	}
}

// What is announced after its commit is announced only if somebody waits for it.
func TestEnqueue_AnnouncesOnlyWhileSomebodyDozes(t *testing.T) {
	t.Parallel()
	w := setup(t, postgres.Config{})
	conn := w.ear(t)
	put := func() {
		t.Helper()
		_, err := w.Enqueue(t.Context(), specs(1))
		require.NoError(t, err)
		_, err = w.Enqueue(t.Context(), specs(100, func(s *job.Spec) { s.Delay = time.Hour }))
		require.NoError(t, err)
	}

	put()
	require.Empty(t, heard(t, w, conn))
	require.NoError(t, w.Doze(t.Context(), time.Minute))
	put()
	require.Equal(t, []string{"q:default", "l"}, heard(t, w, conn))
}

// Nobody knows at the insert who will doze at the commit.
func TestEnqueue_InATransactionIsAnnouncedByItsCommit(t *testing.T) {
	t.Parallel()
	for name, enqueue := range map[string]func(t *testing.T, w world, tx pgx.Tx){
		"by a client": func(t *testing.T, w world, tx pgx.Tx) {
			in, err := w.InTx(tx)
			require.NoError(t, err)
			for range 3 {
				_, err = in.Enqueue(t.Context(), specs(2))
				require.NoError(t, err)
			}
		},
		"by plain SQL": func(t *testing.T, w world, tx pgx.Tx) {
			for range 3 {
				_, err := tx.Exec(t.Context(), "INSERT INTO tasktower.job (kind) VALUES ('k'), ('k')")
				require.NoError(t, err)
			}
		},
		"by the function": func(t *testing.T, w world, tx pgx.Tx) {
			_, err := tx.Exec(t.Context(), "SELECT tasktower.enqueue('k') FROM generate_series(1, 3)")
			require.NoError(t, err)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := setup(t, postgres.Config{})
			conn := w.ear(t)
			tx := w.begin(t)
			enqueue(t, w, tx)
			require.NoError(t, w.Doze(t.Context(), time.Minute)) // it found nothing, and would find nothing now
			require.Empty(t, heard(t, w, conn))
			require.NoError(t, tx.Commit(t.Context()))
			require.Equal(t, []string{"q:default"}, heard(t, w, conn), "once")
		})
	}
}

func TestEnqueue_InATransactionOfAStoreThatOnlyPollsIsSilent(t *testing.T) {
	t.Parallel()
	w := setup(t, postgres.Config{PollOnly: true})
	conn := w.ear(t)
	tx := w.begin(t)
	in, err := w.InTx(tx)
	require.NoError(t, err)
	for _, n := range []int{1, 2, 100} { // to a new queue, to a known one, by COPY
		_, err = in.Enqueue(t.Context(), specs(n))
		require.NoError(t, err)
	}
	require.NoError(t, tx.Commit(t.Context()))
	require.Empty(t, heard(t, w, conn))
}

func TestDoze_NeverShortensWhatAnotherSaid(t *testing.T) {
	t.Parallel()
	w := setup(t, postgres.Config{})
	other := w.open(t, postgres.Config{})
	until := func() (ms int64) {
		require.NoError(t, w.pool.QueryRow(t.Context(), "SELECT last_value FROM tasktower.hungry").Scan(&ms))
		return ms
	}
	require.NoError(t, w.Doze(t.Context(), time.Hour))
	long := until()
	require.NoError(t, other.Doze(t.Context(), time.Second))
	require.Equal(t, long, until())
}

// Of two workers on one Store the second waits for as long as it says, not for as
// long as the first did.
func TestDoze_TellsTheServerOfEveryWorker(t *testing.T) {
	t.Parallel()
	w := setup(t, postgres.Config{})
	left := func() (ms float64) {
		require.NoError(t, w.pool.QueryRow(t.Context(),
			"SELECT last_value - extract(epoch FROM clock_timestamp()) * 1000 FROM tasktower.hungry").Scan(&ms))
		return ms
	}
	require.NoError(t, w.Doze(t.Context(), 40*time.Minute))
	require.NoError(t, w.Doze(t.Context(), time.Hour))
	require.Greater(t, left(), float64((59 * time.Minute).Milliseconds()))
}

func TestListen_HearsAgainAfterItsConnectionWasCut(t *testing.T) {
	t.Parallel()
	w := setup(t, postgres.Config{})
	other := w.open(t, postgres.Config{})
	hints := make(chan ports.Hint, 100)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- w.Listen(ctx, ports.Listener{Wake: func(h ports.Hint) { hints <- h }}) }()
	await := func(want ports.Hint) {
		t.Helper()
		require.Eventually(t, func() bool {
			select {
			case h := <-hints:
				return h == want
			default:
				return false
			}
		}, 20*time.Second, 5*time.Millisecond)
	}
	listening := `FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'`
	up := func() bool {
		var n int
		require.NoError(t, w.pool.QueryRow(t.Context(), "SELECT count(*) "+listening).Scan(&n))
		return n == 1
	}

	require.Eventually(t, up, 20*time.Second, 10*time.Millisecond)
	require.NoError(t, other.PauseQueue(t.Context(), "far", "ada", ""))
	await(ports.Hint{Queue: "far"})

	_, err := w.pool.Exec(t.Context(), "SELECT pg_terminate_backend(pid) "+listening)
	require.NoError(t, err)
	await(ports.Hint{})
	require.Eventually(t, up, 20*time.Second, 10*time.Millisecond)
	require.NoError(t, other.ResumeQueue(t.Context(), "near"))
	await(ports.Hint{Queue: "near"})
	_, err = w.pool.Exec(t.Context(), "SELECT pg_notify('tasktower_wake', 'nonsense')")
	require.NoError(t, err)
	require.Eventually(t, func() bool { return w.IgnoredNotifications() == 1 }, 20*time.Second, 5*time.Millisecond)

	cancel()
	require.NoError(t, <-ended)
}

func TestListen_WithoutNotificationsHearsItsOwnProcess(t *testing.T) {
	t.Parallel()
	w := setup(t, postgres.Config{PollOnly: true})
	hints := make(chan ports.Hint, 100)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- w.Listen(ctx, ports.Listener{Wake: func(h ports.Hint) { hints <- h }}) }()
	require.Equal(t, ports.Hint{}, <-hints)
	_, err := w.Enqueue(t.Context(), specs(1))
	require.NoError(t, err)
	require.Equal(t, ports.Hint{Queue: job.DefaultQueue}, <-hints)
	cancel()
	require.NoError(t, <-ended)
}
