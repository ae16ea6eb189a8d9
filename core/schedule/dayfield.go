package schedule

import (
	"math/bits"
	"strconv"
	"strings"
)

// parseMonthDays reads the day of month field: plain items, L, L-n, nW and LW.
func parseMonthDays(w word) (days monthDays, v values, err error) {
	list, err := w.list(dayField)
	if err != nil {
		return days, v, err
	}
	var items []item
	for _, entry := range list {
		text := strings.ToUpper(entry.text)
		before, ofLast := strings.CutPrefix(text, "L-")
		near, ofWeek := strings.CutSuffix(text, "W")
		switch {
		case text == "L":
			days.fromLast |= 1
		case text == "LW":
			days.lastWeekday = true
		case ofLast:
			n, err := number(before)
			if err != nil || n < 1 || n > 30 {
				return days, v, entry.bad(dayField, "%q: want 1-30 days before the last, as in L-3", entry.text)
			}
			days.fromLast |= 1 << n
		case ofWeek:
			n, err := number(near)
			if err != nil || n < 1 || n > 31 {
				return days, v, entry.bad(dayField, "%q: want one day of 1-31 before the W, as in 15W, or LW", entry.text)
			}
			days.nearest |= 1 << n
		default:
			it, err := dayField.item(entry)
			if err != nil {
				return days, v, err
			}
			items = append(items, it)
		}
	}
	if v = dayField.values(items, days.special()); v.text == "*" {
		days = monthDays{}
	}
	days.set = uint32(v.set)
	return days, v, nil
}

// special is the canonical text of what is no plain item.
func (d monthDays) special() (text []string) {
	for rest := d.nearest; rest != 0; rest &= rest - 1 {
		text = append(text, strconv.Itoa(bits.TrailingZeros32(rest))+"W")
	}
	for rest := d.fromLast >> 1; rest != 0; rest &= rest - 1 {
		text = append(text, "L-"+strconv.Itoa(bits.TrailingZeros32(rest)+1))
	}
	if d.fromLast&1 == 1 {
		text = append(text, "L")
	}
	if d.lastWeekday {
		text = append(text, "LW")
	}
	return text
}

// parseWeekDays reads the day of week field: plain items, 5L and MON#2.
func parseWeekDays(w word) (days weekDays, v values, err error) {
	list, err := w.list(weekdayField)
	if err != nil {
		return days, v, err
	}
	var items []item
	for _, entry := range list {
		text := strings.ToUpper(entry.text)
		name, count, counted := strings.Cut(text, "#")
		lastOf, last := strings.CutSuffix(text, "L")
		switch {
		case text == "L":
			return days, v, entry.bad(weekdayField, "L needs a weekday here: 5L is the last Friday; the last day of the month is L in the day of month")
		case counted:
			n, err := number(count)
			if err != nil || n < 1 || n > 5 {
				return days, v, entry.bad(weekdayField, "%q: want 1-5 after the #, as in MON#2", entry.text)
			}
			day, err := weekdayField.value(word{name, entry.at})
			if err != nil {
				return days, v, err
			}
			days.nth[n] |= 1 << (day % 7)
		case last:
			day, err := weekdayField.value(word{lastOf, entry.at})
			if err != nil {
				return days, v, err
			}
			days.last |= 1 << (day % 7)
		default:
			it, err := weekdayField.item(entry)
			if err != nil {
				return days, v, err
			}
			items = append(items, it)
		}
	}
	if v = weekdayField.values(items, days.special()); v.text == "*" {
		days = weekDays{}
	}
	days.set = uint8(v.set)
	return days, v, nil
}

// special is the canonical text of what is no plain item.
func (d weekDays) special() (text []string) {
	for n, set := range d.nth {
		for ; set != 0; set &= set - 1 {
			text = append(text, strconv.Itoa(bits.TrailingZeros8(set))+"#"+strconv.Itoa(n))
		}
	}
	for set := d.last; set != 0; set &= set - 1 {
		text = append(text, strconv.Itoa(bits.TrailingZeros8(set))+"L")
	}
	return text
}
