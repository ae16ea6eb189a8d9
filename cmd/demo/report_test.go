package main

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func TestReport_ReadsWell(t *testing.T) {
	t.Parallel()
	fine := report{
		Run: "018f3c4e-0000-7000-8000-000000000001", User: "ada", Dir: "/usr/lib/go/src", Store: "memory",
		Strategy: "strict", Workers: 8, Seconds: 2.345,
		Rows: []row{
			{Queue: "critical", Kind: "scan", Done: 1, Wait50: 0.04, Wait99: 0.04, Run50: 310.5, Run99: 310.5},
			{Queue: "default", Kind: "flaky", Done: 1, Retried: 2, Wait50: 1, Wait99: 2.5, Run50: 0.01, Run99: 0.02},
			{Queue: "default", Kind: "index_file", Done: 11211, Cancelled: 3, Wait50: 669.22, Wait99: 1342.56, Run50: 0.43, Run99: 16.27, Rate: 7328.4},
			{Queue: "low", Kind: "doomed", Retried: 1, Dead: 1},
			{Queue: "low", Kind: "summary", Done: 1, Snoozed: 2},
		},
		Files:    11211,
		Total:    counts{Bytes: 127562029, Lines: 3341450, Words: 14078942, Identifiers: 4775875},
		Largest:  []file{{"cmd/opGen.go", counts{Bytes: 2996154, Lines: 97478}}, {"x/y.html", counts{Bytes: 999, Lines: 1}}},
		Messages: []string{"slack: ada, \"Call a dead host\" is dead", "teams: ada, \"Call a dead host\" is dead"},
		Stored:   map[string]map[string]int{"scan": {"completed": 1}, "index_file": {"completed": 11211, "cancelled": 3}},
	}
	golden(t, "fine.txt", fine)
	faulty := fine
	faulty.Rows, faulty.Largest, faulty.Messages = nil, nil, nil
	faulty.Troubles = []string{"store: claim: unavailable"}
	faulty.Faults = []string{"no summary job is stored"}
	golden(t, "faulty.txt", faulty)
	recovered := fine
	recovered.Joined, recovered.Recovered = true, 12
	golden(t, "recovered.txt", recovered)
	stopped := fine
	stopped.Stopped, stopped.Stored = true, nil
	stopped.Files, stopped.Total, stopped.Messages = 1, counts{Bytes: 1, Lines: 1, Words: 1, Identifiers: 1}, nil
	golden(t, "stopped.txt", stopped)
}

func golden(t *testing.T, name string, r report) {
	t.Helper()
	var got bytes.Buffer
	require.NoError(t, r.writeText(&got))
	path := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.WriteFile(path, got.Bytes(), 0o600))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), got.String())
}

func TestGrouped(t *testing.T) {
	t.Parallel()
	for want, n := range map[string]int64{"0": 0, "999": 999, "1,000": 1000, "-1,234": -1234, "-123": -123, "12,345,678": 12345678} {
		require.Equal(t, want, grouped(n))
	}
}

func TestQuantile(t *testing.T) {
	t.Parallel()
	var all []time.Duration
	require.Zero(t, quantile(all, 50))
	for i := range 100 {
		all = append(all, time.Duration(100-i))
	}
	require.Equal(t, time.Duration(50), quantile(all, 50))
	require.Equal(t, time.Duration(99), quantile(all, 99))
	require.Equal(t, time.Duration(7), quantile([]time.Duration{7}, 1))
}

func TestHeld_SaysWhomAnIdleProcessWaitsFor(t *testing.T) {
	t.Parallel()
	stuck := open{all: 67, processing: 66}
	require.Equal(t, "; 66 held by other processes, and taken back from a lost one when its lease ends, in at most 35 s", stuck.held(true))
	require.Empty(t, stuck.held(false), "it runs some of them")
	require.Empty(t, open{all: 70, processing: 66, enqueued: 4}.held(true), "it is about to claim")
	require.Empty(t, open{all: 1}.held(true), "nobody holds any")
}
