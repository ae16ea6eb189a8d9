package job

import (
	"fmt"
	"strings"
	"time"
)

// Short is d.String() without the zero minutes and seconds at its end: "6h", "1m30s".
func Short(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = s[:len(s)-len("0s")]
	}
	if strings.HasSuffix(s, "h0m") {
		s = s[:len(s)-len("0m")]
	}
	return s
}

// span is a duration for people to read: whole years, or Short.
func span(d time.Duration) string {
	const year, leapYear = 365 * 24 * time.Hour, 366 * 24 * time.Hour
	for _, y := range []time.Duration{year, leapYear} {
		switch {
		case d == y:
			return fmt.Sprintf("%d days", d/(24*time.Hour))
		case d > y && d%y == 0:
			return fmt.Sprintf("%d years", d/y)
		}
	}
	return Short(d)
}
