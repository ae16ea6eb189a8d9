package main

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// process is a worker process: this program again, with orders.
type process struct {
	cmd  *exec.Cmd
	up   chan struct{} // closed when the worker is registered
	gone chan struct{} // closed when the process has ended
	err  error         // how; read after gone
}

func (w *world) spawn(o orders) (*process, error) {
	text, err := json.Marshal(o)
	if err != nil {
		return nil, err
	}
	p := &process{cmd: exec.Command(cmp.Or(o.Program, os.Args[0])), up: make(chan struct{}), gone: make(chan struct{})}
	p.cmd.Env = append(os.Environ(), envOrders+"="+string(text))
	p.cmd.Stderr = os.Stderr
	if _, err := p.cmd.StdinPipe(); err != nil { // the worker ends with the pipe
		return nil, err
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	w.mu.Lock()
	w.processes = append(w.processes, p)
	w.mu.Unlock()
	go func() {
		defer close(p.gone)
		if lines := bufio.NewScanner(out); lines.Scan() && strings.TrimSpace(lines.Text()) == "up" {
			close(p.up)
		}
		p.err = p.cmd.Wait()
	}()
	return p, nil
}

// start starts a worker process and waits until it is registered.
func (w *world) start(ctx context.Context, o orders) (*process, error) {
	p, err := w.spawn(o)
	if err != nil {
		return nil, err
	}
	return p, p.await(ctx)
}

// startMany starts n worker processes.
func (w *world) startMany(ctx context.Context, n int, o orders) ([]*process, error) {
	var all []*process
	for range n {
		p, err := w.spawn(o)
		if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	for _, p := range all {
		if err := p.await(ctx); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func (p *process) await(ctx context.Context) error {
	select {
	case <-p.up:
		return nil
	case <-p.gone:
		return fmt.Errorf("worker process %d did not come up: %w", p.pid(), p.err)
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (p *process) pid() int { return p.cmd.Process.Pid }

// kill ends processes without a word, and notes that fault once they are gone.
func (w *world) kill(all ...*process) error {
	for _, p := range all {
		if err := p.signal(syscall.SIGKILL); err != nil {
			return err
		}
	}
	for _, p := range all {
		<-p.gone
	}
	w.fault(true, all...)
	return nil
}

func (p *process) signal(s syscall.Signal) error {
	err := p.cmd.Process.Signal(s)
	if errors.Is(err, os.ErrProcessDone) {
		return nil
	}
	return err
}

// freeze stops the process in its tracks; thaw lets it go on.
func (p *process) freeze() error { return p.signal(syscall.SIGSTOP) }
func (p *process) thaw() error   { return p.signal(syscall.SIGCONT) }

// terminate asks the process to stop and says how long it took.
func (p *process) terminate(ctx context.Context) (time.Duration, error) {
	began := time.Now()
	if err := p.signal(syscall.SIGTERM); err != nil {
		return 0, err
	}
	select {
	case <-p.gone:
		return time.Since(began), p.err
	case <-ctx.Done():
		return 0, context.Cause(ctx)
	}
}
