package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"github.com/redis/go-redis/v9"
)

var errNoRedis = errors.New("there is no redis-server in PATH (Debian: apt-get install redis-server)")

// redisKeeper runs the server until its standard input ends, which it does at
// the latest with this process, and removes its files.
const redisKeeper = `
cd "$1" || exit 1
redis-server --port 0 --unixsocket "$1/redis.sock" --dir "$1" --save "" \
	--appendonly yes --appendfsync everysec --loglevel warning </dev/null &
server=$!
cat >/dev/null
kill -INT $server
wait $server
rm -rf "$1"
`

// startRedis starts a Redis whose appendonly file is synced every second, and
// returns its socket and what its version is.
func startRedis(ctx context.Context) (socket, version string, stop func(), err error) {
	path, err := exec.LookPath("redis-server")
	if err != nil {
		return "", "", nil, errNoRedis
	}
	said, err := exec.CommandContext(ctx, path, "--version").Output()
	if err != nil {
		return "", "", nil, err
	}
	fmt.Sscanf(string(said), "Redis server v=%s", &version)
	dir, err := os.MkdirTemp("", "tasktower-redis-")
	if err != nil {
		return "", "", nil, err
	}
	server := exec.Command("/bin/sh", "-c", redisKeeper, "keeper", dir)
	server.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // Ctrl-C is for this process
	life, err := server.StdinPipe()
	if err != nil {
		return "", "", nil, err
	}
	if err := server.Start(); err != nil {
		return "", "", nil, err
	}
	stop = func() {
		life.Close()
		server.Wait()
	}
	socket = filepath.Join(dir, "redis.sock")
	client := redis.NewClient(&redis.Options{Network: "unix", Addr: socket})
	defer client.Close()
	for range 500 {
		if err = client.Ping(ctx).Err(); err == nil {
			return socket, version, stop, nil
		}
		time.Sleep(20 * time.Millisecond)
	}
	stop()
	return "", "", nil, fmt.Errorf("redis-server does not answer: %w", err)
}
