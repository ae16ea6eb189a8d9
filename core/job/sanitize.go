package job

import (
	"strings"
	"unicode/utf8"
)

// Sanitize makes any text storable: NUL is dropped, broken UTF-8 becomes
// U+FFFD, and what is left is cut at limit bytes, never inside a character.
func Sanitize(s string, limit int) string {
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\uFFFD")
	}
	if strings.IndexByte(s, 0) >= 0 {
		s = strings.ReplaceAll(s, "\x00", "")
	}
	return Clip(s, limit)
}

// Clip cuts s at limit bytes, never inside a character.
func Clip(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	for limit > 0 && !utf8.RuneStart(s[limit]) {
		limit--
	}
	return s[:limit]
}
