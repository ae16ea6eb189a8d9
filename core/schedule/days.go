package schedule

import (
	"math/bits"
	"time"
)

// month is what the day fields need to know of one.
type month struct {
	length int
	first  time.Weekday // of the 1st
}

func monthOf(year int, number time.Month) month {
	return month{
		length: time.Date(year, number+1, 0, 0, 0, 0, 0, time.UTC).Day(),
		first:  time.Date(year, number, 1, 0, 0, 0, 0, time.UTC).Weekday(),
	}
}

// all has bit n set for each day n.
func (m month) all() uint32 { return 1<<(m.length+1) - 2 }

func (m month) weekday(day int) time.Weekday { return (m.first + time.Weekday(day-1)) % 7 }

// firstOn is the first day with the weekday, 1 to 7.
func (m month) firstOn(w time.Weekday) int { return 1 + int((w-m.first+7)%7) }

// nearest is the weekday, Monday to Friday, nearest to the day within the month.
func (m month) nearest(day int) int {
	switch w := m.weekday(day); {
	case w == time.Saturday && day == 1:
		return day + 2
	case w == time.Saturday:
		return day - 1
	case w == time.Sunday && day == m.length:
		return day - 2
	case w == time.Sunday:
		return day + 1
	}
	return day
}

// monthDays is the day of month field. Bit n of a set stands for n.
type monthDays struct {
	set         uint32 // days
	fromLast    uint32 // days before the last: bit 0 is L, bit 3 is L-3
	nearest     uint32 // days whose nearest weekday is meant: 15W
	lastWeekday bool   // LW
}

// in is the set of days of m that match.
func (d monthDays) in(m month) uint32 {
	days := d.set & m.all()
	for rest := d.fromLast; rest != 0; rest &= rest - 1 {
		if day := m.length - bits.TrailingZeros32(rest); day > 0 {
			days |= 1 << day
		}
	}
	for rest := d.nearest & m.all(); rest != 0; rest &= rest - 1 {
		days |= 1 << m.nearest(bits.TrailingZeros32(rest))
	}
	if d.lastWeekday {
		days |= 1 << m.nearest(m.length)
	}
	return days
}

// weekDays is the day of week field. Bit n of a set stands for the weekday n.
type weekDays struct {
	set  uint8
	nth  [6]uint8 // nth[2]: those whose second day of the month is meant; 0 is unused
	last uint8    // those whose last day of the month is meant
}

// in is the set of days of m that match.
func (d weekDays) in(m month) (days uint32) {
	for w := time.Sunday; w <= time.Saturday; w++ {
		first := m.firstOn(w)
		if d.set>>w&1 == 1 {
			days |= (1 | 1<<7 | 1<<14 | 1<<21 | 1<<28) << first
		}
		for n, set := range d.nth {
			if set>>w&1 == 1 {
				days |= 1 << (first + 7*(n-1))
			}
		}
		if d.last>>w&1 == 1 {
			days |= 1 << (first + (m.length-first)/7*7)
		}
	}
	return days & m.all()
}
