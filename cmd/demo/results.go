package main

import (
	"cmp"
	"maps"
	"slices"
	"sync"

	"github.com/task-tower/tasktower"
)

// largestFiles is how many files the report names.
const largestFiles = 10

// results are what this process's handlers found. Safe for many goroutines.
type results struct {
	mu       sync.Mutex
	runs     map[tasktower.ID]int    // of IndexFile jobs
	doubled  map[tasktower.ID]string // files whose job ran again
	total    counts
	largest  []file // by bytes, the most first
	messages []string
	onChange func(path string, c counts) // nil: nobody asks
}

// file is one indexed file.
type file struct {
	Path string `json:"path"`
	counts
}

func newResults() *results {
	return &results{runs: map[tasktower.ID]int{}, doubled: map[tasktower.ID]string{}}
}

// indexed notes one run of one file's job.
func (r *results) indexed(id tasktower.ID, path string, c counts) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.onChange != nil {
		r.onChange(path, c)
		return
	}
	if r.runs[id]++; r.runs[id] > 1 {
		r.doubled[id] = path
		return
	}
	r.total.add(c)
	f := file{path, c}
	at, _ := slices.BinarySearchFunc(r.largest, f, bySize)
	if at < largestFiles {
		r.largest = slices.Insert(r.largest, at, f)
		r.largest = r.largest[:min(len(r.largest), largestFiles)]
	}
}

func bySize(a, b file) int {
	return cmp.Or(cmp.Compare(b.Bytes, a.Bytes), cmp.Compare(a.Path, b.Path))
}

// say keeps an interceptor's message.
func (r *results) say(message string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.messages = append(r.messages, message)
}

func (r *results) said() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.messages)
}

// whenChanged has the files that are indexed from now on told to f, which must be quick.
func (r *results) whenChanged(f func(path string, c counts)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.onChange = f
}

// fill writes the results into a report.
func (r *results) fill(to *report) {
	r.mu.Lock()
	defer r.mu.Unlock()
	to.Files, to.Total = len(r.runs), r.total
	to.Largest, to.Messages = slices.Clone(r.largest), slices.Clone(r.messages)
}

// twice are the files that were indexed more than once, by job.
func (r *results) twice() map[tasktower.ID]string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return maps.Clone(r.doubled)
}
