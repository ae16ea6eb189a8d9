package pgtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// cluster is a server of this process's own, reached by a Unix socket.
type cluster struct {
	dsn  string
	dir  string
	life io.WriteCloser // the server lives as long as this pipe is open
	cmd  *exec.Cmd
	log  *bytes.Buffer

	patience int // in seconds
}

// keeper runs the server until its standard input ends, which it does at the
// latest with the process that holds the other end of the pipe; then it stops
// the server and removes its files. If the server has not ended after $4 seconds, because
// a session hangs, it is stopped as by a crash: a session that is told twice to end may
// lock itself up. A line on its standard input stops the server as a crash would, and its files stay.
const keeper = `
cd "$2" || exit 1
"$1/postgres" -D "$2/data" -k "$2" -c listen_addresses= -c max_connections=300 $3 \
	-c log_min_messages=fatal </dev/null &
server=$!
if read -r line; then
	kill -QUIT $server
	wait $server
else
	kill -INT $server
	(sleep "$4"; kill -QUIT $server) </dev/null >/dev/null 2>&1 &
	wait $server
	kill $! 2>/dev/null
	rm -rf "$2"
fi
`

// patience is how many seconds a server has to end.
const patience = 20

// settings of the servers of tests, whose data nobody misses.
const fast = "-c fsync=off -c full_page_writes=off -c shared_buffers=64MB -c max_wal_size=512MB -c autovacuum_naptime=5s"

func startCluster(ctx context.Context, parent, settings string, patience int) (*cluster, error) {
	bin, err := findBinaries()
	if err != nil {
		return nil, err
	}
	return startClusterAt(ctx, bin, parent, settings, "", patience)
}

// startClusterAt starts a server that is reached by dsn; empty: by its Unix socket.
func startClusterAt(ctx context.Context, bin, parent, settings, dsn string, patience int) (*cluster, error) {
	dir, err := os.MkdirTemp(parent, "tasktower-pg-")
	if err != nil {
		return nil, err
	}
	if dsn == "" {
		dsn = "host=" + dir + " port=5432 user=postgres dbname=postgres"
	}
	c := &cluster{dsn: dsn, dir: dir, log: &bytes.Buffer{}, patience: patience}
	err = c.initdb(ctx, bin)
	if err == nil {
		err = c.run(ctx, bin, settings)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start %s/postgres: %w; it said: %s", bin, err, c.log), c.stop())
	}
	return c, nil
}

// roomy is the folder for the server's files: memory if there is plenty of it,
// where a database is made five times as fast, or else the one for temporary files.
func roomy() string {
	const memory, enough = "/dev/shm", 4 << 30
	var fs syscall.Statfs_t
	if os.Getenv("TMPDIR") == "" && syscall.Statfs(memory, &fs) == nil && fs.Bavail*uint64(fs.Bsize) > enough {
		return memory
	}
	return ""
}

func (c *cluster) initdb(ctx context.Context, bin string) error {
	attr, err := unprivileged(c.dir)
	if err != nil {
		return err
	}
	initdb := exec.CommandContext(ctx, filepath.Join(bin, "initdb"), "-D", filepath.Join(c.dir, "data"),
		"-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync", "--no-instructions")
	initdb.SysProcAttr, initdb.Dir = attr, c.dir
	if out, err := initdb.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w: %s", err, out)
	}
	return nil
}

// run starts the server and waits until it takes connections.
func (c *cluster) run(ctx context.Context, bin, settings string) error {
	attr, err := unprivileged(c.dir)
	if err != nil {
		return err
	}
	c.cmd = exec.Command("/bin/sh", "-c", keeper, "keeper", bin, c.dir, settings, strconv.Itoa(c.patience))
	c.cmd.SysProcAttr = attr
	c.cmd.Stdout, c.cmd.Stderr = c.log, c.log
	if c.life, err = c.cmd.StdinPipe(); err != nil {
		return err
	}
	if err := c.cmd.Start(); err != nil {
		c.cmd = nil
		return err
	}
	return c.await(ctx)
}

// await returns as soon as the server takes connections.
func (c *cluster) await(ctx context.Context) error {
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for {
		conn, err := pgx.Connect(ctx, c.dsn)
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case <-ctx.Done():
			return err
		case <-ticker.C:
		}
	}
}

func (c *cluster) stop() error {
	if c.cmd == nil {
		return os.RemoveAll(c.dir)
	}
	if err := c.life.Close(); err != nil {
		return err
	}
	return c.cmd.Wait()
}

// unprivileged says as whom to run: the server refuses root, so root drops to
// the user postgres, or else nobody, and gives dir to it.
func unprivileged(dir string) (*syscall.SysProcAttr, error) {
	attr := &syscall.SysProcAttr{Setpgid: true}
	if os.Getuid() != 0 {
		return attr, nil
	}
	account, err := user.Lookup("postgres")
	if err != nil {
		account, err = user.Lookup("nobody")
	}
	if err != nil {
		return nil, fmt.Errorf("root needs a user to run the server as: %w", err)
	}
	uid, err := strconv.ParseUint(account.Uid, 10, 32)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.ParseUint(account.Gid, 10, 32)
	if err != nil {
		return nil, err
	}
	attr.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	return attr, os.Chown(dir, int(uid), int(gid))
}

// findBinaries is the folder of initdb and postgres: the newest of Debian's, or
// else the one in PATH.
func findBinaries() (string, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
	if err != nil {
		return "", err
	}
	slices.SortFunc(found, func(a, b string) int { return version(a) - version(b) })
	if len(found) > 0 {
		return filepath.Dir(found[len(found)-1]), nil
	}
	path, err := exec.LookPath("postgres")
	if err != nil {
		return "", errors.New("postgres is neither in PATH nor in /usr/lib/postgresql/*/bin")
	}
	if path, err = filepath.EvalSymlinks(path); err != nil {
		return "", err
	}
	return filepath.Dir(path), nil
}

func version(path string) int {
	n, err := strconv.Atoi(strings.Split(path, "/")[4])
	if err != nil {
		return 0
	}
	return n
}
