package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// exhaustConnections takes every connection that the server allows, those of the
// workers too.
func exhaustConnections(ctx context.Context, w *world) error {
	w.profile = usual // shorter than a lease, or contexts end
	var proxies []*proxy
	for range 3 {
		p, err := w.through(weather{})
		if err != nil {
			return err
		}
		o := w.orders()
		o.DSN = w.via(p) + " application_name=worker"
		if _, err := w.start(ctx, o); err != nil {
			return err
		}
		proxies = append(proxies, p)
	}
	if err := w.enqueue(ctx, pick(w, 3000, 20_000), lasting(50)); err != nil {
		return err
	}
	sleep(ctx, time.Second)
	began := time.Now()
	hogs, err := w.hog(ctx, pick(w, 6*time.Second, 15*time.Second))
	freed := time.Now()
	if err != nil {
		return err
	}
	for _, conn := range hogs {
		_ = conn.Close(ctx)
	}
	if err := w.settled(ctx, 3*time.Minute); err != nil {
		return err
	}
	tale, err := readChronicle(w.dir)
	if err != nil {
		return err
	}
	w.recovery = tale.nextStart(freed)
	most := 0.0
	for _, p := range proxies {
		most = max(most, float64(len(p.dialled(began))-len(p.dialled(freed)))/freed.Sub(began).Seconds())
	}
	w.note("%d connections taken; at most %.1f tries/s per process to connect", len(hogs), most)
	w.require(most <= pick(w, 4.0, 2.0), "a process tried to connect %.1f times a second", most) // the first tries come soon
	w.require(w.recovery <= 5*time.Second+slack, "the next job started %s after connections were free", w.recovery)
	return nil
}

// hog opens connections until the server has none left, takes those of the workers
// away, and keeps all for some time.
func (w *world) hog(ctx context.Context, d time.Duration) ([]*pgx.Conn, error) {
	var hogs []*pgx.Conn
	for until := time.Now().Add(d); time.Now().Before(until); {
		conn, err := pgx.Connect(ctx, w.site.server.DSN("postgres"))
		if err == nil {
			hogs = append(hogs, conn)
			continue
		}
		var refused *pgconn.PgError
		if !errors.As(err, &refused) || refused.Code != "53300" {
			return hogs, err
		}
		if _, err := hogs[0].Exec(ctx, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'worker'"); err != nil {
			return hogs, err
		}
		sleep(ctx, 20*time.Millisecond)
	}
	return hogs, nil
}

// shareBacklog lets many workers share what has gathered.
func shareBacklog(ctx context.Context, w *world) error {
	if err := w.enqueue(ctx, pick(w, 20_000, 1_000_000), lasting(0)); err != nil {
		return err
	}
	o := w.orders()
	o.Conns = 2
	began := time.Now()
	workers, err := w.startMany(ctx, pick(w, 20, 100), o)
	if err != nil {
		return err
	}
	if err := w.settled(ctx, 10*time.Minute); err != nil {
		return err
	}
	took := time.Since(began)
	most := 0
	for _, p := range workers {
		kib, err := peakMemory(p.pid())
		if err != nil {
			return err
		}
		most = max(most, kib)
	}
	tale, err := readChronicle(w.dir)
	if err != nil {
		return err
	}
	empty := 0
	for _, c := range tale.claims {
		if c.jobs == 0 {
			empty++
		}
	}
	each := float64(empty) / float64(len(tale.jobs))
	w.note("%d workers, at most %d MB each; %.4f empty claims for each job; %.0f jobs/s, starts of the processes included",
		len(workers), most>>10, each, float64(len(tale.jobs))/took.Seconds())
	w.require(most <= 100<<10, "a worker took %d MB", most>>10)
	w.require(each <= 0.1, "there were %.3f empty claims for each job", each)
	return nil
}

// peakMemory is the most memory that a process has had, in KiB.
func peakMemory(pid int) (int, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if f := strings.Fields(line); len(f) > 1 && f[0] == "VmHWM:" {
			return strconv.Atoi(f[1])
		}
	}
	return 0, fmt.Errorf("process %d has no VmHWM", pid)
}

// noProc skips rows that read what Linux tells of processes.
func noProc(options) string {
	if _, err := os.Stat("/proc/self/status"); err != nil {
		return "needs /proc"
	}
	return ""
}

