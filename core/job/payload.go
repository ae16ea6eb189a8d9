package job

import (
	"bytes"
	"strconv"
	"unicode/utf8"
)

// Limits of payloads and context parameters.
const (
	DefaultMaxPayloadBytes = 1 << 20
	MaxPayloadDepth        = 64
)

// CheckPayload refuses JSON that a store cannot keep or Go would not read back
// as it was: more than limit bytes, not exactly one value, deeper than 64,
// invalid UTF-8 (also where encoding/json has replaced it), NUL, lone
// surrogates, doubled keys, numbers beyond float64. The error matches
// ErrInvalid, names the field, and says at which byte.
func CheckPayload(field string, raw []byte, limit int) error {
	if len(raw) > limit {
		return Invalid(field, "has %d bytes; at most %d", len(raw), limit)
	}
	p := &payload{raw: raw}
	p.blank()
	if rule := p.value(1); rule != "" {
		return Invalid(field, "%s at byte %d", rule, p.at)
	}
	if p.blank(); p.at != len(raw) {
		return Invalid(field, "has more than one JSON value at byte %d", p.at)
	}
	return nil
}

// payload is a strict JSON reader (RFC 8259) that keeps nothing but its place.
// Its methods return the rule that is broken, or "".
type payload struct {
	raw []byte
	at  int
}

const ruleSyntax = "is not JSON"

func (p *payload) peek() byte {
	if p.at < len(p.raw) {
		return p.raw[p.at]
	}
	return 0
}

func (p *payload) blank() {
	for p.at < len(p.raw) {
		switch p.raw[p.at] {
		case ' ', '\t', '\n', '\r':
			p.at++
		default:
			return
		}
	}
}

func (p *payload) value(depth int) string {
	switch c := p.peek(); {
	case c == '{':
		return p.object(depth)
	case c == '[':
		return p.array(depth)
	case c == '"':
		return p.text()
	case c == '-' || c >= '0' && c <= '9':
		return p.number()
	case c == 't':
		return p.word("true")
	case c == 'f':
		return p.word("false")
	case c == 'n':
		return p.word("null")
	}
	return ruleSyntax
}

func (p *payload) word(w string) string {
	if !bytes.HasPrefix(p.raw[p.at:], []byte(w)) {
		return ruleSyntax
	}
	p.at += len(w)
	return ""
}

func (p *payload) array(depth int) string {
	if depth > MaxPayloadDepth {
		return "is nested deeper than 64"
	}
	p.at++
	if p.blank(); p.peek() == ']' {
		p.at++
		return ""
	}
	for {
		p.blank()
		if rule := p.value(depth + 1); rule != "" {
			return rule
		}
		if more, rule := p.next(']'); !more {
			return rule
		}
	}
}

// next steps over a comma (more) or the closing byte.
func (p *payload) next(closing byte) (more bool, rule string) {
	p.blank()
	switch p.peek() {
	case ',':
		p.at++
		return true, ""
	case closing:
		p.at++
		return false, ""
	}
	return false, ruleSyntax
}

func (p *payload) object(depth int) string {
	if depth > MaxPayloadDepth {
		return "is nested deeper than 64"
	}
	p.at++
	if p.blank(); p.peek() == '}' {
		p.at++
		return ""
	}
	seen := keys{few: make([][]byte, 0, 8)} // on the stack
	for {
		if p.blank(); p.peek() != '"' {
			return ruleSyntax
		}
		begin := p.at
		if rule := p.text(); rule != "" {
			return rule
		}
		var fresh bool
		if seen, fresh = seen.add(p.raw[begin:p.at]); !fresh {
			p.at = begin
			return "has a key twice"
		}
		if p.blank(); p.peek() != ':' {
			return ruleSyntax
		}
		p.at++
		p.blank()
		if rule := p.value(depth + 1); rule != "" {
			return rule
		}
		if more, rule := p.next('}'); !more {
			return rule
		}
	}
}

