package schedule_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// The oracle knows nothing of how schedules are computed. It draws a spec as text
// and as predicates at once, plays the zone's clock tick by tick, and notes when
// something is due.

// line is a cron line, as text and as what it means.
type line struct {
	text     string
	seconds  bool // has a seconds field
	second   numbers
	minute   numbers
	hour     numbers
	month    numbers
	monthDay dates
	weekday  dates
}

// numbers is a field of plain numbers.
type numbers struct {
	text     string
	ok       [60]bool
	interval bool
}

// dates is one of the day fields; its predicates take midnights in UTC.
type dates struct {
	text string
	ok   []func(time.Time) bool
	star bool
}

func (l line) interval() bool { return l.minute.interval || l.hour.interval }

func (l line) onDate(date time.Time) bool {
	if !l.month.ok[int(date.Month())] {
		return false
	}
	a, b := l.monthDay.matches(date), l.weekday.matches(date)
	if !l.monthDay.star && !l.weekday.star {
		return a || b
	}
	return a && b
}

func (d dates) matches(date time.Time) bool {
	return slices.ContainsFunc(d.ok, func(ok func(time.Time) bool) bool { return ok(date) })
}

// drawLine draws a spec. Its fields are often *, so that it is due now and then.
func drawLine(rng *rand.Rand, seconds bool) line {
	l := line{
		seconds: seconds,
		second:  numbers{text: "0", ok: [60]bool{true}},
		minute:  drawNumbers(rng, 0, 59, "", 4),
		hour:    drawNumbers(rng, 0, 23, "", 3),
		month:   drawNumbers(rng, 1, 12, "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC", 2),
	}
	l.monthDay, l.weekday = drawDays(rng)
	texts := []string{l.minute.text, l.hour.text, l.monthDay.text, l.month.text, l.weekday.text}
	if seconds {
		l.second = drawNumbers(rng, 0, 59, "", 4)
		texts = append([]string{l.second.text}, texts...)
	}
	l.text = strings.Join(texts, " ")
	return l
}

// drawNumbers draws a list of values of low to high; one in rare is no *.
func drawNumbers(rng *rand.Rand, low, high int, names string, common int) (f numbers) {
	if rng.IntN(common) == 0 {
		for n := low; n <= high; n++ {
			f.ok[n] = true
		}
		f.text, f.interval = "*", true
		return f
	}
	write := func(n int) string {
		if list := strings.Fields(names); len(list) > 0 && rng.IntN(2) == 0 {
			return list[n-low]
		}
		return fmt.Sprintf("%0*d", 1+rng.IntN(2), n)
	}
	var list []string
	for range 1 + rng.IntN(3) {
		text, from, to, step := drawSpan(rng, low, high, write)
		list = append(list, text)
		count := 0
		for n := from; n <= to; n += step {
			f.ok[n] = true
			count++
		}
		f.interval = f.interval || step > 1 && count > 1
	}
	f.text = strings.Join(list, ",")
	every := true
	for n := low; n <= high; n++ {
		every = every && f.ok[n]
	}
	f.interval = f.interval || every
	return f
}

// drawSpan draws one of a, a-b, a-b/n, a/n and */n.
func drawSpan(rng *rand.Rand, low, high int, write func(int) string) (text string, from, to, step int) {
	from = low + rng.IntN(high-low+1)
	to = from + rng.IntN(high-from+1)
	step = 1 + rng.IntN((high-low+1)/2)
	switch rng.IntN(7) {
	case 0:
		return fmt.Sprintf("%s-%s", write(from), write(to)), from, to, 1
	case 1:
		return fmt.Sprintf("%s-%s/%d", write(from), write(to), step), from, to, step
	case 2:
		return fmt.Sprintf("%s/%d", write(from), step), from, high, step
	case 3:
		return fmt.Sprintf("*/%d", step), low, high, step
	}
	return write(from), from, from, 1
}

func drawDays(rng *rand.Rand) (monthDay, weekday dates) {
	star := func() dates {
		return dates{[]string{"*", "?"}[rng.IntN(2)], []func(time.Time) bool{func(time.Time) bool { return true }}, true}
	}
	monthDay, weekday = star(), star()
	choice := rng.IntN(5)
	if choice == 0 || choice == 1 {
		monthDay = drawList(rng, drawMonthDay)
	}
	if choice == 1 || choice == 2 {
		weekday = drawList(rng, drawWeekday)
	}
	return monthDay, weekday
}

func drawList(rng *rand.Rand, draw func(*rand.Rand) (string, func(time.Time) bool)) (d dates) {
	var list []string
	for range 1 + rng.IntN(3) {
		text, ok := draw(rng)
		list, d.ok = append(list, text), append(d.ok, ok)
	}
	d.text = strings.Join(list, ",")
	d.star = strings.ContainsAny(d.text, "*?")
	return d
}

