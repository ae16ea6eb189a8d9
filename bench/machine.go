package main

import (
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
)

// machine is what the figures were measured on.
type machine struct {
	System    string `json:"system"`
	Processor string `json:"processor"`
	Cores     int    `json:"cores"` // shared by clients and servers
	MemoryKiB string `json:"memory,omitempty"`
}

func thisMachine() machine {
	return machine{
		System:    runtime.GOOS + "/" + runtime.GOARCH,
		Processor: lineOf("/proc/cpuinfo", "model name"),
		Cores:     runtime.NumCPU(),
		MemoryKiB: lineOf("/proc/meminfo", "MemTotal"),
	}
}

// lineOf is the value of a "key: value" line in a file; empty if there is none.
func lineOf(path, key string) string {
	text, _ := os.ReadFile(path)
	for line := range strings.Lines(string(text)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == key {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// commit is what is measured. The results of an earlier run do not make a difference.
func commit() string {
	name, err := exec.Command("git", "rev-parse", "--short", "HEAD").Output()
	if err != nil {
		return "unknown"
	}
	changed, err := exec.Command("git", "status", "--porcelain", "--", ":/", ":(top,exclude)bench/results", ":(top,exclude)docs/benchmarks.md").Output()
	if err != nil || len(changed) > 0 {
		return strings.TrimSpace(string(name)) + "-dirty"
	}
	return strings.TrimSpace(string(name))
}

// versions of this repository and of the peers' modules.
func versions() map[string]string {
	all := map[string]string{"go": runtime.Version()}
	all["tasktower"] = commit()
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return all
	}
	for _, module := range info.Deps {
		if slices.Contains([]string{"github.com/riverqueue/river", "github.com/hibiken/asynq", "github.com/jackc/pgx/v5"}, module.Path) {
			all[module.Path] = module.Version
		}
	}
	return all
}
