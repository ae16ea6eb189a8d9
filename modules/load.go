package modules

import (
	"errors"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/caarlos0/env/v11"

	"github.com/task-tower/tasktower"
)

// LoadConfig reads the TASKTOWER_* variables of the environment. A variable that
// is empty counts as not set.
//
// The error joins every mistake, unknown variables included; each matches
// tasktower.ErrInvalid and names its variable, and none tells a secret.
func LoadConfig() (Config, error) {
	return load(os.Environ())
}

// DefaultConfig is what LoadConfig returns for an empty environment.
func DefaultConfig() Config {
	c, err := load(nil)
	if err != nil {
		panic(err) // a default of ours breaks a rule of ours
	}
	return c
}

// load reads a list of NAME=value.
func load(environ []string) (Config, error) {
	set := map[string]string{}
	for _, line := range environ {
		name, value, _ := strings.Cut(line, "=")
		if strings.HasPrefix(name, Prefix) && strings.TrimSpace(value) != "" {
			set[name] = strings.TrimSpace(value)
		}
	}
	errs := unknown(set)

	var c Config
	parsed := env.ParseWithOptions(&c, env.Options{Environment: set, Prefix: Prefix})
	unread := map[string]bool{}
	for _, err := range parts(parsed) {
		var bad env.ParseError
		if !errors.As(err, &bad) {
			errs = append(errs, err)
			continue
		}
		field, _ := reflect.TypeFor[Config]().FieldByName(bad.Name)
		name := variable(field)
		unread[name] = true
		errs = append(errs, invalid(name, "is %q; want %s", clip(set[name]), wish(field.Type)))
		delete(set, name) // what it says is not 0
	}
	errs = append(errs, c.tidy(set)...)
	for _, err := range parts(c.check(set)) {
		// A field that could not be read is zero: what that breaks is no news.
		if bad := (*tasktower.InvalidError)(nil); errors.As(err, &bad) && unread[bad.Field] {
			continue
		}
		errs = append(errs, err)
	}
	return c, errors.Join(errs...)
}

// tidy brings what the environment says into the form that Config's fields have,
// where negative stands for what is 0 in the environment.
func (c *Config) tidy(set map[string]string) (errs []error) {
	for i, q := range c.Queues {
		c.Queues[i] = strings.TrimSpace(q)
	}
	for _, off := range []struct {
		name string
		d    *time.Duration
		most string // empty: negative is as good as 0
	}{{"GRACE", &c.Grace, "24h"}, {"PREFETCH", &c.Prefetch, "200ms"}, {"PRUNE_INTERVAL", &c.PruneInterval, ""}} {
		_, given := set[Prefix+off.name]
		if given && *off.d < 0 && off.most != "" {
			errs = append(errs, invalid(Prefix+off.name, "is %s; want 0 to %s, 0 for not at all", *off.d, off.most))
		}
		if given && *off.d == 0 {
			*off.d = -1
		}
	}
	return errs
}

// variable is the name of a field's variable.
func variable(field reflect.StructField) string { return Prefix + field.Tag.Get("env") }

// variables are the names of all variables, in the order of Config's fields.
func variables() []string {
	var names []string
	for _, field := range reflect.VisibleFields(reflect.TypeFor[Config]()) {
		names = append(names, variable(field))
	}
	return names
}

// wish is what a value of the type looks like.
func wish(t reflect.Type) string {
	switch {
	case t == reflect.TypeFor[time.Duration]():
		return "a duration such as 500ms, 30s or 5m"
	case t.Kind() == reflect.Bool:
		return "true or false"
	case t.Kind() == reflect.Int:
		return "a whole number"
	}
	return fmt.Sprintf("a %s", t)
}

// invalid names a variable and the rule it breaks.
func invalid(name, rule string, args ...any) error {
	return &tasktower.InvalidError{Field: name, Rule: fmt.Sprintf(rule, args...)}
}

// parts are the errors that were joined into err, however deep.
func parts(err error) []error {
	if err == nil {
		return nil
	}
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []error{err}
	}
	var all []error
	for _, e := range joined.Unwrap() {
		all = append(all, parts(e)...)
	}
	return all
}

// join is the errors as one, each message once.
func join(errs ...error) error {
	var all []error
	for _, e := range parts(errors.Join(errs...)) {
		if !slices.ContainsFunc(all, func(known error) bool { return known.Error() == e.Error() }) {
			all = append(all, e)
		}
	}
	return errors.Join(all...)
}

func clip(s string) string {
	if len(s) > 40 {
		return strings.ToValidUTF8(s[:40], "") + "…"
	}
	return s
}
