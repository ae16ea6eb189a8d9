package schedule_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/core/schedule"
)

func TestParse_WritesEachSpecInOneWay(t *testing.T) {
	t.Parallel()
	for spec, want := range map[string]string{
		// macros
		"@yearly":    "0 0 1 1 *",
		"@annually":  "0 0 1 1 *",
		"@monthly":   "0 0 1 * *",
		"@weekly":    "0 0 * * 0",
		"@daily":     "0 0 * * *",
		"@Midnight ": "0 0 * * *",
		"\t@HOURLY":  "0 * * * *",

		// blanks, seconds, leading zeros
		"  1\t2  3 4\r\n5\n": "1 2 3 4 5",
		"0 1 2 3 4 5":        "1 2 3 4 5",
		"30 1 2 3 4 5":       "30 1 2 3 4 5",
		"*/60 1 2 3 4 5":     "1 2 3 4 5",
		"05 00 007 12 *":     "5 0 7 12 *",

		// names
		"0 0 * jan-MAR,Dec tue,Sun": "0 0 * 1-3,12 0,2",
		"0 0 * * MON-SUN":           "0 0 * * 1-7",
		"0 0 * * SUN-SAT":           "0 0 * * 0-6",
		"0 0 * * 7":                 "0 0 * * 0",
		"0 0 * * 7-7":               "0 0 * * 0",
		"0 0 * * FRI#2,7#1,SATL,7L": "0 0 * * 0#1,5#2,0L,6L",

		// lists in order, without doubles
		"5,1-3,5,*/30 9,8 * * *":    "*/30,1-3,5 8,9 * * *",
		"5,* 0 * * *":               "* 0 * * *",
		"0-59 0-23 * 1-12 *":        "* * * * *",
		"0-29,30-59 0 * * *":        "* 0 * * *",
		"0 0 L,L-3,LW,15W,3w,1 * ?": "0 0 1,3W,15W,L-3,L,LW * *",

		// steps
		"0/15 */1 * * *":      "*/15 * * * *",
		"0-59/15 5/7 * * *":   "*/15 5-23/7 * * *",
		"*/60 */24 * */12 *":  "0 0 * 1 *",
		"10-20/30 22/5 * * *": "10 22 * * *",
		"0 0 1/10 * 1/2":      "0 0 1-31/10 * 1-6/2",
		"0 0 1 * 7/2":         "0 0 1 * 0-6/2",

		// the day fields keep their stars, as these say how the two are joined
		"0 0 */31 * */7":  "0 0 */31 * */7",
		"0 0 1-31 * 0-7":  "0 0 1-31 * 0-7",
		"0 0 ? * ?":       "0 0 * * *",
		"0 0 5,*,L * *,1": "0 0 * * *",
		"0 0 5,*/2 * ?":   "0 0 */2,5 * *",
	} {
		s, err := schedule.Parse(spec, "")
		require.NoError(t, err, spec)
		require.Equal(t, want, s.String(), spec)
		require.True(t, s.Equal(parse(t, want, "UTC")), spec)
	}
}

