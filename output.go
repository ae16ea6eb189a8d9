package tasktower

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strconv"
	"strings"

	"github.com/task-tower/tasktower/core/job"
)

// OutputError says that a handler's output cannot be stored. It failed the attempt.
type OutputError struct {
	Type string // of the value
	Err  error
}

func (e *OutputError) Error() string { return fmt.Sprintf("output of type %s: %v", e.Type, e.Err) }

// Unwrap gives the encoder's error, or an *InvalidError.
func (e *OutputError) Unwrap() error { return e.Err }

// marshalOutput is v as checked JSON. A panic of v's own methods is its error.
func marshalOutput(v any) (text []byte, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
		if err != nil {
			text, err = nil, &OutputError{Type: fmt.Sprintf("%T", v), Err: err}
		}
	}()
	if text, err = json.Marshal(v); err != nil {
		return nil, err
	}
	return text, job.CheckPayload("output", text, job.MaxOutput)
}

// lineText is a log record as one line: its message, then key=value.
func lineText(r slog.Record) string {
	var out strings.Builder
	out.WriteString(r.Message)
	r.Attrs(func(a slog.Attr) bool {
		value := a.Value.Resolve().String()
		if value == "" || strings.ContainsAny(value, " \"=\n") {
			value = strconv.Quote(value)
		}
		out.WriteString(" " + a.Key + "=" + value)
		return out.Len() < job.MaxReportLine
	})
	return out.String()
}
