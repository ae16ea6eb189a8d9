package main

import "fmt"

// Noop is the job that does nothing, with about 100 bytes of args. It is the
// args of every peer.
type Noop struct {
	Seq  int    `json:"seq"`
	Fill string `json:"fill"`
	Sent int64  `json:"sent"` // when latency counts from, in Unix nanoseconds; 0: it does not
}

// Kind implements tasktower.Args and river.JobArgs.
func (Noop) Kind() string { return "noop" }

func noop(i int) Noop {
	return Noop{Seq: i, Fill: fmt.Sprintf("%064d", i)}
}

// noops are the jobs numbered from first.
func noops(first, n int) []Noop {
	jobs := make([]Noop, n)
	for i := range jobs {
		jobs[i] = noop(first + i)
	}
	return jobs
}