func TestParse_NamesWhatItRefuses(t *testing.T) {
	t.Parallel()
	for spec, want := range map[string]string{
		"":                       "invalid spec: has 0 fields; want 5",
		" \n":                    "invalid spec: has 0 fields",
		"* * * *":                "invalid spec: has 4 fields",
		"0 0 0 1 1 ? 2026":       "invalid spec: has 7 fields",
		"TZ=UTC 0 0 * * *":       "invalid spec: the zone does not belong into the spec",
		"CRON_TZ=UTC 0 0 * * *":  "invalid spec: the zone does not belong into the spec",
		"@reboot":                `invalid spec: unknown macro "@reboot"; want @yearly`,
		"@":                      `unknown macro "@"`,
		"@daily 5":               `invalid spec: @daily stands alone; found "5" at character 8`,
		"@every90s":              `unknown macro "@every90s"`,
		"0 0 * * ＊":              "invalid spec: the character at 9 is not ASCII",
		"0 0 * * \xff":           "is not ASCII",
		strings.Repeat("1", 257): "invalid spec: has 257 bytes; want at most 256",

		"60 * * * *":          "invalid spec.minute: at character 1: 60 is outside 0-59",
		"* 24 * * *":          "invalid spec.hour: at character 3: 24 is outside 0-23",
		"60 * * * * *":        "invalid spec.second: at character 1: 60 is outside 0-59",
		"* * 0 * *":           "invalid spec.day_of_month: at character 5: 0 is outside 1-31",
		"* * 32 * *":          "invalid spec.day_of_month: at character 5: 32 is outside 1-31",
		"* * *  0 *":          "invalid spec.month: at character 8: 0 is outside 1-12",
		"* * * 13 *":          "invalid spec.month: at character 7: 13 is outside 1-12",
		"* * * * 8":           "invalid spec.day_of_week: at character 9: 8 is outside 0-7",
		"1,2,99 * * * *":      "invalid spec.minute: at character 5: 99 is outside 0-59",
		"1-99 * * * *":        "invalid spec.minute: at character 3: 99 is outside 0-59",
		"-1 * * * *":          `invalid spec.minute: at character 1: "" is neither 0-59 nor *`,
		"+1 * * * *":          `"+1" is neither 0-59 nor *`,
		"1.5 * * * *":         `"1.5" is neither 0-59 nor *`,
		"00000 * * * *":       `"00000" is neither 0-59 nor *`,
		"a * * * *":           `"a" is neither 0-59 nor *`,
		"*5 * * * *":          `"*5" is neither 0-59 nor *`,
		"*-5 * * * *":         `"*" is neither 0-59 nor *`,
		"1-2-3 * * * *":       `at character 3: "2-3" is neither 0-59 nor *`,
		"1, * * * *":          `invalid spec.minute: at character 1: "1," has an empty entry`,
		"1,,2 * * * *":        `"1,,2" has an empty entry`,
		"* * , * *":           `invalid spec.day_of_month: at character 5: "," has an empty entry`,
		"* * * * 1,":          `invalid spec.day_of_week: at character 9: "1," has an empty entry`,
		"? * * * *":           `invalid spec.minute: at character 1: "?": a ? stands alone in one of the day fields`,
		"* * ?/2 * *":         `invalid spec.day_of_month: at character 5: "?/2": a ? stands alone`,
		"* * * ? *":           `invalid spec.month: at character 7: "?": a ? stands alone`,
		"0 22-2 * * *":        `invalid spec.hour: at character 3: "22-2" runs backwards; want two parts, as in 22-23,0-2`,
		"0 0 * NOV-FEB *":     `"NOV-FEB" runs backwards; want two parts, as in 11-12,1-2`,
		"0 0 * * FRI-MON":     `"FRI-MON" runs backwards; want two parts, as in 5-6,0-1`,
		"*/0 * * * *":         `the step of "*/0" is not in 1-60`,
		"*/90 * * * *":        `the step of "*/90" is not in 1-60`,
		"*/ * * * *":          `the step of "*/" is not in 1-60`,
		"*/-1 * * * *":        `the step of "*/-1" is not in 1-60`,
		"*/5/5 * * * *":       `the step of "*/5/5" is not in 1-60`,
		"* */25 * * *":        `the step of "*/25" is not in 1-24`,
		"* * */32 * *":        `the step of "*/32" is not in 1-31`,
		"* * * */13 *":        `the step of "*/13" is not in 1-12`,
		"* * * * */8":         `the step of "*/8" is not in 1-7`,
		"* * * JANUARY *":     `"JANUARY" is neither 1-12 or JAN-DEC nor *`,
		"* * * * MONDAY":      `"MONDAY" is neither 0-7, SUN-SAT, 5L or MON#2 nor *`,
		"* * MON * *":         `"MON" is neither 1-31, L, L-3, 15W or LW nor *`,
		"* L * * *":           `invalid spec.hour: at character 3: "L" is neither 0-23 nor *`,
		"* * 5L * *":          `invalid spec.day_of_month: at character 5: "5L" is neither`,
		"* * L/2 * *":         `"L" is neither`,
		"* * L-0 * *":         `at character 5: "L-0": want 1-30 days before the last, as in L-3`,
		"* * L-31 * *":        `"L-31": want 1-30`,
		"* * L-3W * *":        `"L-3W": want 1-30`,
		"* * 0W * *":          `"0W": want one day of 1-31 before the W`,
		"* * 1-5W * *":        `"1-5W": want one day of 1-31 before the W, as in 15W, or LW`,
		"* * W * *":           `"W": want one day`,
		"* * WL * *":          `"WL" is neither`,
		"* * * * L":           "at character 9: L needs a weekday here: 5L is the last Friday",
		"* * * * 1-5L":        `at character 9: "1-5" is neither`,
		"* * * * 8L":          "8 is outside 0-7",
		"* * * * MON#0":       `"MON#0": want 1-5 after the #, as in MON#2`,
		"* * * * MON#6":       `"MON#6": want 1-5`,
		"* * * * MON#":        `"MON#": want 1-5`,
		"* * * * #1":          `"" is neither`,
		"* * * * 9#1":         "9 is outside 0-7",
		"* * * * 1,MON#2,X#1": `at character 17: "X" is neither`,
	} {
		s, err := schedule.Parse(spec, "")
		require.Equal(t, schedule.Schedule{}, s, spec)
		require.ErrorIs(t, err, job.ErrInvalid, spec)
		require.ErrorContains(t, err, want, spec)
	}
}

