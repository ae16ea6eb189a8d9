package schedule

import "time"

const (
	// MaxSpec is the longest spec that Parse reads, in bytes.
	MaxSpec = 256
	// MaxInstants is the most instants that one call answers.
	MaxInstants = 10_000
)

// Schedule is an endless series of instants, made by Parse. Copies are
// independent, and any number of goroutines may use one. The zero Schedule is
// never due.
type Schedule struct {
	text string
	zone *time.Location
	rule rule
}

// rule answers the first due instant strictly after another one.
type rule interface {
	next(after time.Time, zone *time.Location) (time.Time, bool)
}

// Next is the first instant strictly after the given one, in UTC. It is false if
// there is none before the year 10000, or none of a cron line in the forty years
// that follow; Parse lets no line pass that is never due.
//
// Cron lines are due at whole seconds.
func (s Schedule) Next(after time.Time) (time.Time, bool) {
	if s.rule == nil || after.Unix() > latest {
		return time.Time{}, false
	}
	due, ok := s.rule.next(after.Round(0), s.zone)
	if !ok || due.Unix() > latest {
		return time.Time{}, false
	}
	return due.UTC(), true
}

// NextN is the first n instants strictly after the given one, at most MaxInstants.
func (s Schedule) NextN(after time.Time, n int) []time.Time {
	return s.Between(after, time.Unix(latest, 0), n)
}

// Between is the first instants after the one and not after the other, in order:
// at most limit, and at most MaxInstants.
func (s Schedule) Between(after, until time.Time, limit int) []time.Time {
	var due []time.Time
	for len(due) < min(limit, MaxInstants) {
		next, ok := s.Next(after)
		if !ok || next.After(until) {
			break
		}
		due = append(due, next)
		after = next
	}
	return due
}

// Anchored is s with its intervals counted from the epoch, which is the first
// instant of an @every. It is cut to microseconds, as times are stored. Cron lines
// have no anchor and stay as they are.
func (s Schedule) Anchored(epoch time.Time) Schedule {
	if e, ok := s.rule.(every); ok {
		e.anchor = epoch.Truncate(time.Microsecond).UTC()
		s.rule = e
	}
	return s
}

// Equal tells whether both mean the same, and so are due at the same instants:
// the same times in the same zone, or the same interval and anchor.
func (s Schedule) Equal(other Schedule) bool {
	_, anywhere := s.rule.(every)
	return s.rule == other.rule && (anywhere || s.Zone() == other.Zone())
}

// String is the canonical text of the spec, which Parse reads back to an equal
// schedule: numbers for names, lists in order, macros written out, seconds only
// if they are not 0. Zone and anchor are not part of it.
func (s Schedule) String() string { return s.text }

// Zone is the name of the time zone, "UTC" unless Parse was told otherwise.
func (s Schedule) Zone() string {
	if s.zone == nil {
		return "UTC"
	}
	return s.zone.String()
}
