package schedule_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// change is one change of a zone's clock and what is due around it.
type change struct {
	zone  string
	cases map[string]due
}

// due are the first instants after one: by spec, worked out by hand from the
// zone's rule.
type due struct {
	after string
	want  []string
}

func (c change) check(t *testing.T) {
	t.Parallel()
	for spec, d := range c.cases {
		got := parse(t, spec, c.zone).NextN(instant(t, d.after), len(d.want))
		require.Equal(t, d.want, texts(got), "%s in %s", spec, c.zone)
	}
}

// New York, second Sunday of March 2026: at 02:00 EST (UTC-5), 07:00 UTC, the
// clock leaps to 03:00 EDT (UTC-4).
func TestClock_NewYorkInSpring(t *testing.T) {
	change{"America/New_York", map[string]due{
		// Fixed times. 02:30 EST is 07:30 UTC, 02:30 EDT is 06:30 UTC.
		"30 2 * * *":      {"2026-03-07T00:00:00Z", []string{"2026-03-07T07:30:00Z", "2026-03-08T07:00:00Z", "2026-03-09T06:30:00Z"}},
		"59 1 * * *":      {"2026-03-08T00:00:00Z", []string{"2026-03-08T06:59:00Z", "2026-03-09T05:59:00Z"}},
		"0 3 * * *":       {"2026-03-08T00:00:00Z", []string{"2026-03-08T07:00:00Z", "2026-03-09T07:00:00Z"}},
		"0,30 2 * * *":    {"2026-03-08T00:00:00Z", []string{"2026-03-08T07:00:00Z", "2026-03-09T06:00:00Z", "2026-03-09T06:30:00Z"}},
		"0 2,3 * * *":     {"2026-03-08T00:00:00Z", []string{"2026-03-08T07:00:00Z", "2026-03-09T06:00:00Z", "2026-03-09T07:00:00Z"}},
		"0 1-4 * * *":     {"2026-03-08T00:00:00Z", []string{"2026-03-08T06:00:00Z", "2026-03-08T07:00:00Z", "2026-03-08T08:00:00Z", "2026-03-09T05:00:00Z"}},
		"30 2 8 3 *":      {"2026-01-01T00:00:00Z", []string{"2026-03-08T07:00:00Z", "2027-03-08T07:30:00Z"}}, // in 2027 the change is on the 14th
		"30 2 * 3 SUN#2":  {"2026-01-01T00:00:00Z", []string{"2026-03-08T07:00:00Z", "2027-03-14T07:00:00Z"}},
		"*/20 30 2 * * *": {"2026-03-08T00:00:00Z", []string{"2026-03-08T07:00:00Z", "2026-03-09T06:30:00Z", "2026-03-09T06:30:20Z"}},
		"30 2/24 * * *":   {"2026-03-08T00:00:00Z", []string{"2026-03-08T07:00:00Z", "2026-03-09T06:30:00Z"}}, // one value: no interval

		// Interval forms: by the clock, and 01:59 EST is followed by 03:00 EDT.
		"0 * * * *":      {"2026-03-08T05:30:00Z", []string{"2026-03-08T06:00:00Z", "2026-03-08T07:00:00Z", "2026-03-08T08:00:00Z"}},
		"*/30 * * * *":   {"2026-03-08T06:00:00Z", []string{"2026-03-08T06:30:00Z", "2026-03-08T07:00:00Z", "2026-03-08T07:30:00Z"}},
		"*/30 2 * * *":   {"2026-03-08T00:00:00Z", []string{"2026-03-09T06:00:00Z", "2026-03-09T06:30:00Z"}},
		"0 */2 * * *":    {"2026-03-08T04:30:00Z", []string{"2026-03-08T05:00:00Z", "2026-03-08T08:00:00Z", "2026-03-08T10:00:00Z"}},
		"0 0-23/2 * * *": {"2026-03-08T04:30:00Z", []string{"2026-03-08T05:00:00Z", "2026-03-08T08:00:00Z", "2026-03-08T10:00:00Z"}},
		"30 0-23 * * *":  {"2026-03-08T06:00:00Z", []string{"2026-03-08T06:30:00Z", "2026-03-08T07:30:00Z"}}, // every value
	}}.check(t)
}

