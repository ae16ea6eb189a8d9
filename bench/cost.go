package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// cost is what something took: of the server, and of this process.
type cost struct {
	wal          float64 // bytes
	transactions float64
	server       time.Duration // processor time; 0 if the server is not on this machine, or not under Linux
	client       time.Duration
	allocations  float64
}

// spent is what everything has taken so far. Peers' connections are closed, or
// their transactions may be missing.
func (e *env) spent(ctx context.Context) (c cost, err error) {
	if err := e.quiet(ctx); err != nil {
		return c, err
	}
	err = e.admin.QueryRow(ctx, "SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::float8, "+
		"(xact_commit + xact_rollback)::float8 FROM pg_stat_database WHERE datname = current_database()").
		Scan(&c.wal, &c.transactions)
	if err != nil {
		return c, err
	}
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return c, err
	}
	c.client = time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	c.allocations = float64(memory.Mallocs)
	c.server, err = e.serverTime(ctx)
	return c, err
}

// cost is what f takes.
func (e *env) cost(ctx context.Context, f func() error) (cost, error) {
	before, err := e.spent(ctx)
	if err != nil {
		return cost{}, err
	}
	if err := f(); err != nil {
		return cost{}, err
	}
	after, err := e.spent(ctx)
	return cost{
		wal: after.wal - before.wal, transactions: after.transactions - before.transactions,
		server: after.server - before.server, client: after.client - before.client,
		allocations: after.allocations - before.allocations,
	}, err
}

// perJob is the share of one of so many jobs.
func (c cost) perJob(jobs int) cost {
	n := float64(max(jobs, 1))
	return cost{c.wal / n, c.transactions / n, time.Duration(float64(c.server) / n),
		time.Duration(float64(c.client) / n), c.allocations / n}
}

func (c cost) plus(d cost) cost {
	return cost{c.wal + d.wal, c.transactions + d.transactions, c.server + d.server, c.client + d.client, c.allocations + d.allocations}
}

// report adds the parts that are about the server only for peers that use it.
func (c cost) report(cell *cell, what string) {
	if !cell.peer.redis {
		cell.add(what+": WAL bytes/job", c.wal)
		cell.add(what+": transactions/job", c.transactions)
		cell.add(what+": server µs/job", float64(c.server)/1e3)
	}
	cell.add(what+": client µs/job", float64(c.client)/1e3)
	cell.add(what+": client allocations/job", c.allocations)
}

// serverTime is the processor time of the server's processes, those that have
// ended included.
func (e *env) serverTime(ctx context.Context) (time.Duration, error) {
	var pid int
	if err := e.admin.QueryRow(ctx, "SELECT pg_backend_pid()").Scan(&pid); err != nil {
		return 0, err
	}
	backend, err := readProcess(pid)
	if err != nil {
		return 0, nil // not on this machine
	}
	server, err := readProcess(backend.parent)
	if err != nil {
		return 0, nil
	}
	sum := server.reaped
	all, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		return 0, err
	}
	for _, dir := range all {
		pid, err := strconv.Atoi(filepath.Base(dir))
		if err != nil {
			continue
		}
		if p, err := readProcess(pid); err == nil && p.parent == backend.parent {
			sum += p.own
		}
	}
	return sum, nil
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

// peakMemory is the most memory that this process has held at once, in bytes; 0
// where nobody knows.
func peakMemory() int {
	text, _ := os.ReadFile("/proc/self/status")
	_, rest, _ := strings.Cut(string(text), "VmHWM:")
	var kib int
	fmt.Sscan(rest, &kib)
	return kib << 10
}
