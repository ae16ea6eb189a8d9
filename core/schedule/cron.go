package schedule

import (
	"math/bits"
	"time"
)

// cron is a cron line: bit n of a set stands for the value n.
type cron struct {
	seconds, minutes, hours, months uint64

	days     monthDays
	weekdays weekDays
	either   bool // both day fields are restricted: one that matches is enough

	interval bool // an interval form; see the package comment
}

// match finds the first matching local time from the one up to, not including,
// the other.
func (c cron) match(from, until int64) (int64, bool) {
	for from < until {
		year, month, today := time.Unix(from, 0).UTC().Date()
		for days := c.on(year, month) >> today << today; days != 0; days &= days - 1 {
			midnight := unix(year, month, bits.TrailingZeros32(days))
			if clock, ok := c.at(int(max(0, from-midnight))); ok {
				return midnight + clock, midnight+clock < until
			}
		}
		from = unix(year, month+1, 1)
	}
	return 0, false
}

// on is the set of days of the month that match.
func (c cron) on(year int, number time.Month) uint32 {
	if !has(c.months, int(number)) {
		return 0
	}
	m := monthOf(year, number)
	if c.either {
		return c.days.in(m) | c.weekdays.in(m)
	}
	return c.days.in(m) & c.weekdays.in(m)
}

// at finds the first matching second of a day from the given one.
func (c cron) at(clock int) (int64, bool) {
	hour, minute, second := clock/3600, clock/60%60, clock%60
	if has(c.hours, hour) {
		if s, ok := from(c.seconds, second); ok && has(c.minutes, minute) {
			return seconds(hour, minute, s), true
		}
		if m, ok := from(c.minutes, minute+1); ok {
			return seconds(hour, m, bits.TrailingZeros64(c.seconds)), true
		}
	}
	if h, ok := from(c.hours, hour+1); ok {
		return seconds(h, bits.TrailingZeros64(c.minutes), bits.TrailingZeros64(c.seconds)), true
	}
	return 0, false
}

func seconds(hour, minute, second int) int64 {
	return int64(hour)*3600 + int64(minute)*60 + int64(second)
}

func has(set uint64, n int) bool { return set>>n&1 == 1 }

// from is the first value of the set that is n or more.
func from(set uint64, n int) (int, bool) {
	if set = set >> n << n; set == 0 {
		return 0, false
	}
	return bits.TrailingZeros64(set), true
}

func unix(year int, month time.Month, day int) int64 {
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix()
}
