package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
)

// Exit codes.
const (
	exitFine  = 0
	exitFault = 1 // something that should have worked did not
	exitUsage = 2 // bad flags
)

// stopSignals end the demo: the first lets running jobs finish, a second gives them back.
var stopSignals = []os.Signal{os.Interrupt, syscall.SIGTERM}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), stopSignals...)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// run is the command; it returns the exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	s, err := parse(args, stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return exitFine
	case err != nil:
		for line := range strings.SplitSeq(err.Error(), "\n") {
			fmt.Fprintln(stderr, "demo:", line)
		}
		return exitUsage
	}
	if err := demo(ctx, s, stdout, stderr); err != nil {
		fmt.Fprintln(stderr, "demo:", err)
		return exitFault
	}
	return exitFine
}
