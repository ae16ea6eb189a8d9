package schedule

import "time"

const (
	day = 24 * 60 * 60 // seconds

	// lookBack is longer than any zone's clock was ever set back, in seconds.
	// The most is a day, where the date line moved.
	lookBack = 2 * day
	// horizon is how far ahead a cron line is searched, in seconds: forty years,
	// with room for their leap days.
	//
	// Which days match depends on a year's length and the weekday it begins with:
	// fourteen kinds of years. In the Gregorian calendar each kind comes again
	// within forty years, the leap years that frame 2100 being the farthest
	// apart. So what does not match in forty years never does.
	horizon = 40 * 366 * day
	// maxPeriods bounds the periods on the way. Zones change up to four times a
	// year, and each year's end may part a period.
	maxPeriods = 1000

	earliest = -62_135_596_800 // 0001-01-01T00:00:00Z
	latest   = 253_402_300_799 // 9999-12-31T23:59:59Z, the last that RFC 3339 writes
)

// next walks the periods of the zone and looks for a matching local time in each.
func (c cron) next(after time.Time, zone *time.Location) (time.Time, bool) {
	first := max(after.Unix(), earliest-1) + 1 // the first whole second after
	last := first + horizon

	reached := int64(-forever) // local times below it were reached in earlier periods
	p := periodFrom(first-lookBack, zone)
	for range maxPeriods {
		if p.end > first {
			if local, ok := c.match(p.search(first, reached, c.interval), min(p.end, last)+p.offset); ok {
				return time.Unix(max(p.start, local-p.offset), 0), true
			}
		}
		if p.end >= last {
			break
		}
		reached = max(reached, p.localEnd())
		p = periodFrom(p.end, zone)
	}
	return time.Time{}, false
}

// search is the local time from which p is searched for runs at first or later.
//
// An interval form runs at what the clock shows. A fixed time runs when the clock
// has reached it: not again in a second pass, and at the start of p if the clock
// leapt over it.
func (p period) search(first, reached int64, interval bool) int64 {
	shown := max(first, p.start) + p.offset
	switch {
	case interval:
		return shown
	case first <= p.start:
		return reached
	}
	return max(shown, reached)
}
