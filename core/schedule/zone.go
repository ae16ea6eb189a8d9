package schedule

import (
	"math"
	"strings"
	"time"
	_ "time/tzdata" // zones are known on hosts that have no files of them

	"github.com/task-tower/tasktower/core/job"
)

// maxZone is the longest zone name, in bytes; the longest of IANA has 38.
const maxZone = 64

// loadZone finds a zone of the IANA time zone database; "" is UTC.
func loadZone(name string) (*time.Location, error) {
	switch {
	case name == "":
		return time.UTC, nil
	case len(name) > maxZone:
		return nil, job.Invalid("zone", "has %d bytes; want at most %d", len(name), maxZone)
	case strings.HasPrefix(strings.ToLower(name), "local"):
		return nil, job.Invalid("zone", "%q differs from host to host; want a name like Europe/Berlin", name)
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, job.Invalid("zone", "%q is unknown; want an IANA name like Europe/Berlin", name)
	}
	return zone, nil
}

// forever stands for an end that a period does not have. Half the range leaves
// room for sums.
const forever = math.MaxInt64 / 2

// period is a stretch of time in which a zone's clock does not change: from start
// up to, not including, end, local time is Unix time plus the offset. All in
// seconds; a local time is the Unix time at which a clock in UTC shows the same.
type period struct{ start, end, offset int64 }

// periodFrom is the period that holds the start, from there on. It may end early,
// where the next has the same offset, but always after its start.
//
// ZoneBounds is not asked where a period begins, nor always believed where it ends.
// Beyond the changes that a zone lists one by one, it answers the ends of a year of
// 365 days for bounds that lie outside, and on 31 December of a leap year such an
// end has passed. No rule changes a clock on that day, so the year's end will do.
// Source: https://github.com/golang/go/issues/81583
func periodFrom(start int64, zone *time.Location) period {
	t := time.Unix(start, 0).In(zone)
	_, offset := t.Zone()
	p := period{start: start, end: forever, offset: int64(offset)}
	if _, end := t.ZoneBounds(); !end.IsZero() {
		p.end = end.Unix()
	}
	if p.end <= start {
		p.end = unix(t.UTC().Year()+1, time.January, 1)
	}
	return p
}

// localEnd is the local time that the period ends before.
func (p period) localEnd() int64 { return p.end + p.offset }
