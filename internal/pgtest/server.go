package pgtest

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Server is a server of the caller's own, which can crash and start again on the
// same files. It listens on a port of this machine, so that a proxy can stand in
// front of it. It ends with the process in any case.
type Server struct {
	cluster  *cluster
	bin      string
	settings string
	port     int
}

// NewServer starts a server that keeps what it has committed. Settings are given
// as on its command line: "-c name=value".
func NewServer(ctx context.Context, settings ...string) (*Server, error) {
	bin, err := findBinaries()
	if err != nil {
		return nil, err
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	all := fmt.Sprintf("-c listen_addresses=127.0.0.1 -c port=%d -c fsync=on -c synchronous_commit=on -c shared_buffers=256MB %s",
		port, strings.Join(settings, " "))
	c, err := startClusterAt(ctx, bin, roomy(), all, fmt.Sprintf("host=127.0.0.1 port=%d user=postgres dbname=postgres", port), patience)
	if err != nil {
		return nil, err
	}
	return &Server{cluster: c, bin: bin, settings: all, port: port}, nil
}

// DSN is the connection string of a database.
func (s *Server) DSN(database string) string { return DSNAt(s.Addr(), database) }

// DSNAt is the connection string of a database behind an address, which may be a proxy's.
func DSNAt(addr, database string) string {
	host, port, _ := strings.Cut(addr, ":")
	return fmt.Sprintf("host=%s port=%s user=postgres dbname=%s sslmode=disable", host, port, database)
}

// Addr is where the server listens, as host:port.
func (s *Server) Addr() string { return "127.0.0.1:" + strconv.Itoa(s.port) }

// Crash stops the server at once: nothing that is not in its log survives.
func (s *Server) Crash() error {
	if _, err := s.cluster.life.Write([]byte("crash\n")); err != nil {
		return err
	}
	_ = s.cluster.cmd.Wait() // the exit code is that of a crash
	s.cluster.cmd = nil      // nothing runs that Close would have to stop
	return nil
}

// Restart starts the server after a crash and returns as soon as it takes connections.
func (s *Server) Restart(ctx context.Context) error { return s.cluster.run(ctx, s.bin, s.settings) }

// Standby starts the server after a crash as a standby that follows nobody: it
// answers questions and takes no writes.
func (s *Server) Standby(ctx context.Context) error {
	file := filepath.Join(s.cluster.dir, "data", "standby.signal")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		return err
	}
	if _, err := unprivileged(file); err != nil { // so that the server may read it
		return err
	}
	return s.Restart(ctx)
}

// Close stops the server and removes its files.
func (s *Server) Close() error { return s.cluster.stop() }

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}
