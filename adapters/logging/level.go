package logging

import (
	"log/slog"

	"github.com/rs/zerolog"

	"github.com/task-tower/tasktower/core/event"
)

// Level is how loud events of a type are, as package event says: debug, info, warn
// or error.
func Level(t event.Type) zerolog.Level {
	switch t.Level() {
	case slog.LevelDebug:
		return zerolog.DebugLevel
	case slog.LevelWarn:
		return zerolog.WarnLevel
	case slog.LevelError:
		return zerolog.ErrorLevel
	}
	return zerolog.InfoLevel
}