func drawMonthDay(rng *rand.Rand) (string, func(time.Time) bool) {
	n := 1 + rng.IntN(31)
	switch rng.IntN(8) {
	case 0:
		return "L", func(d time.Time) bool { return d.AddDate(0, 0, 1).Day() == 1 }
	case 1:
		n = 1 + rng.IntN(30)
		return fmt.Sprintf("L-%d", n), func(d time.Time) bool {
			return d.AddDate(0, 0, n).Month() == d.Month() && d.AddDate(0, 0, n+1).Day() == 1
		}
	case 2:
		return fmt.Sprintf("%dW", n), func(d time.Time) bool { return isNearestWorkday(d, n) }
	case 3:
		return "LW", func(d time.Time) bool {
			return isNearestWorkday(d, d.AddDate(0, 1, -d.Day()).Day())
		}
	}
	text, from, to, step := drawSpan(rng, 1, 31, func(n int) string { return fmt.Sprint(n) })
	return text, func(d time.Time) bool {
		return d.Day() >= from && d.Day() <= to && (d.Day()-from)%step == 0
	}
}

// isNearestWorkday compares d with every other day of its month.
func isNearestWorkday(d time.Time, n int) bool {
	best, exists := 0, false
	for day := 1; day <= 31; day++ {
		other := time.Date(d.Year(), d.Month(), day, 0, 0, 0, 0, time.UTC)
		if other.Month() != d.Month() {
			break
		}
		exists = exists || day == n
		if w := other.Weekday(); w == time.Saturday || w == time.Sunday {
			continue
		}
		if best == 0 || max(day-n, n-day) < max(best-n, n-best) {
			best = day
		}
	}
	return exists && d.Day() == best
}

func drawWeekday(rng *rand.Rand) (string, func(time.Time) bool) {
	w := time.Weekday(rng.IntN(7))
	write := func(n int) string {
		switch text := strings.ToUpper(time.Weekday(n % 7).String()[:3]); {
		case rng.IntN(3) == 0:
			return text
		case rng.IntN(3) == 0:
			return strings.ToLower(text)
		case n == 0 && rng.IntN(2) == 0:
			return "7"
		}
		return fmt.Sprint(n)
	}
	switch rng.IntN(6) {
	case 0:
		return write(int(w)) + "L", func(d time.Time) bool {
			return d.Weekday() == w && d.AddDate(0, 0, 7).Month() != d.Month()
		}
	case 1:
		n := 1 + rng.IntN(5)
		return fmt.Sprintf("%s#%d", write(int(w)), n), func(d time.Time) bool {
			return d.Weekday() == w && (d.Day()-1)/7+1 == n
		}
	case 2:
		return write(int(w)), func(d time.Time) bool { return d.Weekday() == w }
	}
	text, from, to, step := drawSpan(rng, 0, 6, func(n int) string { return fmt.Sprint(n) })
	return text, func(d time.Time) bool {
		n := int(d.Weekday())
		return n >= from && n <= to && (n-from)%step == 0
	}
}

// clock is what a zone's clock shows, tick by tick, from an instant on: the ticks
// of local time since 1970.
type clock struct {
	begin time.Time
	tick  time.Duration // a minute or a second
	shows []int64
}

// newClock reads the zone's clock at each tick. The race detector has nothing to
// see here nor in due, and would take most of the time.
//
//go:norace
func newClock(zone *time.Location, begin time.Time, span, tick time.Duration) clock {
	c := clock{begin: begin, tick: tick, shows: make([]int64, span/tick)}
	for i := range c.shows {
		at := c.instant(i)
		_, offset := at.In(zone).Zone()
		c.shows[i] = (at.Unix() + int64(offset)) / int64(tick/time.Second)
	}
	return c
}

func (c clock) instant(i int) time.Time { return c.begin.Add(time.Duration(i) * c.tick) }

// matching is the first day of a calendar that covers the clock, in ticks since
// 1970, and for each tick from there whether the line's fields match it.
func (c clock) matching(l line) (first int64, matches []bool) {
	perDay := int64(24 * time.Hour / c.tick)
	daily := make([]bool, perDay)
	for n := range daily {
		at := time.Duration(n) * c.tick
		daily[n] = l.hour.ok[int(at.Hours())] && l.minute.ok[int(at.Minutes())%60] && l.second.ok[int(at.Seconds())%60]
	}
	day := c.shows[0]/perDay - 2
	matches = make([]bool, int64(len(c.shows))+6*perDay)
	for n := int64(0); n < int64(len(matches))/perDay; n++ {
		if l.onDate(time.Unix((day+n)*24*60*60, 0).UTC()) {
			copy(matches[n*perDay:], daily)
		}
	}
	return day * perDay, matches
}

// due plays the clock and notes the ticks at which the line is due.
//
//go:norace
func (c clock) due(l line) (ticks []int) {
	first, matches := c.matching(l)
	if l.interval() {
		for i, local := range c.shows {
			if matches[local-first] {
				ticks = append(ticks, i)
			}
		}
		return ticks
	}
	high := c.shows[0] - 1 // the highest that was shown
	for i, local := range c.shows {
		run := false
		for ; high < local; high++ {
			run = run || matches[high+1-first]
		}
		if run {
			ticks = append(ticks, i)
		}
	}
	return ticks
}
