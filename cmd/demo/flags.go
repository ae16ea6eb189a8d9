package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/task-tower/tasktower"
	"github.com/task-tower/tasktower/strategies"
)

// The demo's queues, and how the strategies weigh them.
const (
	queueCritical = "critical"
	queueDefault  = "default"
	queueLow      = "low"

	priorities = "critical:3,default:2,low:1"
	weights    = "critical:60,default:30,low:10"
)

// settings are the command's flags, checked.
type settings struct {
	dir         string // absolute
	once        bool
	asJSON      bool
	workers     int
	strategy    tasktower.Strategy
	databaseURL string
	schema      string
}

// parse reads the flags; usage goes to out. The error joins every mistake, each with
// the name of its flag.
func parse(args []string, out io.Writer) (settings, error) {
	var s settings
	flags := flag.NewFlagSet("demo", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // run says what is wrong, once
	flags.StringVar(&s.dir, "dir", "", "`directory` to index; default: the Go standard library's source")
	flags.BoolVar(&s.once, "once", false, "end when every job is final")
	flags.BoolVar(&s.asJSON, "json", false, "print the report as JSON")
	flags.IntVar(&s.workers, "workers", 2*runtime.NumCPU(), "`slots`: how many jobs run at once")
	strategy := flags.String("strategy", "strict", "`name` of what says which queue goes first: fifo, alphanumeric, index, strict or weighted")
	flags.StringVar(&s.databaseURL, "database-url", "", "PostgreSQL `url` to keep the jobs in; default: memory")
	flags.StringVar(&s.schema, "schema", "tasktower_demo", "PostgreSQL `schema`, made if need be")
	flags.Usage = func() {
		fmt.Fprint(flags.Output(), "The guided tour of Task Tower: demo indexes a directory with a pipeline of jobs.\n\n")
		flags.PrintDefaults()
	}

	var mistakes []error
	for err := flags.Parse(args); err != nil; err = flags.Parse(flags.Args()) { // what stands behind the mistake
		if errors.Is(err, flag.ErrHelp) {
			flags.SetOutput(out)
			flags.Usage()
			return s, err
		}
		mistakes = append(mistakes, err)
	}
	if flags.NArg() > 0 {
		mistakes = append(mistakes, fmt.Errorf("unexpected argument %q; every setting is a flag, see -help", flags.Arg(0)))
	}
	if s.workers < 1 || s.workers > tasktower.MaxConcurrency {
		mistakes = append(mistakes, fmt.Errorf("-workers is %d; want 1 to %d", s.workers, tasktower.MaxConcurrency))
	}
	var err error
	if s.strategy, err = chooseStrategy(*strategy); err != nil {
		mistakes = append(mistakes, err)
	}
	if s.dir, err = directory(s.dir); err != nil {
		mistakes = append(mistakes, fmt.Errorf("-dir: %w", err))
	}
	return s, errors.Join(mistakes...)
}

// chooseStrategy is the strategy of that name, with the numbers that it wants.
func chooseStrategy(name string) (tasktower.Strategy, error) {
	if s, err := strategies.Parse(name, ""); err == nil {
		return s, nil
	}
	numbers := priorities
	if strings.EqualFold(name, "weighted") {
		numbers = weights
	}
	s, err := strategies.Parse(name, numbers)
	if bad := (*tasktower.InvalidError)(nil); errors.As(err, &bad) {
		err = fmt.Errorf("-strategy: %s", bad.Rule)
	}
	return s, err
}

// directory is the absolute path of an existing directory; of none, that of the
// standard library.
func directory(path string) (string, error) {
	if path == "" {
		var err error
		if path, err = standardLibrary(); err != nil {
			return "", fmt.Errorf("%w; name a directory", err)
		}
	}
	info, err := os.Stat(path)
	if err != nil {
		return "", err
	}
	if !info.IsDir() {
		return "", fmt.Errorf("%s is not a directory", path)
	}
	return filepath.Abs(path)
}

// standardLibrary is where this machine's Go keeps its source.
func standardLibrary() (string, error) {
	out, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return "", fmt.Errorf("ask go for GOROOT: %w", err)
	}
	return filepath.Join(strings.TrimSpace(string(out)), "src"), nil
}
