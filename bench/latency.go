package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/task-tower/tasktower"
)

const (
	latencyJobs = 200
	latencyGap  = 40 * time.Millisecond
	channel     = "tasktower_bench_floor"
)

// latency measures, on an idle system with default settings, from the call of
// Enqueue in this process to the start of the handler in another one, and beside
// it from a bare INSERT + NOTIFY to the arrival of the notification there.
func latency(ctx context.Context, b *bench, e *env) error {
	if _, err := e.pool.Exec(ctx, "CREATE TABLE "+schema+".floor (id bigint PRIMARY KEY, payload text NOT NULL)"); err != nil {
		return err
	}
	child := exec.CommandContext(ctx, os.Args[0], "-role", "worker", "-database-url", e.url)
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err != nil {
		return err
	}
	if err := child.Start(); err != nil {
		return err
	}
	defer func() {
		child.Process.Signal(os.Interrupt)
		child.Wait()
	}()
	heard := bufio.NewScanner(out)
	next := func() (kind string, ns float64, err error) {
		if !heard.Scan() {
			return "", 0, fmt.Errorf("the worker process ended: %w", heard.Err())
		}
		kind, number, _ := strings.Cut(heard.Text(), " ")
		ns, err = strconv.ParseFloat(number, 64)
		return kind, ns, err
	}
	if kind, _, err := next(); kind != "ready" {
		return fmt.Errorf("the worker process said %q: %w", kind, err)
	}

	var jobs, floor []float64
	for i := range latencyJobs + 10 {
		time.Sleep(latencyGap)
		job := noop(i)
		job.Sent = time.Now().UnixNano()
		if _, err := e.client.Enqueue(ctx, job); err != nil {
			return err
		}
		_, ns, err := next()
		if err != nil {
			return err
		}
		jobs = append(jobs, ns/1e6)

		time.Sleep(latencyGap)
		if err := bare(ctx, e, i); err != nil {
			return err
		}
		if _, ns, err = next(); err != nil {
			return err
		}
		floor = append(floor, ns/1e6)
	}
	jobs, floor = jobs[10:], floor[10:] // warm
	for _, p := range []int{50, 99} {
		b.add(fmt.Sprintf("enqueue to handler start in another process, idle, p%d, ms", p), percentile(jobs, p))
		b.add(fmt.Sprintf("floor: INSERT + NOTIFY to notification there, p%d, ms", p), percentile(floor, p))
		b.add(fmt.Sprintf("ratio of the two, p%d", p), percentile(jobs, p)/percentile(floor, p))
	}
	return nil
}

func bare(ctx context.Context, e *env, i int) error {
	sent := strconv.FormatInt(time.Now().UnixNano(), 10)
	batch := &pgx.Batch{}
	batch.Queue("INSERT INTO "+schema+".floor (id, payload) VALUES ($1, $2)", i, noop(i).Fill)
	batch.Queue("SELECT pg_notify($1, $2)", channel, sent)
	return e.pool.SendBatch(ctx, batch).Close()
}

// latencyWorker is the other process: it prints how long each job and each bare
// notification took.
func latencyWorker(ctx context.Context, url string) error {
	e, err := open(ctx, url, false)
	if err != nil {
		return err
	}
	defer e.close()
	lines := make(chan string, 16)
	w, err := tasktower.NewWorker(e.store, tasktower.WorkerConfig{
		Handlers: []tasktower.Registration{
			tasktower.HandleFunc(func(_ context.Context, j *tasktower.Job[Noop]) error {
				lines <- fmt.Sprintf("job %d", time.Now().UnixNano()-j.Args.Sent)
				return nil
			}),
		},
	})
	if err != nil {
		return err
	}
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	if _, err := conn.Exec(ctx, "LISTEN "+channel); err != nil {
		return err
	}
	ended := make(chan error, 2)
	go func() { ended <- w.Run(ctx) }()
	go func() {
		for {
			n, err := conn.WaitForNotification(ctx)
			if err != nil {
				ended <- nil
				return
			}
			sent, _ := strconv.ParseInt(n.Payload, 10, 64)
			lines <- fmt.Sprintf("bare %d", time.Now().UnixNano()-sent)
		}
	}()
	fmt.Println("ready 0")
	for ctx.Err() == nil {
		select {
		case line := <-lines:
			fmt.Println(line)
		case <-ctx.Done():
		}
	}
	<-ended
	return <-ended
}

func percentile(v []float64, p int) float64 {
	v = slices.Sorted(slices.Values(v))
	return v[min(len(v)-1, len(v)*p/100)]
}
