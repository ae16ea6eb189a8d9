package schedule

import (
	"errors"
	"strings"
	"time"

	"github.com/task-tower/tasktower/core/job"
)

const blanks = " \t\r\n"

// lastsFrom is an instant after which no zone's rules change as far as they are
// known, and so those of every later year: the database lists some up to 2087.
var lastsFrom = time.Date(2100, time.January, 1, 0, 0, 0, 0, time.UTC)

// macros and the fields they stand for.
// Source: crontab(5) of P. Vixie's cron.
var macros = map[string]string{
	"@yearly":   "0 0 1 1 *",
	"@annually": "0 0 1 1 *",
	"@monthly":  "0 0 1 * *",
	"@weekly":   "0 0 * * 0",
	"@daily":    "0 0 * * *",
	"@midnight": "0 0 * * *",
	"@hourly":   "0 * * * *",
}

// Parse reads a spec and the name of the zone whose clock it goes by: an IANA
// name, "" for UTC. The spec is a cron line of five or six fields, a macro, or
// "@every" with a duration of MinEvery to MaxEvery; the package comment has the
// grammar. It has at most MaxSpec bytes.
//
// Every mistake is a *job.InvalidError, which matches job.ErrInvalid; all of them
// are joined. Its field is "zone", "spec", "spec.every" or the field of the cron
// line, as in "spec.day_of_month", and its rule counts characters of the spec from 1. A
// spec that is never due, like the 30th of February, is a mistake.
func Parse(spec, zone string) (Schedule, error) {
	location, err := loadZone(zone)
	s, specErr := parse(spec)
	if err = errors.Join(err, specErr); err != nil {
		return Schedule{}, err
	}

	s.zone = location
	if _, ok := s.Next(lastsFrom); !ok {
		return Schedule{}, job.Invalid("spec", "%q is never due: no such time comes in %s", spec, s.Zone())
	}
	return s, nil
}

func parse(spec string) (Schedule, error) {
	if len(spec) > MaxSpec {
		return Schedule{}, job.Invalid("spec", "has %d bytes; want at most %d", len(spec), MaxSpec)
	}
	if i := strings.IndexFunc(spec, func(r rune) bool { return r > '~' }); i >= 0 {
		return Schedule{}, job.Invalid("spec", "the character at %d is not ASCII", i+1)
	}
	words := split(spec)
	if len(words) == 0 || !strings.HasPrefix(words[0].text, "@") {
		return parseCron(words)
	}

	macro, rest := words[0], spec[words[0].at+len(words[0].text):]
	if strings.EqualFold(macro.text, "@every") {
		e, err := parseEvery(rest)
		if err != nil {
			return Schedule{}, err
		}
		return Schedule{text: e.String(), rule: e}, nil
	}
	fields, ok := macros[strings.ToLower(macro.text)]
	switch {
	case !ok:
		return Schedule{}, job.Invalid("spec", "unknown macro %q; want @yearly, @annually, @monthly, @weekly, @daily, @midnight, @hourly or @every 90s", macro.text)
	case len(words) > 1:
		return Schedule{}, job.Invalid("spec", "%s stands alone; found %q at character %d", macro.text, words[1].text, words[1].at+1)
	}
	return parseCron(split(fields))
}

func parseCron(words []word) (Schedule, error) {
	switch {
	case len(words) > 0 && strings.Contains(words[0].text, "TZ="):
		return Schedule{}, job.Invalid("spec", "the zone does not belong into the spec; it is given beside it")
	case len(words) == 5:
		words = append(split("0"), words...)
	case len(words) != 6:
		return Schedule{}, job.Invalid("spec", "has %d fields; want 5 (minute, hour, day of month, month, day of week) or 6 with the seconds first", len(words))
	}

	second, err0 := secondField.parse(words[0])
	minute, err1 := minuteField.parse(words[1])
	hour, err2 := hourField.parse(words[2])
	days, monthDay, err3 := parseMonthDays(words[3])
	month, err4 := monthField.parse(words[4])
	weekdays, weekday, err5 := parseWeekDays(words[5])
	if err := errors.Join(err0, err1, err2, err3, err4, err5); err != nil {
		return Schedule{}, err
	}

	text := []string{second.text, minute.text, hour.text, monthDay.text, month.text, weekday.text}
	if second.text == "0" {
		text = text[1:]
	}
	return Schedule{text: strings.Join(text, " "), rule: cron{
		seconds:  second.set,
		minutes:  minute.set,
		hours:    hour.set,
		months:   month.set,
		days:     days,
		weekdays: weekdays,
		either:   !monthDay.star && !weekday.star,
		interval: minute.interval || hour.interval,
	}}, nil
}

// word is a piece of the spec; at is its place in bytes from 0.
type word struct {
	text string
	at   int
}

// split finds the words between blanks.
func split(text string) []word { return pieces(text, 0, blanks) }

// pieces parts text at each of the characters, leaving out what is empty.
func pieces(text string, at int, chars string) (words []word) {
	for begin, i := 0, 0; i <= len(text); i++ {
		if i < len(text) && !strings.ContainsRune(chars, rune(text[i])) {
			continue
		}
		if i > begin {
			words = append(words, word{text[begin:i], at + begin})
		}
		begin = i + 1
	}
	return words
}
