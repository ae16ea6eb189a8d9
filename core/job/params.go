package job

import (
	"encoding/json"
	"fmt"
)

// Set captures a value under a name, as JSON. The error matches ErrInvalid: bad
// name, a value that JSON cannot carry, or more than MaxParams.
func (p Params) Set(name string, value any) error {
	if err := CheckName("param", name); err != nil {
		return err
	}
	if _, known := p[name]; !known && len(p) >= MaxParams {
		return Invalid("params", "has %d already; at most %d", len(p), MaxParams)
	}
	raw, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("%w: %w", Invalid("params."+name, "JSON cannot carry it"), err)
	}
	if err := CheckPayload("params."+name, raw, DefaultMaxPayloadBytes); err != nil {
		return err
	}
	p[name] = raw
	return nil
}

// ParamTypeError says that a context parameter exists but does not decode into
// the type asked for. It matches ErrInvalid; a missing one is a *NotFoundError.
type ParamTypeError struct {
	Name string
	Want string // the Go type
	Err  error
}

func (e *ParamTypeError) Error() string {
	return fmt.Sprintf("parameter %q is not a %s: %v", e.Name, e.Want, e.Err)
}

// Is makes the error match ErrInvalid.
func (e *ParamTypeError) Is(target error) bool { return target == ErrInvalid }

// Unwrap gives the decoder's error.
func (e *ParamTypeError) Unwrap() error { return e.Err }

// Param decodes the parameter called name.
func Param[T any](p Params, name string) (T, error) {
	var value T
	raw, ok := p[name]
	if !ok {
		return value, &NotFoundError{What: "parameter", Name: name}
	}
	if err := json.Unmarshal(raw, &value); err != nil {
		return value, &ParamTypeError{Name: name, Want: fmt.Sprintf("%T", value), Err: err}
	}
	return value, nil
}

// unescape is a JSON string without its escapes, quotes kept. The string was
// checked before.
func unescape(quoted []byte) []byte {
	var s string
	if json.Unmarshal(quoted, &s) != nil {
		return quoted
	}
	return []byte(`"` + s + `"`)
}
