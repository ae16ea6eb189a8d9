package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/task-tower/tasktower"
	"github.com/task-tower/tasktower/core/retry"
)

// pipeline is the demo's handlers and what they share.
type pipeline struct {
	client  *tasktower.Client
	results *results
}

// Caller is who started a run: a context parameter of all its jobs.
type Caller struct {
	Run  string `json:"run"`
	User string `json:"user"`
}

// calledBy captures the caller with each enqueue.
func calledBy(c Caller) tasktower.Contextualizer {
	return func(_ context.Context, params tasktower.Params) error { return params.Set("Caller", c) }
}

type callerKey struct{}

// callerFromParams puts the caller into the handler's context.
func callerFromParams(ctx context.Context, ic *tasktower.InterceptContext) (context.Context, error) {
	caller, err := tasktower.Param[Caller](ic, "Caller")
	return context.WithValue(ctx, callerKey{}, caller), err
}

func caller(ctx context.Context) Caller {
	c, _ := ctx.Value(callerKey{}).(Caller)
	return c
}

// flakyWait and doomedWait are how long the failing jobs wait.
const (
	flakyWait  = 200 * time.Millisecond
	doomedWait = 300 * time.Millisecond
)

// handlers ties the kinds to what does their work.
func (p *pipeline) handlers() []tasktower.Registration {
	return []tasktower.Registration{
		tasktower.HandleFunc(p.scan, tasktower.MaxRetries(2), tasktower.Retry(retry.Fixed(time.Second))),
		tasktower.HandleFunc(p.index),
		tasktower.HandleFunc(p.flaky, tasktower.Retry(retry.Fixed(flakyWait))),
		tasktower.HandleFunc(p.doomed, tasktower.Retry(retry.Fixed(doomedWait)),
			tasktower.OnDeath(p.says("slack"), p.says("teams"))),
		tasktower.HandleFunc(p.summary),
	}
}

// index counts one file. A file that is gone, or not for us, is no reason to try again.
func (p *pipeline) index(ctx context.Context, j *tasktower.Job[IndexFile]) error {
	content, err := os.ReadFile(filepath.Join(j.Args.Dir, filepath.FromSlash(j.Args.Path)))
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
		return tasktower.Cancel(err)
	}
	if err != nil {
		return err
	}
	if caller(ctx).User == "" {
		return errors.New("nobody called")
	}
	p.results.indexed(j.ID, j.Args.Path, count(j.Args.Path, content))
	return nil
}

func (p *pipeline) flaky(ctx context.Context, _ *tasktower.Job[Flaky]) error {
	if n := tasktower.FromContext(ctx).Attempt(); n <= 2 {
		return fmt.Errorf("the network is down, call %d", n)
	}
	return nil
}

func (p *pipeline) doomed(context.Context, *tasktower.Job[Doomed]) error {
	return errors.New("no such host")
}

// says is a death interceptor.
func (p *pipeline) says(channel string) tasktower.After {
	return func(_ context.Context, ic *tasktower.InterceptContext) error {
		c, err := tasktower.Param[Caller](ic, "Caller")
		if err != nil {
			return err
		}
		p.results.say(fmt.Sprintf("%s: %s, %q is dead after %d attempts: %s",
			channel, c.User, ic.Job.DisplayName, ic.Job.Attempt, ic.Error.Message))
		return nil
	}
}

// again is how long a summary that comes too early waits.
const again = 300 * time.Millisecond

func (p *pipeline) summary(ctx context.Context, _ *tasktower.Job[Summary]) error {
	left, err := progress(ctx, p.client)
	if err != nil {
		return err
	}
	if left.all > 1 { // others than this one
		return tasktower.Snooze(again)
	}
	return nil
}