// fillDisk fills the disk under the row's database.
func fillDisk(ctx context.Context, w *world) error {
	if _, err := w.startMany(ctx, 3, w.orders()); err != nil {
		return err
	}
	if err := w.enqueue(ctx, 2000, lasting(50)); err != nil {
		return err
	}
	stop := w.drip(ctx, w.client, 2*time.Millisecond)
	sleep(ctx, time.Second)
	w.fault(false)
	full := time.Now()
	balloon := filepath.Join(w.site.smallDisk(), "balloon")
	if err := inflate(ctx, balloon, pick(w, 4*time.Second, 20*time.Second)); err != nil {
		return err
	}
	w.fault(false)
	freed := time.Now()
	sleep(ctx, pick(w, 3*time.Second, 10*time.Second))
	unsure, err := stop()
	if err != nil {
		return err
	}
	if err := w.settled(ctx, 3*time.Minute); err != nil {
		return err
	}
	tale, err := readChronicle(w.dir)
	if err != nil {
		return err
	}
	w.recovery = max(tale.nextAck(freed), tale.nextStart(freed))
	w.note("%d enqueues refused in %.0f s; %d starts meanwhile", unsure, freed.Sub(full).Seconds(), tale.startsBetween(full.Add(slack), freed))
	w.require(unsure > 0, "the full disk refused nothing")
	w.require(w.recovery > 0 && w.recovery <= 10*time.Second+slack, "work went on %s after the disk had room", w.recovery)
	return nil
}

// inflate fills the disk with a file, keeps it full for d, and removes the file.
func inflate(ctx context.Context, name string, d time.Duration) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	for until := time.Now().Add(d); time.Now().Before(until); sleep(ctx, 5*time.Millisecond) {
		for err == nil { // what the server gives back is taken, too
			_, err = f.Write(make([]byte, 4096))
		}
		if !errors.Is(err, syscall.ENOSPC) {
			break
		}
		err = nil
	}
	return errors.Join(err, f.Close(), os.Remove(name))
}

func (s *site) smallDisk() string { return filepath.Join(s.dir, "disk") }

// cannotMount says why no small disk can be made; empty: it can.
func cannotMount(options) string {
	dir, err := os.MkdirTemp("", "tasktower-disk-")
	if err != nil {
		return err.Error()
	}
	defer os.Remove(dir)
	if err := mount(dir); err != nil {
		return "needs the right to mount a small disk"
	}
	if err := unmount(dir); err != nil {
		return err.Error()
	}
	return ""
}

// mountSmallDisk makes a tablespace on a disk of its own.
func mountSmallDisk(ctx context.Context, s *site) error {
	disk := s.smallDisk()
	if err := errors.Join(os.Chmod(s.dir, 0o755), os.Mkdir(disk, 0o755)); err != nil {
		return err
	}
	if err := mount(disk); err != nil {
		return err
	}
	s.undo = append(s.undo, func() error { return unmount(disk) })
	uid, gid, err := s.owner(ctx)
	if err != nil {
		return err
	}
	space := filepath.Join(disk, "space")
	if err := errors.Join(os.Mkdir(space, 0o700), os.Chown(space, uid, gid)); err != nil {
		return err
	}
	return s.exec(ctx, fmt.Sprintf("CREATE TABLESPACE small LOCATION '%s'", space))
}

// owner is the account that the server runs as.
func (s *site) owner(ctx context.Context) (uid, gid int, err error) {
	conn, err := pgx.Connect(ctx, s.server.DSN("postgres"))
	if err != nil {
		return 0, 0, err
	}
	defer conn.Close(ctx)
	var dir string
	if err := conn.QueryRow(ctx, "SELECT current_setting('data_directory')").Scan(&dir); err != nil {
		return 0, 0, err
	}
	info, err := os.Stat(dir)
	if err != nil {
		return 0, 0, err
	}
	stat := info.Sys().(*syscall.Stat_t)
	return int(stat.Uid), int(stat.Gid), nil
}

func mount(dir string) error {
	return exec.Command("mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", dir).Run()
}
func unmount(dir string) error { return exec.Command("umount", dir).Run() }
