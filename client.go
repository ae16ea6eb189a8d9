package tasktower

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/task-tower/tasktower/adapters/system"
	"github.com/task-tower/tasktower/core/event"
	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/ports"
)

// ClientConfig is what a Client may be told. The zero value works.
type ClientConfig struct {
	// MaxPayloadBytes limits the JSON of args; 0: 1 MiB; at most 64 MiB.
	MaxPayloadBytes int
	// Contextualizers run for every enqueue, before those of WithContext.
	Contextualizers []Contextualizer
	// Around wraps every enqueue, the first outermost.
	Around []AroundEnqueue
	// Handlers whose options also hold for jobs enqueued by this client: without
	// them it does not know what was said at Handle, Queue and Tags for instance.
	// Give the worker's here when both live in one program; jobs enqueued elsewhere
	// follow their Args' Defaults.
	Handlers []Registration
	// Observer hears of every enqueue, pause and resume; nil: nobody. See LogTo.
	Observer Observer
	// IDs makes job ids; nil: UUIDv7 from this machine's clock.
	IDs ports.IDs
}

const maxPayloadLimit = 64 << 20

// Client enqueues, commands and reads jobs. Safe for many goroutines.
type Client struct {
	store  ports.Store
	into   ports.Enqueuer // the store, or its part in a transaction
	broken error          // of InTx; every enqueue returns it
	cfg    ClientConfig
	kinds  map[string][]Option
	spoilt map[string]bool // kinds whose own options have mistakes, which are told elsewhere
}

// NewClient makes a client of the store. The error joins every mistake in the
// configuration; each matches ErrInvalid.
func NewClient(store Store, cfg ClientConfig) (*Client, error) {
	var errs []error
	if isNil(store) {
		errs = append(errs, job.Invalid("store", "is nil; want one of postgres.New or memory.New"))
	}
	if cfg.MaxPayloadBytes == 0 {
		cfg.MaxPayloadBytes = job.DefaultMaxPayloadBytes
	}
	if cfg.MaxPayloadBytes < 2 || cfg.MaxPayloadBytes > maxPayloadLimit {
		errs = append(errs, job.Invalid("MaxPayloadBytes", "is %d; want 2 to %d", cfg.MaxPayloadBytes, maxPayloadLimit))
	}
	errs = append(errs,
		someNil("Contextualizers", len(cfg.Contextualizers), func(i int) bool { return cfg.Contextualizers[i] == nil }),
		someNil("Around", len(cfg.Around), func(i int) bool { return cfg.Around[i] == nil }))
	errs = append(errs, checkHandlers(cfg.Handlers)...)
	if cfg.IDs == nil {
		cfg.IDs = &system.IDs{}
	}
	kinds := map[string][]Option{}
	for _, r := range cfg.Handlers {
		kinds[r.kind] = r.opts
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return &Client{store: store, into: store, cfg: cfg, kinds: kinds}, nil
}

// WithContext returns a client that runs the contextualizers, after those it has
// already, for each enqueue. The receiver stays as it is.
func (c *Client) WithContext(more ...Contextualizer) *Client {
	n := *c
	n.cfg.Contextualizers = append(slices.Clip(c.cfg.Contextualizers), more...)
	if err := someNil("contextualizers", len(more), func(i int) bool { return more[i] == nil }); err != nil {
		n.broken = err
	}
	return &n
}

// InTx returns a client whose enqueues happen inside tx, a transaction of the
// store's kind (pgx.Tx or *sql.Tx): the jobs exist if and only if it commits. An
// unfit tx is reported by the enqueue. Commands and questions do not join tx.
func (c *Client) InTx(tx any) *Client {
	n := *c
	into, err := c.store.InTx(tx)
	if err != nil {
		n.broken = err
		return &n
	}
	n.into = into
	return &n
}

// contextualize runs the contextualizers for one enqueue.
func (c *Client) contextualize(ctx context.Context) (Params, error) {
	if len(c.cfg.Contextualizers) == 0 {
		return nil, nil
	}
	params := Params{}
	for _, f := range c.cfg.Contextualizers {
		if err := f(ctx, params); err != nil {
			return nil, err
		}
	}
	return params, checkParams(params)
}

// checkParams looks over what contextualizers wrote, also past Params.Set.
func checkParams(p Params) error {
	if len(p) > job.MaxParams {
		return job.Invalid("params", "are %d; at most %d", len(p), job.MaxParams)
	}
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(p)) {
		if err := job.CheckName("param", name); err != nil {
			errs = append(errs, err)
			continue
		}
		errs = append(errs, job.CheckPayload("params."+name, p[name], job.DefaultMaxPayloadBytes))
	}
	return errors.Join(errs...)
}

func (c *Client) observe(e event.Event) {
	if c.cfg.Observer != nil {
		e.At = time.Now()
		c.cfg.Observer.Observe(e)
	}
}
