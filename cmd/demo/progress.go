package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/task-tower/tasktower"
)

// open is how many jobs of the store are not final, and how many of them stand
// where; of each queue and state at most tasktower.CountLimit are counted.
type open struct{ all, enqueued, processing int }

// progress asks the store what is open.
func progress(ctx context.Context, client *tasktower.Client) (o open, err error) {
	counts, err := client.Counts(ctx)
	if err != nil {
		return open{}, err
	}
	for _, c := range counts {
		if c.State.Final() {
			continue
		}
		o.all += c.Jobs
		switch c.State {
		case tasktower.Enqueued:
			o.enqueued += c.Jobs
		case tasktower.Processing:
			o.processing += c.Jobs
		}
	}
	return o, nil
}

// recovery is how long jobs of a lost process wait at most until they are taken
// back: for the end of its lease, and for the next look at leases.
const recovery = tasktower.DefaultLease + tasktower.DefaultRescue

// held says what this process waits for once it has nothing to do itself; empty
// if it has, or if nobody else holds jobs.
func (o open) held(idle bool) string {
	if !idle || o.enqueued > 0 || o.processing == 0 {
		return ""
	}
	return fmt.Sprintf("; %s held by other processes, and taken back from a lost one when its lease ends, in at most %.0f s",
		grouped(int64(o.processing)), recovery.Seconds())
}

// screen shows how far the work is: one living line on a terminal, else a plain
// line now and then.
type screen struct {
	out     io.Writer
	live    bool
	started time.Time
	shown   time.Time
	busy    time.Time // when it last had something to do itself
}

// patience is how long a process may be idle before it says whom it waits for:
// results take a moment to be stored.
const patience = time.Second

// plainEvery is how often a plain line is written.
const plainEvery = time.Second

func newScreen(out io.Writer) *screen {
	return &screen{out: out, live: isTerminal(out), started: time.Now(), shown: time.Now(), busy: time.Now()}
}

func isTerminal(out io.Writer) bool {
	f, ok := out.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// show says how many jobs ended in this process, how many are open in all, and
// whom it waits for if it does.
func (s *screen) show(ended int, o open, idle bool) {
	note := o.held(idle)
	if note == "" {
		s.busy = time.Now()
	}
	if time.Since(s.busy) < patience {
		note = ""
	}
	text := fmt.Sprintf("%s ended here, %s open, %s jobs/s",
		counted(int64(ended), "job"), grouped(int64(o.all)), grouped(int64(float64(ended)/max(0.001, time.Since(s.started).Seconds())))) + note
	switch {
	case s.live:
		fmt.Fprintf(s.out, "\r\x1b[K%s", text)
	case time.Since(s.shown) >= plainEvery:
		s.shown = time.Now()
		fmt.Fprintln(s.out, text)
	}
}

// clear takes the living line away.
func (s *screen) clear() {
	if s.live {
		fmt.Fprint(s.out, "\r\x1b[K")
	}
}