// New York, first Sunday of November 2026: at 02:00 EDT, 06:00 UTC, the clock goes
// back to 01:00 EST.
func TestClock_NewYorkInAutumn(t *testing.T) {
	change{"America/New_York", map[string]due{
		// Fixed times. 01:30 EDT is 05:30 UTC, 01:30 EST is 06:30 UTC.
		"30 1 * * *":     {"2026-10-31T12:00:00Z", []string{"2026-11-01T05:30:00Z", "2026-11-02T06:30:00Z"}},
		"31 1 * * *":     {"2026-11-01T06:15:00Z", []string{"2026-11-02T06:31:00Z"}}, // asked in the second pass
		"0 1 * * *":      {"2026-11-01T00:00:00Z", []string{"2026-11-01T05:00:00Z", "2026-11-02T06:00:00Z"}},
		"0 2 * * *":      {"2026-11-01T00:00:00Z", []string{"2026-11-01T07:00:00Z", "2026-11-02T07:00:00Z"}},
		"0,15 1 * * *":   {"2026-11-01T05:00:00Z", []string{"2026-11-01T05:15:00Z", "2026-11-02T06:00:00Z"}},
		"0 1-2 * * *":    {"2026-11-01T00:00:00Z", []string{"2026-11-01T05:00:00Z", "2026-11-01T07:00:00Z", "2026-11-02T06:00:00Z"}},
		"*/30 5 1 * * *": {"2026-11-01T00:00:00Z", []string{"2026-11-01T05:05:00Z", "2026-11-01T05:05:30Z", "2026-11-02T06:05:00Z"}},

		// Interval forms: both passes.
		"0 * * * *":    {"2026-11-01T04:30:00Z", []string{"2026-11-01T05:00:00Z", "2026-11-01T06:00:00Z", "2026-11-01T07:00:00Z"}},
		"*/30 * * * *": {"2026-11-01T04:45:00Z", []string{"2026-11-01T05:00:00Z", "2026-11-01T05:30:00Z", "2026-11-01T06:00:00Z", "2026-11-01T06:30:00Z", "2026-11-01T07:00:00Z"}},
		"*/30 1 * * *": {"2026-11-01T00:00:00Z", []string{"2026-11-01T05:00:00Z", "2026-11-01T05:30:00Z", "2026-11-01T06:00:00Z", "2026-11-01T06:30:00Z", "2026-11-02T06:00:00Z"}},
		"0 */3 * * *":  {"2026-11-01T03:00:00Z", []string{"2026-11-01T04:00:00Z", "2026-11-01T08:00:00Z"}},
		"15 1/2 * * *": {"2026-11-01T03:30:00Z", []string{"2026-11-01T05:15:00Z", "2026-11-01T06:15:00Z", "2026-11-01T08:15:00Z"}},
	}}.check(t)
}

// Berlin, last Sunday of March 2026: at 02:00 CET (UTC+1), 01:00 UTC, the clock
// leaps to 03:00 CEST (UTC+2).
func TestClock_BerlinInSpring(t *testing.T) {
	change{"Europe/Berlin", map[string]due{
		"30 2 * * *":   {"2026-03-28T00:00:00Z", []string{"2026-03-28T01:30:00Z", "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"}},
		"0 3 * * *":    {"2026-03-28T12:00:00Z", []string{"2026-03-29T01:00:00Z", "2026-03-30T01:00:00Z"}},
		"30 2 * * SUN": {"2026-03-28T12:00:00Z", []string{"2026-03-29T01:00:00Z", "2026-04-05T00:30:00Z"}},
		"15 * * * *":   {"2026-03-29T00:00:00Z", []string{"2026-03-29T00:15:00Z", "2026-03-29T01:15:00Z", "2026-03-29T02:15:00Z"}},
		"@daily":       {"2026-03-28T12:00:00Z", []string{"2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"}},
	}}.check(t)
}

// Berlin, last Sunday of October 2026: at 03:00 CEST, 01:00 UTC, the clock goes
// back to 02:00 CET.
func TestClock_BerlinInAutumn(t *testing.T) {
	change{"Europe/Berlin", map[string]due{
		"30 2 * * *":   {"2026-10-24T12:00:00Z", []string{"2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"}},
		"0 3 * * *":    {"2026-10-24T12:00:00Z", []string{"2026-10-25T02:00:00Z", "2026-10-26T02:00:00Z"}},
		"15 * * * *":   {"2026-10-25T00:00:00Z", []string{"2026-10-25T00:15:00Z", "2026-10-25T01:15:00Z", "2026-10-25T02:15:00Z"}},
		"*/20 2 * * *": {"2026-10-25T00:00:00Z", []string{"2026-10-25T00:20:00Z", "2026-10-25T00:40:00Z", "2026-10-25T01:00:00Z", "2026-10-25T01:20:00Z", "2026-10-25T01:40:00Z", "2026-10-26T01:00:00Z"}},
	}}.check(t)
}

// Lord Howe, first Sunday of October 2026: at 02:00 (UTC+10:30), 15:30 UTC of the
// day before, the clock leaps by half an hour to 02:30 (UTC+11).
func TestClock_LordHoweInSpring(t *testing.T) {
	change{"Australia/Lord_Howe", map[string]due{
		"15 2 * * *":   {"2026-10-03T00:00:00Z", []string{"2026-10-03T15:30:00Z", "2026-10-04T15:15:00Z"}},
		"30 2 * * *":   {"2026-10-03T00:00:00Z", []string{"2026-10-03T15:30:00Z", "2026-10-04T15:30:00Z"}},
		"45 2 * * *":   {"2026-10-03T00:00:00Z", []string{"2026-10-03T15:45:00Z", "2026-10-04T15:45:00Z"}},
		"0 * * * *":    {"2026-10-03T14:00:00Z", []string{"2026-10-03T14:30:00Z", "2026-10-03T16:00:00Z", "2026-10-03T17:00:00Z"}},
		"*/15 * * * *": {"2026-10-03T14:50:00Z", []string{"2026-10-03T15:00:00Z", "2026-10-03T15:15:00Z", "2026-10-03T15:30:00Z", "2026-10-03T15:45:00Z"}},
	}}.check(t)
}

