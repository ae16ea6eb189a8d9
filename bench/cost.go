package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// cost is processor time, of the server's processes and of this one.
type cost struct{ server, client time.Duration }

func (c cost) minus(d cost) cost { return cost{c.server - d.server, c.client - d.client} }

// perJob adds the cost of a workload to the report.
func (c cost) perJob(b *bench, workload string, jobs int) {
	micros := func(d time.Duration) float64 { return float64(d.Microseconds()) / float64(jobs) }
	b.add(workload+", server µs/job", micros(c.server))
	b.add(workload+", client µs/job", micros(c.client))
}

// cost is what the server and this process have used so far. It needs a server
// on this machine, under Linux; elsewhere the server's part is 0.
func (e *env) cost(ctx context.Context) (cost, error) {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return cost{}, err
	}
	c := cost{client: time.Duration(usage.Utime.Nano() + usage.Stime.Nano())}
	var pid int
	if err := e.pool.QueryRow(ctx, "SELECT pg_backend_pid()").Scan(&pid); err != nil {
		return cost{}, err
	}
	backend, err := readProcess(pid)
	if err != nil {
		return c, nil // not on this machine
	}
	server, err := readProcess(backend.parent)
	if err != nil {
		return c, nil
	}
	c.server = server.reaped
	all, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		return cost{}, err
	}
	for _, dir := range all {
		pid, err := strconv.Atoi(filepath.Base(dir))
		if err != nil {
			continue
		}
		if p, err := readProcess(pid); err == nil && p.parent == backend.parent {
			c.server += p.own
		}
	}
	return c, nil
}

// process is what the kernel tells of one. Source: proc(5), /proc/pid/stat.
type process struct {
	parent      int
	own, reaped time.Duration // processor time, its own and of children that have ended
}

const clockTick = 10 * time.Millisecond // USER_HZ is 100 on every Linux that Go runs on

func readProcess(pid int) (process, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return process{}, err
	}
	_, rest, _ := strings.Cut(string(text), ") ") // the name may hold blanks
	fields := strings.Fields(rest)
	if len(fields) < 15 {
		return process{}, fmt.Errorf("process %d: /proc tells too little", pid)
	}
	number := func(i int) int {
		n, _ := strconv.Atoi(fields[i-3]) // proc(5) counts from 1, and two are cut off
		return n
	}
	ticks := func(i int) time.Duration { return time.Duration(number(i)) * clockTick }
	return process{parent: number(4), own: ticks(14) + ticks(15), reaped: ticks(16) + ticks(17)}, nil
}
