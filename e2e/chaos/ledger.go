package main

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/task-tower/tasktower"
)

// What a line of the ledger says.
const (
	acked   = "acked"   // the producer: the enqueue returned without an error
	deleted = "deleted" // the producer: so did the deletion
	started = "started" // the handler was called
	ended   = "ended"   // the handler came to its end
	cut     = "cut"     // the handler's context ended before
	stored  = "stored"  // the worker: the result is stored
	refused = "refused" // the worker: the store refused the result, the lease is gone
	claimed = "claimed" // the worker: a claim brought jobs; the note says how long it took
)

// ledger is what one process has seen, in a file outside the database. Each line
// is one write, so a process that is killed leaves whole lines.
type ledger struct {
	file *os.File
	off  time.Duration // how much this process's clock is off; the ledger's is not
}

func openLedger(dir string) (*ledger, error) {
	name := filepath.Join(dir, fmt.Sprintf("%d.log", os.Getpid()))
	f, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	return &ledger{file: f}, err
}

// write adds a line about a job; note is one word.
func (l *ledger) write(what string, r *tasktower.Record, note string) {
	b := make([]byte, 0, 160)
	b = strconv.AppendInt(b, time.Now().Add(-l.off).UnixNano(), 10)
	b = append(b, ' ')
	b = strconv.AppendInt(b, int64(os.Getpid()), 10)
	b = fmt.Appendf(b, " %s %s %d %s %s\n", what, r.ID, r.Attempt, orDash(r.Worker), orDash(note))
	if _, err := l.file.Write(b); err != nil {
		panic(err) // without its ledger a run proves nothing
	}
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// entry is a line of the ledger.
type entry struct {
	at      time.Time
	pid     int
	what    string
	id      tasktower.ID
	attempt int
	worker  string
	note    string
}

// readLedgers passes every line of every process to f, process by process.
func readLedgers(dir string, f func(entry)) error {
	files, err := filepath.Glob(filepath.Join(dir, "*.log"))
	if err != nil {
		return err
	}
	for _, name := range files {
		if err := readLedger(name, f); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

func readLedger(name string, f func(entry)) error {
	file, err := os.Open(name)
	if err != nil {
		return err
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		e, err := parseEntry(lines.Text())
		if err != nil {
			return err
		}
		f(e)
	}
	return lines.Err()
}

func parseEntry(line string) (entry, error) {
	w := strings.Fields(line)
	if len(w) != 7 {
		return entry{}, fmt.Errorf("line %q has %d words", line, len(w))
	}
	ns, err := strconv.ParseInt(w[0], 10, 64)
	if err != nil {
		return entry{}, err
	}
	e := entry{at: time.Unix(0, ns), what: w[2], worker: w[5], note: w[6]}
	if e.pid, err = strconv.Atoi(w[1]); err != nil {
		return entry{}, err
	}
	if e.attempt, err = strconv.Atoi(w[4]); err != nil {
		return entry{}, err
	}
	e.id, err = tasktower.ParseID(w[3])
	return e, err
}
