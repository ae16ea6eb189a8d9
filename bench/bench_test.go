package main

import (
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestMedian_OfOddAndEvenNumbersOfRuns(t *testing.T) {
	t.Parallel()
	require.Equal(t, 2.0, median([]float64{3, 1, 2}))
	require.Equal(t, 2.5, median([]float64{4, 1, 2, 3}))
	require.Equal(t, 7.0, median([]float64{7}))
}

func TestPercentile_IsTheNearestRank(t *testing.T) {
	t.Parallel()
	hundred := make([]float64, 100)
	for i := range hundred {
		hundred[i] = float64(100 - i)
	}
	require.Equal(t, 50.0, percentile(hundred, 50))
	require.Equal(t, 99.0, percentile(hundred, 99))
	require.Equal(t, 100.0, percentile(hundred, 99.9))
	require.Equal(t, 5.0, percentile([]float64{5}, 50))
}

func TestDrift_ComparesTheLastFifthWithTheFirst(t *testing.T) {
	t.Parallel()
	var points []point
	for s, done := 0, 0; s <= 10; s++ {
		points = append(points, point{Seconds: float64(s), Done: done})
		if done += 100; s >= 7 {
			done -= 50
		}
	}
	require.InDelta(t, 0.5, drift(points), 1e-9)
	require.Zero(t, drift(points[:1]))
}

// measured are two runs of Task Tower and of River.
func measured() *results {
	r := &results{Size: full}
	for run, rates := range [][2]float64{{600, 100}, {400, 60}} {
		for i, name := range []string{ours, river} {
			one := &result{Workload: "enqueue", Peer: name, Run: run + 1}
			one.add(batchEnqueue, rates[i])
			one.add(drainName(full.Drains[0], 2000)+", enqueue + work: WAL bytes/job", rates[1-i])
			r.put(one)
		}
	}
	return r
}

func TestJudge_ComparesMedians(t *testing.T) {
	t.Parallel()
	known := map[string]verdict{}
	for _, v := range judge(measured(), targets(full)) {
		if v.known {
			known[v.title] = v
		}
	}
	require.Len(t, known, 2, "what was not measured has no verdict")
	batches := known["enqueue in batches"]
	require.Equal(t, 500.0, batches.mine)
	require.Equal(t, 80.0, batches.theirs)
	require.Equal(t, 6.25, batches.value)
	require.True(t, batches.met())
	require.True(t, known["WAL of a job"].met(), "a ceiling")
}

func TestResults_PutReplacesARun(t *testing.T) {
	t.Parallel()
	r := measured()
	require.True(t, r.has("enqueue", ours, 2))
	require.False(t, r.has("enqueue", ours, 3))
	r.put(&result{Workload: "enqueue", Peer: ours, Run: 2, Error: "broken"})
	require.Len(t, r.Results, 4)
	require.False(t, r.has("enqueue", ours, 2), "a run that failed is to be made again")
	require.Equal(t, []float64{600}, r.values(ours, batchEnqueue))
}

func TestLosses_AreMoreThanTheTolerance(t *testing.T) {
	t.Parallel()
	all := []target{{title: "rate"}, {title: "bytes", atMost: true}, {title: "new"}}
	then := map[string]float64{"rate": 10, "bytes": 0.2}
	require.Empty(t, losses(then, map[string]float64{"rate": 8.6, "bytes": 0.23, "new": 1}, all))
	itself := []target{{title: "strategy", peer: ours, than: ours}}
	require.Empty(t, losses(map[string]float64{"strategy": 1.4}, map[string]float64{"strategy": 0.9}, itself))
	require.Len(t, losses(map[string]float64{"strategy": 1.4}, map[string]float64{"strategy": 0.8}, itself), 1)
	lost := errors.Join(losses(then, map[string]float64{"rate": 8.4, "bytes": 0.25}, all)...)
	require.ErrorContains(t, lost, "rate: was 10 and is 8.40, a loss of 16 %")
	require.ErrorContains(t, lost, "bytes: was 0.200 and is 0.250, a loss of 20 %")
}

func TestCheckBaseline_ReadsWhatItRecorded(t *testing.T) {
	t.Parallel()
	cfg := config{baseline: t.TempDir() + "/baseline.json"}
	require.ErrorContains(t, checkBaseline(io.Discard, cfg, measured()), "no baseline")
	cfg.record = true
	require.NoError(t, checkBaseline(io.Discard, cfg, measured()))
	cfg.record = false
	require.NoError(t, checkBaseline(io.Discard, cfg, measured()))
	require.ErrorContains(t, checkBaseline(io.Discard, cfg, &results{Size: full}), "no ratio")
}

func TestReport_TellsWhatFailed(t *testing.T) {
	t.Parallel()
	r := measured()
	r.put(&result{Workload: "drain", Peer: asynqPeer, Run: 1, Skipped: "no server"})
	var out strings.Builder
	report(&out, r)
	require.Contains(t, out.String(), "| enqueue in batches | 500 | river | 80 | 6.25 | ≥ 2.50 | yes |")
	require.Contains(t, out.String(), "| "+batchEnqueue+" | 500 (400 – 600) | 80 (60 – 100) |")
	require.Contains(t, out.String(), "- drain, asynq, run 1: no server")
	require.NoError(t, plots(t.TempDir(), r))
}

func TestInclude_ReplacesWhatIsBetweenTheMarks(t *testing.T) {
	t.Parallel()
	page, err := include([]byte("a\n"+beginMark+"old\n"+endMark+"b\n"), "new\n")
	require.NoError(t, err)
	require.Equal(t, "a\n"+beginMark+"new\n"+endMark+"b\n", string(page))
	_, err = include([]byte("a\n"), "new\n")
	require.ErrorContains(t, err, "has no lines")
}

func TestNumber_KeepsThreeDigits(t *testing.T) {
	t.Parallel()
	for text, v := range map[string]float64{
		"1,234,568": 1234567.8, "1,000": 999.7, "123": 123.4, "12.3": 12.34, "1.23": 1.234, "0.123": 0.1234, "5": 5,
	} {
		require.Equal(t, text, number(v))
	}
}

func TestConfigure_FlagsWinOverTheSizeOfShort(t *testing.T) {
	t.Parallel()
	cfg, err := configure([]string{"-short", "-steady", "7s", "-drains", "5, 6"})
	require.NoError(t, err)
	require.Equal(t, 7*time.Second, cfg.size.Steady)
	require.Equal(t, ints{5, 6}, cfg.size.Drains)
	require.Equal(t, short.Many, cfg.size.Many)
	for _, bad := range [][]string{{"-only", "nap"}, {"-peers", "nobody"}, {"-runs", "0"}, {"-slots", "a"}, {"-steady", "0s"}} {
		_, err := configure(bad)
		require.Error(t, err, bad)
	}
}

func TestWorkloads_NameOnlyPeersThatExist(t *testing.T) {
	t.Parallel()
	titles := map[string]bool{}
	for _, w := range workloads(full) {
		require.False(t, titles[w.title], "%s: titles tell runs apart", w.title)
		titles[w.title] = true
		for _, name := range w.peers {
			_, ok := peerNamed(name)
			require.True(t, ok, name)
		}
	}
}