// Lord Howe, first Sunday of April 2026: at 02:00 (UTC+11), 15:00 UTC of the day
// before, the clock goes back by half an hour to 01:30 (UTC+10:30).
func TestClock_LordHoweInAutumn(t *testing.T) {
	change{"Australia/Lord_Howe", map[string]due{
		"45 1 * * *":   {"2026-04-04T00:00:00Z", []string{"2026-04-04T14:45:00Z", "2026-04-05T15:15:00Z"}},
		"15 1 * * *":   {"2026-04-04T00:00:00Z", []string{"2026-04-04T14:15:00Z", "2026-04-05T14:45:00Z"}},
		"0 2 * * *":    {"2026-04-04T00:00:00Z", []string{"2026-04-04T15:30:00Z", "2026-04-05T15:30:00Z"}},
		"0 * * * *":    {"2026-04-04T13:30:00Z", []string{"2026-04-04T14:00:00Z", "2026-04-04T15:30:00Z", "2026-04-04T16:30:00Z"}},
		"45 * * * *":   {"2026-04-04T14:00:00Z", []string{"2026-04-04T14:45:00Z", "2026-04-04T15:15:00Z", "2026-04-04T16:15:00Z"}},
		"*/15 * * * *": {"2026-04-04T14:20:00Z", []string{"2026-04-04T14:30:00Z", "2026-04-04T14:45:00Z", "2026-04-04T15:00:00Z", "2026-04-04T15:15:00Z", "2026-04-04T15:30:00Z"}},
	}}.check(t)
}

// Cairo, last Friday of April 2026: at 00:00 (UTC+2), 22:00 UTC of the day before,
// the clock leaps to 01:00 (UTC+3). There is no midnight.
func TestClock_CairoInSpring(t *testing.T) {
	change{"Africa/Cairo", map[string]due{
		"@daily":       {"2026-04-22T12:00:00Z", []string{"2026-04-22T22:00:00Z", "2026-04-23T22:00:00Z", "2026-04-24T21:00:00Z"}},
		"30 0 * * FRI": {"2026-04-20T00:00:00Z", []string{"2026-04-23T22:00:00Z", "2026-04-30T21:30:00Z"}},
		"0 */24 * * *": {"2026-04-23T12:00:00Z", []string{"2026-04-23T22:00:00Z", "2026-04-24T21:00:00Z"}},
		"30 23 * * *":  {"2026-04-23T12:00:00Z", []string{"2026-04-23T21:30:00Z", "2026-04-24T20:30:00Z"}},
		"@hourly":      {"2026-04-23T20:30:00Z", []string{"2026-04-23T21:00:00Z", "2026-04-23T22:00:00Z", "2026-04-23T23:00:00Z"}},
		"0 */6 * * *":  {"2026-04-23T12:00:00Z", []string{"2026-04-23T16:00:00Z", "2026-04-24T03:00:00Z"}}, // 18:00, no 00:00, 06:00
	}}.check(t)
}

// Cairo, last Thursday of October 2026: at 24:00 (UTC+3), 21:00 UTC, the clock goes
// back to 23:00 (UTC+2). Midnight comes an hour later, once.
func TestClock_CairoInAutumn(t *testing.T) {
	change{"Africa/Cairo", map[string]due{
		"@daily":       {"2026-10-28T12:00:00Z", []string{"2026-10-28T21:00:00Z", "2026-10-29T22:00:00Z", "2026-10-30T22:00:00Z"}},
		"30 23 * * *":  {"2026-10-29T12:00:00Z", []string{"2026-10-29T20:30:00Z", "2026-10-30T21:30:00Z"}},
		"30 23 29 * *": {"2026-10-29T20:30:00Z", []string{"2026-11-29T21:30:00Z"}},
		"@hourly":      {"2026-10-29T19:30:00Z", []string{"2026-10-29T20:00:00Z", "2026-10-29T21:00:00Z", "2026-10-29T22:00:00Z"}},
	}}.check(t)
}

// Samoa crossed the date line: at the end of 2011-12-29 (UTC-10), 10:00 UTC of the
// 30th, the clock leapt over a whole day to 2011-12-31 00:00 (UTC+14).
func TestClock_SamoaWithoutADay(t *testing.T) {
	change{"Pacific/Apia", map[string]due{
		"0 12 * * *":   {"2011-12-29T12:00:00Z", []string{"2011-12-29T22:00:00Z", "2011-12-30T10:00:00Z", "2011-12-30T22:00:00Z"}},
		"0 */12 * * *": {"2011-12-29T12:00:00Z", []string{"2011-12-29T22:00:00Z", "2011-12-30T10:00:00Z", "2011-12-30T22:00:00Z"}},
		"0 12 30 12 *": {"2011-06-01T00:00:00Z", []string{"2011-12-30T10:00:00Z", "2012-12-29T22:00:00Z"}},
	}}.check(t)
}
