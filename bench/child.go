package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"sync/atomic"
	"syscall"
)

// child is a worker in a process of its own. It says "ready", waits for a line,
// works until its input ends, says now and then how many jobs it has completed,
// and at last its epitaph.
type child struct {
	cmd   *exec.Cmd
	input io.WriteCloser
	done  atomic.Int64
	said  epitaph
	ended chan error // one value, when it has closed its output
}

// epitaph is what a child tells of itself at its end.
type epitaph struct {
	Peak    int       `json:"peak"`    // of its memory, in bytes
	Samples []float64 `json:"samples"` // nanoseconds from Sent to the start of the handler
}

// spawn starts a process that is ready to work.
func (c *cell) spawn(ctx context.Context, slots int, timed bool) (*child, error) {
	cmd := exec.CommandContext(ctx, os.Args[0], "-role", "work", "-peers", c.peer.name, "-role-slots", strconv.Itoa(slots),
		"-role-timed="+strconv.FormatBool(timed), "-database-url", c.env.url, "-redis", c.env.redis)
	cmd.Stderr = os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // its input ends with this process
	input, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	output, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	k := &child{cmd: cmd, input: input, ended: make(chan error, 1)}
	lines := bufio.NewReader(output)
	if line, err := lines.ReadString('\n'); line != "ready\n" {
		k.kill()
		return nil, fmt.Errorf("the worker process said %q: %w", line, err)
	}
	go func() { k.ended <- k.listen(lines) }()
	return k, nil
}

func (k *child) listen(lines *bufio.Reader) error {
	for {
		line, err := lines.ReadBytes('\n')
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if line[0] == '{' {
			err = json.Unmarshal(line, &k.said)
		} else {
			var n int64
			_, err = fmt.Sscanf(string(line), "completed %d", &n)
			k.done.Store(n)
		}
		if err != nil {
			return err
		}
	}
}

// begin lets it work.
func (k *child) begin() error {
	_, err := io.WriteString(k.input, "go\n")
	return err
}

func (k *child) completed() (int, error) { return int(k.done.Load()), nil }

// stop lets it end, and returns what it says about itself.
func (k *child) stop() (epitaph, error) {
	k.input.Close()
	err := <-k.ended
	k.ended <- nil
	return k.said, errors.Join(err, k.cmd.Wait())
}

// kill ends it if it has not ended; then it does nothing.
func (k *child) kill() {
	if k.cmd.ProcessState == nil {
		k.cmd.Process.Kill()
		k.cmd.Wait()
	}
}
