package main

import (
	"time"

	"github.com/task-tower/tasktower"
)

// Scan walks a directory and enqueues one IndexFile per file.
type Scan struct {
	Dir string `json:"dir"`
	// Since leaves out files that have not changed since; zero: all files, and
	// the jobs that show how failures end.
	Since time.Time `json:"since,omitzero"`
}

// Kind implements tasktower.Args.
func (Scan) Kind() string { return "scan" }

// Defaults implements tasktower.Defaulter.
func (Scan) Defaults() []tasktower.Option {
	return []tasktower.Option{tasktower.Queue(queueCritical), tasktower.DisplayName("Scan a directory")}
}

// IndexFile counts what is in one file.
type IndexFile struct {
	Run  string `json:"run"`
	Dir  string `json:"dir"`
	Path string `json:"path"` // within Dir
	Size int64  `json:"size"`
	// Since is the scan's, in Unix milliseconds: a file that changes is a new job.
	Since int64 `json:"since"`
}

// Kind implements tasktower.Args.
func (IndexFile) Kind() string { return "index_file" }

// Defaults implements tasktower.Defaulter.
func (f IndexFile) Defaults() []tasktower.Option {
	opts := []tasktower.Option{
		tasktower.DisplayName("Index a file"), tasktower.MaxRetries(2),
		tasktower.UniqueFor(time.Hour), // a scan that runs again adds nothing
	}
	if f.Size > bigFile {
		opts = append(opts, tasktower.Queue(queueLow))
	}
	return opts
}

// bigFile is where the queue low begins, in bytes.
const bigFile = 64 << 10

// Flaky fails twice and then recovers.
type Flaky struct {
	Run string `json:"run"`
}

// Kind implements tasktower.Args.
func (Flaky) Kind() string { return "flaky" }

// Doomed never succeeds, and dies.
type Doomed struct {
	Run string `json:"run"`
}

// Kind implements tasktower.Args.
func (Doomed) Kind() string { return "doomed" }

// Defaults implements tasktower.Defaulter.
func (Doomed) Defaults() []tasktower.Option {
	return []tasktower.Option{tasktower.Queue(queueLow), tasktower.DisplayName("Call a dead host"), tasktower.MaxRetries(1)}
}

// Summary looks whether everything else is final, and snoozes until it is.
type Summary struct {
	Run string `json:"run"`
}

// Kind implements tasktower.Args.
func (Summary) Kind() string { return "summary" }

// Defaults implements tasktower.Defaulter.
func (Summary) Defaults() []tasktower.Option {
	return []tasktower.Option{tasktower.Queue(queueLow), tasktower.DisplayName("Sum up")}
}
