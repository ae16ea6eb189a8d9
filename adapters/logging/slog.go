package logging

import (
	"log/slog"

	"github.com/rs/zerolog"
)

// Slog is log as the standard library's logger, for tasktower.WorkerConfig's
// Logger: lines of handlers and lines about them end up in one place.
func Slog(log zerolog.Logger) *slog.Logger {
	return slog.New(zerolog.NewSlogHandler(log))
}