func TestParse_ReportsAllMistakesAtOnce(t *testing.T) {
	t.Parallel()
	_, err := schedule.Parse("61 x 0 13 9", "Mars/Olympus")
	for _, want := range []string{"zone", "spec.minute", "spec.hour", "spec.day_of_month", "spec.month", "spec.day_of_week"} {
		require.ErrorContains(t, err, "invalid "+want+": ")
	}
	var invalid *job.InvalidError
	require.True(t, errors.As(err, &invalid))
	require.Equal(t, "zone", invalid.Field)
}

func TestParse_RefusesWhatIsNeverDue(t *testing.T) {
	t.Parallel()
	for spec, zone := range map[string]string{
		"0 0 30 2 *":       "",
		"0 0 31 2,4,6,9 ?": "Europe/Berlin",
		"0 0 31W 11 ?":     "",
		"0 0 30-31 FEB *":  "",
		"0 0 L-29 2 *":     "",
		"0 0 30W 2 ?":      "",
		"0 0 L-30 4,6 ?":   "Asia/Tokyo",
		"0 0 30,31 2 */2":  "",

		// The clock leaps over 02:00 to 02:59 on each of these days, and interval
		// forms are not made up for.
		"*/15 2 ? 3 SUN#2": "America/New_York",
		"* 2 ? 3 SUNL":     "Europe/Berlin",
	} {
		_, err := schedule.Parse(spec, zone)
		require.ErrorIs(t, err, job.ErrInvalid, spec)
		require.ErrorContains(t, err, "is never due: no such time comes in ", spec)
	}
	for spec, zone := range map[string]string{
		"0 0 30 2 MON":     "", // the Mondays of February
		"0 0 29 2 */6":     "",
		"0 0 L-28 2 ?":     "",
		"30 2 ? 3 SUN#2":   "America/New_York", // fixed, so it runs at 03:00
		"*/15 2 ? 3 SUN#2": "America/Phoenix",
	} {
		_, err := schedule.Parse(spec, zone)
		require.NoError(t, err, spec)
	}
}

func TestParse_KnowsTheZonesOfIANA(t *testing.T) {
	t.Parallel()
	for zone, want := range map[string]string{
		"": "UTC", "UTC": "UTC", "Europe/Berlin": "Europe/Berlin", "America/Argentina/Buenos_Aires": "America/Argentina/Buenos_Aires",
		"Etc/GMT+12": "Etc/GMT+12", "Asia/Kathmandu": "Asia/Kathmandu",
	} {
		require.Equal(t, want, parse(t, "@daily", zone).Zone())
	}
	for zone, want := range map[string]string{
		"Berlin":                 `invalid zone: "Berlin" is unknown; want an IANA name like Europe/Berlin`,
		"Local":                  `invalid zone: "Local" differs from host to host`,
		"localtime":              "differs from host to host",
		"../../etc/passwd":       "is unknown",
		"/etc/localtime":         "is unknown",
		"Europe/Berlin\x00":      "is unknown",
		"+02:00":                 "is unknown",
		strings.Repeat("a/", 33): "invalid zone: has 66 bytes; want at most 64",
	} {
		_, err := schedule.Parse("@daily", zone)
		require.ErrorIs(t, err, job.ErrInvalid, zone)
		require.ErrorContains(t, err, want)
	}
}
