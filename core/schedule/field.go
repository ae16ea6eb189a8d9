package schedule

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/task-tower/tasktower/core/job"
)

// field is the grammar of one field of a cron line.
type field struct {
	name   string
	lo, hi int      // what * stands for
	top    int      // the highest number that may be written: 7 for the day of week
	names  []string // of lo and the values after it
	day    bool     // one of the two day fields: whether a * was written counts
	hint   string   // what else may be written, for messages
}

var (
	secondField  = field{name: "second", hi: 59, top: 59}
	minuteField  = field{name: "minute", hi: 59, top: 59}
	hourField    = field{name: "hour", hi: 23, top: 23}
	dayField     = field{name: "day_of_month", lo: 1, hi: 31, top: 31, day: true, hint: ", L, L-3, 15W or LW"}
	monthField   = field{name: "month", lo: 1, hi: 12, top: 12, names: strings.Fields("JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC"), hint: " or JAN-DEC"}
	weekdayField = field{name: "day_of_week", hi: 6, top: 7, names: strings.Fields("SUN MON TUE WED THU FRI SAT"), day: true, hint: ", SUN-SAT, 5L or MON#2"}
)

// values is a field that was read.
type values struct {
	set      uint64
	text     string // canonical
	star     bool   // a * or ? was written
	interval bool   // every value, or in steps
}

// item is one entry of a list: from, from+step … up to to.
type item struct {
	from, to, step int
	star           bool
}

// parse reads a list of plain items.
func (f field) parse(w word) (values, error) {
	list, err := w.list(f)
	if err != nil {
		return values{}, err
	}
	items := make([]item, len(list))
	for i, entry := range list {
		if items[i], err = f.item(entry); err != nil {
			return values{}, err
		}
	}
	return f.values(items, nil), nil
}

// values joins the items and what the day fields have beside them.
func (f field) values(items []item, special []string) (v values) {
	slices.SortFunc(items, func(a, b item) int {
		return 4*sign(a.from-b.from) + 2*sign(a.to-b.to) + sign(a.step-b.step)
	})
	var text []string
	for _, it := range items {
		for n := it.from; n <= it.to; n += it.step {
			v.set |= 1 << (n % (f.hi + 1)) // Sunday is 0 and 7
		}
		v.star = v.star || it.star
		v.interval = v.interval || it.step > 1
		text = append(text, it.String())
	}

	full := uint64(1)<<(f.hi+1) - 1<<f.lo
	if v.set == full && (v.star || !f.day) {
		v.interval, v.text = true, "*"
		return v
	}
	v.text = strings.Join(append(slices.Compact(text), special...), ",")
	return v
}

// item reads *, a, a-b, each with or without /n.
func (f field) item(w word) (it item, err error) {
	span, step, stepped := strings.Cut(w.text, "/")
	low, high, ranged := strings.Cut(span, "-")
	it.step = 1
	switch {
	case span == "*" || span == "?" && f.day && !stepped:
		it.from, it.to, it.star = f.lo, f.hi, true
	case span == "?":
		return item{}, w.bad(f, "%q: a ? stands alone in one of the day fields; want *", w.text)
	default:
		if it.from, err = f.value(word{low, w.at}); err != nil {
			return item{}, err
		}
		it.to = it.from
	}
	if ranged {
		if it.to, err = f.value(word{high, w.at + len(low) + 1}); err != nil {
			return item{}, err
		}
		if it.to == 0 && it.from > 0 && f.top == 7 {
			it.to = 7 // FRI-SUN
		}
	}
	if it.from > it.to {
		return item{}, w.bad(f, "%q runs backwards; want two parts, as in %d-%d,%d-%d", span, it.from, f.hi, f.lo, it.to)
	}
	if !stepped {
		return f.tidy(it), nil
	}

	size := f.hi - f.lo + 1
	if it.step, err = number(step); err != nil || it.step < 1 || it.step > size {
		return item{}, w.bad(f, "the step of %q is not in 1-%d", w.text, size)
	}
	if !ranged && !it.star {
		it.from %= f.hi + 1
		it.to = f.hi
	}
	return f.tidy(it), nil
}

// tidy gives the one way to write the values: a step that takes one value is that
// value, and outside the day fields the whole range is *.
func (f field) tidy(it item) item {
	switch {
	case f.day && it.star:
		return it
	case it.from+it.step > it.to:
		n := it.from % (f.hi + 1)
		it = item{from: n, to: n, step: 1}
	case !f.day:
		it.star = it.from == f.lo && it.to == f.hi
	}
	return it
}

// value reads a number or a name.
func (f field) value(w word) (int, error) {
	if i := slices.IndexFunc(f.names, func(name string) bool { return strings.EqualFold(name, w.text) }); i >= 0 {
		return f.lo + i, nil
	}
	n, err := number(w.text)
	if err != nil {
		return 0, w.bad(f, "%q is neither %d-%d%s nor *", job.Clip(w.text, 20), f.lo, f.top, f.hint)
	}
	if n < f.lo || n > f.top {
		return 0, w.bad(f, "%d is outside %d-%d", n, f.lo, f.top)
	}
	return n, nil
}

func (it item) String() string {
	text := fmt.Sprintf("%d-%d", it.from, it.to)
	switch {
	case it.star:
		text = "*"
	case it.from == it.to:
		text = strconv.Itoa(it.from)
	}
	if it.step > 1 {
		text += "/" + strconv.Itoa(it.step)
	}
	return text
}

// list parts the word at its commas.
func (w word) list(f field) ([]word, error) {
	list := pieces(w.text, w.at, ",")
	if len(list) != strings.Count(w.text, ",")+1 {
		return nil, w.bad(f, "%q has an empty entry", job.Clip(w.text, 40))
	}
	return list, nil
}

// bad names the field and the place of the word.
func (w word) bad(f field, rule string, args ...any) error {
	return job.Invalid("spec."+f.name, "at character %d: %s", w.at+1, fmt.Sprintf(rule, args...))
}

// number reads up to four digits.
func number(text string) (int, error) {
	if len(text) > 4 || strings.Trim(text, "0123456789") != "" {
		return 0, strconv.ErrSyntax
	}
	return strconv.Atoi(text)
}

func sign(n int) int { return max(-1, min(n, 1)) }
