package main

import (
	"context"
	"strings"
)

// row is a line of the fault table.
type row struct {
	number  string
	fault   string
	promise promise
	usual   bool // in the long form the workers have their usual intervals
	run     func(ctx context.Context, w *world) error

	skip       func(options) string                     // why it cannot run here; nil, empty: it can
	before     func(ctx context.Context, s *site) error // before its database is made
	tablespace string                                   // of its database
}

// promise is what the table says must hold; no row may lose a job.
type promise struct {
	Twice    string `json:"run_twice"`
	Recovery string `json:"recovery"`
}

// none tells whether nothing may run twice.
func (p promise) none() bool { return p.Twice == "0" || strings.HasPrefix(p.Twice, "0;") }

func (r row) why(o options) string {
	if r.skip == nil {
		return ""
	}
	return r.skip(o)
}

// tooLong skips rows that some seconds cannot show.
func tooLong(o options) string {
	if o.short {
		return "in the long form only"
	}
	return ""
}

var rows = []row{
	{number: "1", fault: "kill -9 one of 4 workers every 2 s", promise: promise{"≤ in flight", "≤ L+R+P"}, run: killInTurn},
	{number: "1b", fault: "kill -9 one of 4 workers, once, while 10,000 jobs run", promise: promise{"≤ in flight", "≤ L+R+P"}, usual: true, run: killOne},
	{number: "2", fault: "kill -9 all workers, start new ones", promise: promise{"≤ in flight", "≤ L+R+P after the start"}, usual: true, run: killAll},
	{number: "3", fault: "SIGSTOP for 2 L, SIGCONT", promise: promise{"≤ in flight; no stale write", "≤ L+R+P and the long job's L/2; the zombie's contexts end at once"}, usual: true, run: freezeOne},
	{number: "4", fault: "SIGTERM, long grace", promise: promise{"0", "exit ≤ grace + 1 s"}, run: stopGently},
	{number: "4b", fault: "SIGTERM, short grace", promise: promise{"≤ in flight; no retry burnt", "exit ≤ grace + 1 s"}, run: stopHastily},
	{number: "5", fault: "Postgres stopped at once, down 5 s", promise: promise{"only claims the crash undid", "90 % of the rate ≤ 5 s after it accepts"}, run: crashDatabase},
	{number: "5b", fault: "Postgres stopped at once, just after jobs started, down 1 s; durable claims", promise: promise{"0", "all done ≤ 5 s after it accepts"}, run: crashDurably},
	{number: "6", fault: "Postgres down 3 L while long jobs run", promise: promise{"≤ in flight, one after the other (gap guard)", "enqueue fails ≤ 5 s"}, usual: true, run: longOutage},
	{number: "7", fault: "the listener's connection stands still, unclosed", promise: promise{"0", "deaf ≤ 10 s; meanwhile starts ≤ P late"}, run: deafListener},
	{number: "8", fault: "one worker of 3 cut off both ways for 2 L; what it sent then arrives", promise: promise{"≤ in flight; no stale write", "≤ L+R+P; its contexts end before L"}, usual: true, run: cutOffOne},
	{number: "9", fault: "200 ± 50 ms each way, 64 KB/s", promise: promise{"0; no lease lost", "–"}, usual: true, run: slowNetwork, skip: tooLong},
	{number: "10", fault: "every connection reset each 500 ms", promise: promise{"0; no row doubled", "– (longest time without a start)"}, run: resetConnections},
	{number: "11", fault: "pg_terminate_backend at random, 10/s", promise: promise{"0", "≤ 1 s without a start"}, run: terminateBackends},
	{number: "12", fault: "the disk under the database full, then freed", promise: promise{"≤ in flight", "≤ 10 s"}, usual: true, run: fillDisk, skip: cannotMount, before: mountSmallDisk, tablespace: "small"},
	{number: "13", fault: "no connections left (53300), those of the workers taken, for less than L", promise: promise{"0", "≤ 5 s; ≤ 2 tries/s per process to connect"}, run: exhaustConnections},
	{number: "14", fault: "a job that exits the process, among 50 neighbours", promise: promise{"killer ≤ 3", "neighbours complete"}, run: poison},
	{number: "15", fault: "error text with NUL and 0xFF in a batch of 100", promise: promise{"0", "all stored < 1 s"}, run: unstorable},
	{number: "15b", fault: "processes that end between the handler's commit (CompleteTx) and the worker's report", promise: promise{"≤ in flight; each effect once", "≤ L+R+P"}, run: payOnce},
	{number: "16", fault: "clocks of workers an hour ahead and behind", promise: promise{"0", "no job early; ≤ P late"}, run: wrongClocks, skip: tooLong},
	{number: "17", fault: "5 workers, recurring jobs each second, one worker killed at each tick", promise: promise{"≤ in flight; each tick is one job", "≤ L+R+P"}, run: killAtTicks},
	{number: "18", fault: "a snapshot held 10 min at 2,000 jobs/s (short: 5 s)", promise: promise{"0", "claim p99 ≤ 10 times; healed ≤ 60 s after"}, run: holdSnapshot},
	{number: "21", fault: "all operations at once, deadlock_timeout 10 ms", promise: promise{"0", "no deadlock"}, run: everythingAtOnce},
	{number: "22", fault: "a million jobs wait for 100 workers (short: 20,000 for 20)", promise: promise{"0", "≤ 100 MB each; ≤ 0.1 empty claims for each job"}, usual: true, run: shareBacklog, skip: noProc},
}
