package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/task-tower/tasktower"
)

// progress asks the store how many jobs are final (per queue and state at most
// tasktower.CountLimit are counted) and how many are not.
func progress(ctx context.Context, client *tasktower.Client) (final, open int, err error) {
	counts, err := client.Counts(ctx)
	if err != nil {
		return 0, 0, err
	}
	for _, c := range counts {
		if c.State.Final() {
			final += c.Jobs
		} else {
			open += c.Jobs
		}
	}
	return final, open, nil
}

// screen shows how far the work is: one living line on a terminal, else a plain
// line now and then.
type screen struct {
	out     io.Writer
	live    bool
	started time.Time
	shown   time.Time
}

// plainEvery is how often a plain line is written.
const plainEvery = time.Second

func newScreen(out io.Writer) *screen {
	return &screen{out: out, live: isTerminal(out), started: time.Now(), shown: time.Now()}
}

func isTerminal(out io.Writer) bool {
	f, ok := out.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// show says how many jobs ended in this process, and how many are open in all.
func (s *screen) show(ended, open int) {
	text := fmt.Sprintf("%s ended here, %s open, %s jobs/s",
		counted(int64(ended), "job"), grouped(int64(open)), grouped(int64(float64(ended)/max(0.001, time.Since(s.started).Seconds()))))
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
