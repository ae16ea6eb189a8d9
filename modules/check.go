package modules

import (
	"context"
	"errors"
	"reflect"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/rs/zerolog"

	"github.com/task-tower/tasktower"
	"github.com/task-tower/tasktower/adapters/memory"
	"github.com/task-tower/tasktower/adapters/postgres"
	"github.com/task-tower/tasktower/strategies"
)

// check reports every value that breaks a rule, joined. set are the variables
// that were given: an explicit zero is not a default.
func (c Config) check(set map[string]string) error {
	errs := []error{c.checkPostgres(), c.checkWorker(nil, nil), c.checkStrategy(), c.checkLogLevel()}
	if _, err := pgx.ParseConfig(c.DatabaseURL); err != nil {
		// The parser's own words may hold a piece of the password.
		errs = append(errs, invalid(Prefix+"DATABASE_URL", "cannot be parsed; want postgres://user:password@host:port/name "+
			"with special characters percent-encoded, or key=value pairs"))
	}
	value := reflect.ValueOf(c)
	for i := range value.NumField() {
		field, name := value.Type().Field(i), variable(value.Type().Field(i))
		number := value.Field(i).CanInt() && field.Tag.Get("envDefault") != "0s"
		if _, given := set[name]; given && number && value.Field(i).IsZero() {
			want := limits(name)
			if want == "" {
				want = "more than 0"
			}
			errs = append(errs, invalid(name, "is 0; want %s, or leave it out for the default", want))
		}
	}
	return errors.Join(errs...)
}

// limits are those of a variable as its owner words them; empty: it has none that
// say more than that it is positive.
func limits(name string) string {
	switch strings.TrimPrefix(name, Prefix) {
	case "CALL_TIMEOUT":
		return "100ms to 10m"
	case "CONCURRENCY":
		return "1 to 10000"
	case "MAX_CRASHES":
		return "1 to 100"
	case "MAX_PAYLOAD_BYTES":
		return "2 to 67108864"
	}
	return ""
}

// checkWorker asks the root package what it thinks of the worker and client that
// the configuration describes, with these handlers
// and recurring jobs.
func (c Config) checkWorker(handlers []tasktower.Registration, recurring []tasktower.Recurring) error {
	scratch := memory.New(memory.Config{})
	w := c.worker()
	w.Recurring = recurring
	if w.Handlers = handlers; len(handlers) == 0 {
		w.Handlers = []tasktower.Registration{tasktower.HandleFunc(func(context.Context, *tasktower.Job[nothing]) error { return nil })}
	}
	_, workerErr := tasktower.NewWorker(scratch, w)
	_, clientErr := tasktower.NewClient(scratch, c.client())
	return inVariables(errors.Join(workerErr, clientErr), nil)
}

// nothing is the input of a kind that is never used.
type nothing struct{}

func (nothing) Kind() string { return "nothing" }

// checkPostgres asks the adapter what it thinks of the store's configuration.
func (c Config) checkPostgres() error {
	cfg := c.postgres()
	cfg.PollOnly = false // the adapter does not know the variables that contradict each other
	_, err := postgres.New(nil, cfg)
	if inner := errors.Unwrap(err); inner != nil {
		err = inner // without the adapter's prefix
	}
	var errs []error
	if c.PollOnly && c.ListenDatabaseURL != "" {
		errs = append(errs, invalid(Prefix+"LISTEN_DATABASE_URL", "is set, and %s=true keeps it from being used; leave one of them out", Prefix+"POLL_ONLY"))
	}
	for _, e := range parts(err) {
		if bad, ok := e.(*tasktower.InvalidError); !ok || bad.Field != "pool" {
			errs = append(errs, e)
		}
	}
	return inVariables(errors.Join(errs...), map[string]string{"ListenDSN": "LISTEN_DATABASE_URL"})
}

// checkStrategy reports an unknown strategy and bad priorities.
func (c Config) checkStrategy() error {
	_, err := c.strategy()
	return err
}

// checkNoStrategy refuses variables that name a strategy, for an app that brings
// one of its own: one of the two would have no effect.
func (c Config) checkNoStrategy() error {
	var errs []error
	for _, v := range []struct{ name, value string }{
		{"QUEUE_PRIORITIZATION", c.QueuePrioritization}, {"QUEUE_PRIORITIES", c.QueuePriorities},
	} {
		if strings.TrimSpace(v.value) != "" {
			errs = append(errs, invalid(Prefix+v.name, "is %q, and the app brings a strategy of its own; "+
				"leave the variable out, or modules.Strategy", clip(v.value)))
		}
	}
	return errors.Join(errs...)
}

// strategy is the strategy that the configuration names.
func (c Config) strategy() (tasktower.Strategy, error) {
	name := c.QueuePrioritization
	if name == "" {
		name = "fifo"
	}
	if plain, err := strategies.Parse(name, ""); err == nil && strings.TrimSpace(c.QueuePriorities) != "" {
		return nil, invalid(Prefix+"QUEUE_PRIORITIES", "are of no use to %s; set %s to index, strict or weighted, or leave them out",
			plain.Name(), Prefix+"QUEUE_PRIORITIZATION")
	}
	s, err := strategies.Parse(name, c.QueuePriorities)
	return s, inVariables(err, map[string]string{
		"strategy": "QUEUE_PRIORITIZATION", "priorities": "QUEUE_PRIORITIES", "weights": "QUEUE_PRIORITIES",
	})
}

func (c Config) checkLogLevel() error {
	if _, err := zerolog.ParseLevel(strings.ToLower(c.LogLevel)); err != nil {
		return invalid(Prefix+"LOG_LEVEL", "is %q; want trace, debug, info, warn, error or disabled", clip(c.LogLevel))
	}
	return nil
}

// inVariables puts the names of variables where errors name fields: those that words
// has for the field's last word, else that of Config's field of the same name.
func inVariables(err error, words map[string]string) error {
	var errs []error
	for _, e := range parts(err) {
		bad, ok := e.(*tasktower.InvalidError)
		if !ok {
			errs = append(errs, e)
			continue
		}
		field, place := bad.Field, ""
		if cut := strings.IndexByte(field, '['); cut >= 0 {
			field, place = field[:cut], field[cut:]
		}
		name, ok := words[field[strings.LastIndexByte(field, ' ')+1:]]
		if own, same := reflect.TypeFor[Config]().FieldByName(strings.ReplaceAll(field, ".", "")); !ok && same {
			name, ok = own.Tag.Get("env"), true
		}
		if ok {
			e = &tasktower.InvalidError{Field: Prefix + name + place, Rule: bad.Rule}
		}
		errs = append(errs, e)
	}
	return errors.Join(errs...)
}