// text reads a string with its quotes.
func (p *payload) text() string {
	p.at++
	for p.at < len(p.raw) {
		switch c := p.raw[p.at]; {
		case c == '"':
			p.at++
			return ""
		case c == '\\':
			if rule := p.escape(); rule != "" {
				return rule
			}
		case c < 0x20:
			return "has a bare control character"
		case c < utf8.RuneSelf:
			p.at++
		default:
			r, size := utf8.DecodeRune(p.raw[p.at:])
			if r == utf8.RuneError && size == 1 {
				return "is not valid UTF-8"
			}
			p.at += size
		}
	}
	return ruleSyntax
}

func (p *payload) escape() string {
	if p.at+1 >= len(p.raw) {
		return ruleSyntax
	}
	switch p.raw[p.at+1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		p.at += 2
		return ""
	case 'u':
	default:
		return ruleSyntax
	}
	unit, ok := p.unit()
	switch {
	case !ok:
		return ruleSyntax
	case unit == 0:
		return "has a NUL character"
	case unit == 0xFFFD:
		// encoding/json writes this escape for bytes that are not UTF-8, and
		// never for a real U+FFFD.
		return "is not valid UTF-8 (a replacement character stands for broken bytes)"
	case unit >= 0xDC00 && unit <= 0xDFFF:
		return "has half a surrogate pair"
	case unit >= 0xD800 && unit <= 0xDBFF:
		p.at += 6
		if low, ok := p.unit(); !ok || low < 0xDC00 || low > 0xDFFF {
			return "has half a surrogate pair"
		}
	}
	p.at += 6
	return ""
}

// unit reads the \uXXXX at the present place without stepping over it.
func (p *payload) unit() (int64, bool) {
	if p.at+6 > len(p.raw) || p.raw[p.at] != '\\' || p.raw[p.at+1] != 'u' {
		return 0, false
	}
	n, err := strconv.ParseUint(string(p.raw[p.at+2:p.at+6]), 16, 16)
	return int64(n), err == nil
}

func (p *payload) number() string {
	begin := p.at
	if p.peek() == '-' {
		p.at++
	}
	switch {
	case p.peek() == '0':
		p.at++
	case !p.digits():
		return ruleSyntax
	}
	whole := true
	if p.peek() == '.' {
		p.at++
		whole = false
		if !p.digits() {
			return ruleSyntax
		}
	}
	if c := p.peek(); c == 'e' || c == 'E' {
		p.at++
		whole = false
		if c := p.peek(); c == '+' || c == '-' {
			p.at++
		}
		if !p.digits() {
			return ruleSyntax
		}
	}
	if whole && p.at-begin < 300 {
		return ""
	}
	if _, err := strconv.ParseFloat(string(p.raw[begin:p.at]), 64); err != nil {
		p.at = begin
		return "has a number beyond the range of float64"
	}
	return ""
}

func (p *payload) digits() bool {
	begin := p.at
	for c := p.peek(); c >= '0' && c <= '9'; c = p.peek() {
		p.at++
	}
	return p.at > begin
}

// keys finds doubled keys of one object; small objects need no map.
type keys struct {
	few  [][]byte
	many map[string]bool
}

const fewKeys = 16

// add is false if the key, written with or without escapes, is there already. It
// returns what keys are then: by a pointer they would all come from the heap.
func (k keys) add(quoted []byte) (_ keys, fresh bool) {
	key := quoted
	if bytes.IndexByte(quoted, '\\') >= 0 {
		key = unescape(quoted)
	}
	if k.many != nil {
		if k.many[string(key)] {
			return k, false
		}
		k.many[string(key)] = true
		return k, true
	}
	for _, other := range k.few {
		if bytes.Equal(other, key) {
			return k, false
		}
	}
	k.few = append(k.few, key)
	if len(k.few) > fewKeys {
		k.many = make(map[string]bool, 2*fewKeys)
		for _, other := range k.few {
			k.many[string(other)] = true
		}
	}
	return k, true
}
