package modules

import (
	"go.uber.org/fx"
)

// checked is what a module found wrong with its part of the configuration. It
// depends on nothing that could depend on the store, so every mistake is known
// before anything is constructed.
type checked struct{ err error }

// checking adds a check to the app. It gets the app's configuration.
func checking(check func(c Config) error) fx.Option {
	return into(checksGroup, func(given *Config) checked {
		c, err := configure(given)
		return checked{join(err, check(c))}
	}, optional)
}

// configure is the app's configuration: that of Settings, or the environment's.
func configure(given *Config) (Config, error) {
	if given == nil {
		return LoadConfig()
	}
	return *given, given.check(nil)
}

// sound is a parameter of constructors that want a configuration without mistakes.
type sound struct {
	fx.In

	Given  *Config   `optional:"true"`
	Checks []checked `group:"tasktower.checks"`
}

// config is the app's configuration; the error joins every mistake in the app.
func (s sound) config() (Config, error) {
	var errs []error
	for _, c := range s.Checks {
		errs = append(errs, c.err)
	}
	c, err := configure(s.Given)
	return c, join(append(errs, err)...)
}

// refuse stops fx.New if there is a mistake.
func refuse(s sound) error {
	_, err := s.config()
	return err
}
