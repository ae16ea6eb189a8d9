package pgtest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"

	"github.com/jackc/pgx/v5"
)

// Pooler is a PgBouncer in transaction mode in front of a server. It ends with
// the process in any case.
type Pooler struct {
	dir  string
	port int
	life io.Closer
	cmd  *exec.Cmd
	log  bytes.Buffer
}

// watchman runs a program until its standard input ends, and then kills it.
const watchman = `"$@" </dev/null & child=$!; cat >/dev/null; kill $child; wait $child`

const poolerSettings = `[databases]
* = host=%s port=%d user=postgres
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = %d
unix_socket_dir =
auth_type = any
pool_mode = transaction
max_client_conn = 1000
default_pool_size = 4
server_idle_timeout = 2
ignore_startup_parameters = extra_float_digits
`

// NewPooler starts one in front of the server that dsn names.
func NewPooler(ctx context.Context, dsn string) (*Pooler, error) {
	bin, err := exec.LookPath("pgbouncer")
	if err != nil {
		bin = "/usr/sbin/pgbouncer"
	}
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil, err
	}
	p := &Pooler{}
	if p.port, err = freePort(); err != nil {
		return nil, err
	}
	if p.dir, err = os.MkdirTemp("", "tasktower-pooler-"); err != nil {
		return nil, err
	}
	attr, err := unprivileged(p.dir)
	if err != nil {
		return nil, err
	}
	file := filepath.Join(p.dir, "pgbouncer.ini")
	if err := os.WriteFile(file, fmt.Appendf(nil, poolerSettings, config.Host, config.Port, p.port), 0o644); err != nil {
		return nil, err
	}
	p.cmd = exec.Command("/bin/sh", "-c", watchman, "watchman", bin, file)
	p.cmd.SysProcAttr, p.cmd.Stdout, p.cmd.Stderr = attr, &p.log, &p.log
	if p.life, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	await := &cluster{dsn: p.DSN(config.Database)}
	if err := await.await(ctx); err != nil {
		p.Close()
		return nil, fmt.Errorf("pgbouncer: %w; it said: %s", err, p.log.String())
	}
	return p, nil
}

// DSN is the connection string of a database of the server, through the pooler.
func (p *Pooler) DSN(database string) string {
	return DSNAt("127.0.0.1:"+strconv.Itoa(p.port), database) + " default_query_exec_mode=exec"
}

// Close stops the pooler.
func (p *Pooler) Close() {
	_ = p.life.Close()
	_ = p.cmd.Wait() // killed
	_ = os.RemoveAll(p.dir)
}
