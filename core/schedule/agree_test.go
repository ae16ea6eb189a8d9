package schedule_test

import (
	"flag"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/core/schedule"
)

var long = flag.Bool("schedule.long", false, "compare 1,000 specs over ten years with the oracle, instant by instant; takes minutes")

// zones are of many kinds: whole hours, half an hour (Lord Howe), two hours
// (Troll), at midnight (Cairo, Santiago, Gaza), by the moon (Casablanca, Gaza),
// without changes, and far from UTC.
var zones = []string{
	"America/New_York", "Australia/Lord_Howe", "Africa/Cairo", "Europe/Berlin", "Antarctica/Troll", "America/Santiago",
	"Africa/Casablanca", "Asia/Gaza", "UTC", "Asia/Kathmandu", "Pacific/Apia", "Pacific/Chatham", "America/St_Johns",
}

func TestNext_AgreesWithTheOracle(t *testing.T) {
	t.Parallel()
	names, lines, years := zones[:4], 25, 2
	if *long {
		names, lines, years = zones, 1000/len(zones)+1, 10
	}
	for z, name := range names {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			zone, err := time.LoadLocation(name)
			require.NoError(t, err)
			begin := []int{2016, 2039}[z%2] // changes that are listed, and changes by a rule
			c := newClock(zone, time.Date(begin, 1, 10, 0, 0, 0, 0, time.UTC), time.Duration(years)*365*24*time.Hour, time.Minute)
			rng := rand.New(rand.NewPCG(1, uint64(z)))
			for range lines {
				compare(t, rng, drawLine(rng, false), c, name)
			}
		})
	}
}

func TestNext_AgreesWithTheOracleToTheSecond(t *testing.T) {
	t.Parallel()
	lines := 6
	if *long {
		lines = 100
	}
	for z, change := range []struct{ zone, at string }{
		{"America/New_York", "2026-03-08T07:00:00Z"},
		{"America/New_York", "2026-11-01T06:00:00Z"},
		{"Australia/Lord_Howe", "2026-04-04T15:00:00Z"},
		{"Australia/Lord_Howe", "2026-10-03T15:30:00Z"},
		{"Africa/Cairo", "2026-04-23T22:00:00Z"},
		{"Africa/Cairo", "2026-10-29T21:00:00Z"},
		{"Pacific/Apia", "2011-12-30T10:00:00Z"},
		{"America/New_York", "2040-12-31T05:00:00Z"}, // the last day of a leap year
		{"Australia/Lord_Howe", "2040-12-30T13:00:00Z"},
		{"Africa/Monrovia", "1972-01-07T00:44:30Z"}, // from UTC-0:44:30 to UTC
	} {
		t.Run(change.zone+" "+change.at, func(t *testing.T) {
			t.Parallel()
			zone, err := time.LoadLocation(change.zone)
			require.NoError(t, err)
			c := newClock(zone, instant(t, change.at).Add(-26*time.Hour), 60*time.Hour, time.Second)
			rng := rand.New(rand.NewPCG(2, uint64(z)))
			for range lines {
				l := drawLine(rng, true)
				compare(t, rng, l, c, change.zone)
			}
		})
	}
}

// compare asks for every instant of short series and of all with -schedule.long,
// else for what follows a hundred instants. What follows the last tick is unknown
// to the oracle, only that it is later.
func compare(t *testing.T, rng *rand.Rand, l line, c clock, zone string) {
	t.Helper()
	ticks := c.due(l)
	s, err := schedule.Parse(l.text, zone)
	if err != nil {
		require.ErrorIs(t, err, job.ErrInvalid)
		require.ErrorContains(t, err, "never due", "%q in %s", l.text, zone)
		require.Empty(t, ticks, "%q in %s", l.text, zone)
		return
	}
	end := c.instant(len(c.shows))
	follows := func(after time.Time, index int) time.Time {
		due, ok := s.Next(after)
		if index == len(ticks) {
			if ok && due.Before(end) {
				t.Fatalf("%q in %s: after %s comes %s, want none before %s", l.text, zone, after, due, end)
			}
			return due
		}
		if want := c.instant(ticks[index]); !ok || !due.Equal(want) {
			t.Fatalf("%q in %s: after %s comes %s, want %s", l.text, zone, after, due, want)
		}
		return due
	}

	if *long || len(ticks) <= 1000 {
		after := c.begin.Add(-1)
		for index := range len(ticks) + 1 {
			after = follows(after, index)
		}
	}
	for range 100 {
		i := rng.IntN(len(c.shows))
		index, found := slices.BinarySearch(ticks, i)
		follows(c.instant(i).Add(-1), index)
		if found {
			index++
		}
		follows(c.instant(i), index)
		follows(c.instant(i).Add(time.Duration(rng.Int64N(int64(c.tick)))), index)
	}
}
