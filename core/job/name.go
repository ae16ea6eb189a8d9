package job

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxNameBytes limits names of queues, kinds, tags, parameters and keys.
const MaxNameBytes = 128

// MaxTags and MaxParams limit what one job carries.
const (
	MaxTags   = 100
	MaxParams = 100
)

// CheckName refuses what cannot be a name of a queue, kind, parameter or key:
// 1–128 bytes of valid UTF-8 without control characters. The error matches
// ErrInvalid and names the field.
func CheckName(field, name string) error {
	switch {
	case name == "":
		return Invalid(field, "is empty; want 1 to %d bytes", MaxNameBytes)
	case len(name) > MaxNameBytes:
		return Invalid(field, "has %d bytes; at most %d", len(name), MaxNameBytes)
	case !utf8.ValidString(name):
		return Invalid(field, "is not valid UTF-8")
	case strings.ContainsFunc(name, unicode.IsControl):
		return Invalid(field, "has a control character")
	}
	return nil
}

// CheckTag refuses what cannot be a tag: a name without commas and without
// blanks at its ends. The error matches ErrInvalid and names the field.
func CheckTag(field, tag string) error {
	if err := CheckName(field, tag); err != nil {
		return err
	}
	if strings.Contains(tag, ",") {
		return Invalid(field, "has a comma")
	}
	if strings.TrimSpace(tag) != tag {
		return Invalid(field, "begins or ends with a blank")
	}
	return nil
}
