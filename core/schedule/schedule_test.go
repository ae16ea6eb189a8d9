package schedule_test

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/core/schedule"
)

func parse(t testing.TB, spec, zone string) schedule.Schedule {
	t.Helper()
	s, err := schedule.Parse(spec, zone)
	require.NoError(t, err)
	return s
}

func instant(t testing.TB, text string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, text)
	require.NoError(t, err)
	return at
}

// texts writes instants as RFC 3339, which tables are easier to read in.
func texts(due []time.Time) []string {
	list := make([]string, len(due))
	for i, at := range due {
		list[i] = at.Format(time.RFC3339Nano)
	}
	return list
}

func TestNext_IsStrictlyAfter(t *testing.T) {
	t.Parallel()
	s := parse(t, "0 3 * * *", "")
	for after, want := range map[string]string{
		"2026-01-01T00:00:00Z":           "2026-01-01T03:00:00Z",
		"2026-01-01T02:59:59.999999999Z": "2026-01-01T03:00:00Z",
		"2026-01-01T03:00:00Z":           "2026-01-02T03:00:00Z",
		"2026-01-01T03:00:00.000000001Z": "2026-01-02T03:00:00Z",
		"2026-01-01T05:00:00+02:00":      "2026-01-02T03:00:00Z",
		"2026-12-31T03:00:00Z":           "2027-01-01T03:00:00Z",
	} {
		due, ok := s.Next(instant(t, after))
		require.True(t, ok)
		require.Equal(t, instant(t, want).UTC(), due, after)
	}
}

func TestNext_SearchesAsFarAsTheCalendarNeeds(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ spec, after, want string }{
		"a leap day":                     {"0 0 29 2 *", "2024-02-29T00:00:00Z", "2028-02-29T00:00:00Z"},
		"a leap day around 2100":         {"0 0 29 2 *", "2096-02-29T00:00:00Z", "2104-02-29T00:00:00Z"},
		"a fifth Monday in February":     {"0 0 ? 2 MON#5", "2044-02-29T00:00:00Z", "2072-02-29T00:00:00Z"},
		"the same around 2100":           {"0 0 ? 2 MON#5", "2072-02-29T00:00:00Z", "2112-02-29T00:00:00Z"},
		"a leap day that is a Sunday":    {"0 0 29 2 */7", "2088-02-29T00:00:00Z", "2128-02-29T00:00:00Z"},
		"the 29th or a fifth Monday":     {"0 0 29 2 MON#5", "2096-02-29T00:00:00Z", "2104-02-29T00:00:00Z"},
		"four weeks before a leap day":   {"0 0 L-28 2 *", "2096-02-01T00:00:00Z", "2104-02-01T00:00:00Z"},
		"a last second of the last year": {"59 59 23 31 12 *", "9998-12-31T23:59:59Z", "9999-12-31T23:59:59Z"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			due, ok := parse(t, c.spec, "").Next(instant(t, c.after))
			require.True(t, ok)
			require.Equal(t, c.want, due.Format(time.RFC3339))
		})
	}
}

// The bound of the search rests on this: each of the fourteen kinds of years
// comes again within forty years, all over the four hundred years of the calendar.
func TestCalendar_HasEachKindOfYearInFortyYears(t *testing.T) {
	t.Parallel()
	type kind struct {
		first time.Weekday
		days  int
	}
	seen, longest := map[kind]int{}, 0
	for year := 1600; year <= 2400; year++ {
		k := kind{
			time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC).Weekday(),
			time.Date(year, 12, 31, 0, 0, 0, 0, time.UTC).YearDay(),
		}
		if before, ok := seen[k]; ok {
			longest = max(longest, year-before)
		}
		seen[k] = year
	}
	require.Len(t, seen, 14)
	require.Equal(t, 40, longest)
}

func TestNext_EndsWithTheYearsThatHaveFourDigits(t *testing.T) {
	t.Parallel()
	for _, spec := range []string{"* * * * * *", "0 0 29 2 *", "@every 1s"} {
		s := parse(t, spec, "Pacific/Apia")
		for _, after := range []time.Time{
			time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC),
			time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC),
			time.Unix(1<<61, 0), time.Unix(1<<63-1, 999_999_999),
		} {
			_, ok := s.Next(after)
			require.False(t, ok, "%s after %s", spec, after)
		}
		for _, after := range []time.Time{{}, time.Unix(-1<<61, 0), time.Unix(-1<<63, 0)} {
			_, ok := s.Next(after)
			require.True(t, ok, "%s after %s", spec, after)
		}
	}
}

func TestBetween_LeavesOutTheFirstInstantAndKeepsTheLast(t *testing.T) {
	t.Parallel()
	s := parse(t, "@hourly", "")
	after, until := instant(t, "2026-01-01T00:00:00Z"), instant(t, "2026-01-01T03:00:00Z")
	all := []string{"2026-01-01T01:00:00Z", "2026-01-01T02:00:00Z", "2026-01-01T03:00:00Z"}
	require.Equal(t, all, texts(s.Between(after, until, 10)))
	require.Equal(t, all, texts(s.Between(after, until, 3)))
	require.Equal(t, all[:2], texts(s.Between(after, until, 2)))
	require.Equal(t, all[:2], texts(s.Between(after, until.Add(-1), 10)))
	require.Empty(t, s.Between(until, after, 10))
	require.Empty(t, s.Between(after, until, 0))
	require.Empty(t, s.Between(after, until, -1))
}

func TestNextN_IsBounded(t *testing.T) {
	t.Parallel()
	s := parse(t, "* * * * * *", "Europe/Berlin")
	after := instant(t, "2026-03-29T00:00:00Z")
	require.Equal(t, []string{"2026-03-29T00:00:01Z", "2026-03-29T00:00:02Z"}, texts(s.NextN(after, 2)))
	due := s.NextN(after, math.MaxInt)
	require.Len(t, due, schedule.MaxInstants)
	require.Equal(t, after.Add(schedule.MaxInstants*time.Second), due[len(due)-1])
}

func TestSchedule_ZeroIsNeverDue(t *testing.T) {
	t.Parallel()
	var s schedule.Schedule
	_, ok := s.Next(time.Time{})
	require.False(t, ok)
	require.Empty(t, s.NextN(time.Time{}, 3))
	require.Empty(t, s.String())
	require.Equal(t, "UTC", s.Zone())
	require.True(t, s.Equal(s.Anchored(time.Time{})))
	require.False(t, s.Equal(parse(t, "@daily", "")))
}

func TestEqual_GoesByMeaning(t *testing.T) {
	t.Parallel()
	daily := parse(t, "@daily", "Europe/Berlin")
	require.True(t, daily.Equal(parse(t, "00 */24 ? * *", "Europe/Berlin")))
	require.True(t, parse(t, "0 1-2,3 * * *", "").Equal(parse(t, "0 1-3 * * *", "UTC")))
	require.False(t, daily.Equal(parse(t, "@daily", "")))
	require.False(t, daily.Equal(parse(t, "@weekly", "Europe/Berlin")))

	every := parse(t, "@every 60s", "")
	require.True(t, every.Equal(parse(t, "@every 1m", "Europe/Berlin")), "an interval has no zone")
	require.False(t, every.Equal(parse(t, "@every 61s", "")))
	require.False(t, every.Equal(every.Anchored(time.Unix(1, 0))))
	require.False(t, every.Equal(daily))
}
