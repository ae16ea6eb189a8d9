package modules

import (
	"log/slog"
	"strings"

	"github.com/rs/zerolog"
	"go.uber.org/fx"

	"github.com/task-tower/tasktower"
	"github.com/task-tower/tasktower/adapters/logging"
)

// Logging writes what happens to log, and hands the same logger to handlers, who
// find it with tasktower.FromContext. The level is that of TASKTOWER_LOG_LEVEL,
// or log's own if that is not set.
//
// Without Logging, handlers get the app's *slog.Logger if it has one.
func Logging(log zerolog.Logger) fx.Option {
	return fx.Options(
		into(observersGroup, func(given *Config) tasktower.Observer { return logging.New(leveled(given, log)) }, optional),
		fx.Provide(fx.Annotate(
			func(given *Config) *handlerLogger { return &handlerLogger{logging.Slog(leveled(given, log))} },
			fx.ParamTags(optional))),
	)
}

// handlerLogger is what handlers log to.
type handlerLogger struct{ *slog.Logger }

// leveled is log with the level that the configuration names. A configuration
// with mistakes is reported elsewhere.
func leveled(given *Config, log zerolog.Logger) zerolog.Logger {
	c, _ := configure(given)
	if c.LogLevel == "" {
		return log
	}
	level, err := zerolog.ParseLevel(strings.ToLower(c.LogLevel))
	if err != nil {
		return log
	}
	return log.Level(level)
}
