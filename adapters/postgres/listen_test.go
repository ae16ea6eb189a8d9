package postgres_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/adapters/postgres"
	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/internal/pgtest"
	"github.com/task-tower/tasktower/ports"
)

// door is a way to the server that the test can close, and that swallows what
// LISTEN is for if it is to, as a transaction pooler does.
type door struct {
	t         *testing.T
	addr      string // of the door
	behind    *pgx.ConnConfig
	open      atomic.Bool
	swallows  atomic.Bool
	knocks    atomic.Int64
	mu        sync.Mutex
	passing   []net.Conn
	passersby sync.WaitGroup
}

func newDoor(t *testing.T, dsn string) *door {
	t.Helper()
	config, err := pgx.ParseConfig(dsn)
	require.NoError(t, err)
	in, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	d := &door{t: t, addr: in.Addr().String(), behind: config}
	d.passersby.Go(func() {
		for {
			conn, err := in.Accept()
			if err != nil {
				return
			}
			d.knocks.Add(1)
			d.passersby.Go(func() { d.pass(conn) })
		}
	})
	t.Cleanup(func() {
		_ = in.Close()
		d.shut()
		d.passersby.Wait()
	})
	return d
}

// dsn leads through the door.
func (d *door) dsn() string {
	return fmt.Sprintf("%s password='%s'", pgtest.DSNAt(d.addr, d.behind.Database), d.behind.Password)
}

// shut ends who is passing, and lets nobody in.
func (d *door) shut() {
	d.open.Store(false)
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, c := range d.passing {
		_ = c.Close()
	}
	d.passing = nil
}

func (d *door) pass(client net.Conn) {
	defer client.Close()
	if !d.open.Load() {
		return
	}
	network, addr := "tcp", net.JoinHostPort(d.behind.Host, strconv.Itoa(int(d.behind.Port)))
	if filepath.IsAbs(d.behind.Host) {
		network, addr = "unix", fmt.Sprintf("%s/.s.PGSQL.%d", d.behind.Host, d.behind.Port)
	}
	server, err := net.Dial(network, addr)
	if err != nil {
		return
	}
	defer server.Close()
	d.mu.Lock()
	d.passing = append(d.passing, client, server)
	d.mu.Unlock()
	d.passersby.Go(func() {
		_, _ = io.Copy(server, client)
		_ = server.Close()
	})
	d.answer(client, server)
}

// answer passes the server's messages on: a type, a length that counts itself, and
// so many bytes. Those of type A are notifications.
func (d *door) answer(client io.Writer, server io.Reader) {
	for {
		head := make([]byte, 5)
		if _, err := io.ReadFull(server, head); err != nil {
			return
		}
		body := make([]byte, binary.BigEndian.Uint32(head[1:])-4)
		if _, err := io.ReadFull(server, body); err != nil {
			return
		}
		if head[0] == 'A' && d.swallows.Load() {
			continue
		}
		if _, err := client.Write(append(head, body...)); err != nil {
			return
		}
	}
}

// hearing listens until the test ends and passes on what is said of it.
func (w world) hearing(t *testing.T) (deaf <-chan error) {
	t.Helper()
	told := make(chan error, 100)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		ended <- w.Listen(ctx, ports.Listener{Wake: func(ports.Hint) {}, Deaf: func(why error) { told <- why }})
	}()
	t.Cleanup(func() {
		stop()
		require.NoError(t, <-ended)
	})
	return told
}

func TestListen_SaysThatItCannotConnectAndThatItCanAgain(t *testing.T) {
	t.Parallel()
	direct := world{dsn: pgtest.Clone(t, "migrated", migrate)}
	way := newDoor(t, direct.dsn)
	told := direct.open(t, postgres.Config{ListenDSN: way.dsn()}).hearing(t)

	require.ErrorIs(t, <-told, job.ErrUnavailable)
	failed := way.knocks.Load()
	require.Eventually(t, func() bool { return way.knocks.Load() >= failed+3 }, time.Minute, 10*time.Millisecond)
	require.Empty(t, told, "it is said once, however often it fails")

	way.open.Store(true)
	require.NoError(t, <-told)
	way.shut()
	require.ErrorIs(t, <-told, job.ErrUnavailable)
	way.open.Store(true)
	require.NoError(t, <-told)
}

func TestListen_WarnsOfAPoolerThatSwallowsNotifications(t *testing.T) {
	t.Parallel()
	direct := world{dsn: pgtest.Clone(t, "migrated", migrate)}
	way := newDoor(t, direct.dsn)
	way.open.Store(true)
	way.swallows.Store(true)
	w := direct.open(t, postgres.Config{ListenDSN: way.dsn()})
	told := w.hearing(t)

	require.ErrorContains(t, <-told, "transaction pooler")
	way.shut() // the next connection is no better
	way.open.Store(true)
	require.Eventually(t, func() bool { return way.knocks.Load() >= 2 }, time.Minute, 10*time.Millisecond)
	require.Empty(t, told)
	require.Zero(t, w.IgnoredNotifications())

	way.shut()
	way.swallows.Store(false)
	way.open.Store(true)
	require.NoError(t, <-told)
}

// make test-pgbouncer runs it.
func TestListen_WarnsOfAListenerBehindPgBouncer(t *testing.T) {
	t.Parallel()
	if os.Getenv("TASKTOWER_TEST_PGBOUNCER") == "" {
		return // it has to be installed
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	pooler, err := pgtest.NewPooler(ctx, pgtest.Empty(t))
	require.NoError(t, err)
	t.Cleanup(pooler.Close)
	config, err := pgx.ParseConfig(pgtest.Clone(t, "migrated", migrate))
	require.NoError(t, err)
	told := world{dsn: pooler.DSN(config.Database)}.open(t, postgres.Config{}).hearing(t)
	require.ErrorContains(t, <-told, "transaction pooler")
}
