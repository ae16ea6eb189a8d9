package tasktower_test

import (
	"context"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower"
	"github.com/task-tower/tasktower/adapters/memory"
	"github.com/task-tower/tasktower/core/retry"
	"github.com/task-tower/tasktower/strategies"
)

func newMemory(t *testing.T) *memory.Store {
	t.Helper()
	store := memory.New(memory.Config{})
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	return store
}

func TestNewWorker_RefusesBadConfigurations(t *testing.T) {
	t.Parallel()
	store := newMemory(t)
	for name, c := range map[string]struct {
		change func(*tasktower.WorkerConfig)
		says   string
	}{
		"no handlers":          {func(c *tasktower.WorkerConfig) { c.Handlers = nil }, "Handlers: are empty"},
		"an empty handler":     {func(c *tasktower.WorkerConfig) { c.Handlers[0] = tasktower.Registration{} }, "Handlers[0]"},
		"one kind twice":       {func(c *tasktower.WorkerConfig) { c.Handlers = append(c.Handlers, c.Handlers[0]) }, `Handlers[1] "email": invalid kind: has a handler already, Handlers[0]`},
		"negative slots":       {func(c *tasktower.WorkerConfig) { c.Concurrency = -1 }, "Concurrency: is -1; want 1 to 10000"},
		"too many slots":       {func(c *tasktower.WorkerConfig) { c.Concurrency = 10_001 }, "Concurrency: is 10001"},
		"a lease of two beats": {func(c *tasktower.WorkerConfig) { c.Lease = 10 * time.Second }, "want more than two heartbeats"},
		"a negative poll":      {func(c *tasktower.WorkerConfig) { c.JobCheckInterval = -1 }, "invalid JobCheckInterval"},
		"a negative look":      {func(c *tasktower.WorkerConfig) { c.QueueAnnouncementInterval = -1 }, "invalid QueueAnnouncementInterval"},
		"a negative beat":      {func(c *tasktower.WorkerConfig) { c.Heartbeat = -1 }, "invalid Heartbeat"},
		"a negative lease":     {func(c *tasktower.WorkerConfig) { c.Lease = -1 }, "invalid Lease"},
		"a negative overstay":  {func(c *tasktower.WorkerConfig) { c.Overstay = -1 }, "invalid Overstay"},
		"a timeout of nothing": {func(c *tasktower.WorkerConfig) { c.Timeout = time.Microsecond }, "Timeout: is 1µs; want 1ms to"},
		"a negative timeout":   {func(c *tasktower.WorkerConfig) { c.Timeout = -1 }, "invalid Timeout"},
		"an endless timeout":   {func(c *tasktower.WorkerConfig) { c.Timeout = math.MaxInt64 }, "invalid Timeout"},
		"an endless grace":     {func(c *tasktower.WorkerConfig) { c.Grace = math.MaxInt64 }, "invalid Grace"},
		"no queue":             {func(c *tasktower.WorkerConfig) { c.Queues = []string{} }, "Queues: are empty"},
		"a bad queue":          {func(c *tasktower.WorkerConfig) { c.Queues = []string{"ok", "a\nb"} }, "Queues[1]"},
		"empty priorities":     {func(c *tasktower.WorkerConfig) { c.Strategy = strategies.Strict(nil) }, "priorities"},
		"a weight of 0":        {func(c *tasktower.WorkerConfig) { c.Strategy = strategies.Weighted(map[string]int{"a": 0}) }, "weight"},
		"a nil interceptor":    {func(c *tasktower.WorkerConfig) { c.OnDeath = []tasktower.After{nil} }, "invalid OnDeath[0]"},
		"a nil pre-processor":  {func(c *tasktower.WorkerConfig) { c.PreProcessing = []tasktower.Before{nil} }, "invalid PreProcessing[0]"},
		"a nil middleware":     {func(c *tasktower.WorkerConfig) { c.Around = []tasktower.AroundWork{nil} }, "invalid Around[0]"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := tasktower.WorkerConfig{Handlers: []tasktower.Registration{tasktower.HandleFunc(send)}}
			c.change(&cfg)
			_, err := tasktower.NewWorker(store, cfg)
			require.ErrorIs(t, err, tasktower.ErrInvalid)
			require.ErrorContains(t, err, c.says)
		})
	}
}

func TestNewWorker_ReportsAllMistakesTogetherAndInOrder(t *testing.T) {
	t.Parallel()
	make := func() error {
		_, err := tasktower.NewWorker(nil, tasktower.WorkerConfig{
			Concurrency: -1, Heartbeat: -1, Lease: -1, Overstay: -1, OnDeath: []tasktower.After{nil}, OnSuccess: []tasktower.After{nil},
		})
		return err
	}
	first := make()
	for _, field := range []string{"store", "Handlers", "Concurrency", "Heartbeat", "Lease", "Overstay", "OnSuccess", "OnDeath"} {
		require.ErrorContains(t, first, "invalid "+field)
	}
	for range 20 {
		require.EqualError(t, make(), first.Error())
	}
}

// What is wrong with a configuration is named as whoever wrote it has spelled it.
func TestNewWorker_NamesFieldsOfItsConfigAsGoDoes(t *testing.T) {
	t.Parallel()
	_, err := tasktower.NewWorker(newMemory(t), tasktower.WorkerConfig{
		Concurrency: -1, Queues: []string{""}, JobCheckInterval: -1, QueueAnnouncementInterval: -1, Heartbeat: -1, Lease: -1,
		Grace: math.MaxInt64, Overstay: -1, Timeout: -1, RescueInterval: -1, PruneInterval: 1, MaxCrashes: -1,
		Retention:     tasktower.Retention{Completed: 1, Cancelled: 1, Dead: 1},
		PreProcessing: []tasktower.Before{nil}, OnSuccess: []tasktower.After{nil}, OnFailure: []tasktower.After{nil},
		OnDeath: []tasktower.After{nil}, Around: []tasktower.AroundWork{nil},
	})
	named := map[string]bool{}
	for line := range strings.Lines(err.Error()) {
		field, _, ok := strings.Cut(strings.TrimPrefix(line, "invalid "), ": ")
		require.True(t, ok, line)
		named[strings.FieldsFunc(field, func(r rune) bool { return r == '[' || r == '.' })[0]] = true
	}
	for field := range named {
		_, ok := reflect.TypeFor[tasktower.WorkerConfig]().FieldByName(field)
		require.True(t, ok, "%s is a field", field)
	}
	require.Len(t, named, 19)
}

func TestNewClient_RefusesBadConfigurations(t *testing.T) {
	t.Parallel()
	store := newMemory(t)
	var none *memory.Store
	for name, c := range map[string]struct {
		store tasktower.Store
		cfg   tasktower.ClientConfig
		says  string
	}{
		"no store":             {nil, tasktower.ClientConfig{}, "store: is nil; want one of postgres.New or memory.New"},
		"a nil store":          {none, tasktower.ClientConfig{}, "store: is nil"},
		"a negative limit":     {store, tasktower.ClientConfig{MaxPayloadBytes: -1}, "invalid MaxPayloadBytes"},
		"a limit beyond 64 MB": {store, tasktower.ClientConfig{MaxPayloadBytes: 1 << 30}, "invalid MaxPayloadBytes"},
		"a nil contextualizer": {store, tasktower.ClientConfig{Contextualizers: []tasktower.Contextualizer{nil}}, "invalid Contextualizers[0]"},
		"a nil middleware":     {store, tasktower.ClientConfig{Around: []tasktower.AroundEnqueue{nil}}, "invalid Around[0]"},
		"one kind twice": {store, tasktower.ClientConfig{Handlers: []tasktower.Registration{
			tasktower.HandleFunc(send), tasktower.HandleFunc(send)}}, `Handlers[1] "email": invalid kind: has a handler already`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := tasktower.NewClient(c.store, c.cfg)
			require.ErrorIs(t, err, tasktower.ErrInvalid)
			require.ErrorContains(t, err, c.says)
		})
	}
}

// Args that cannot be registered.
type (
	nameless  struct{}
	longNamed struct{}
	panicking struct{}
	channel   struct{ C chan int }
	callback  struct{ F func() }
)

func (nameless) Kind() string  { return "" }
func (longNamed) Kind() string { return strings.Repeat("k", 129) }
func (panicking) Kind() string { panic("no kind") }
func (channel) Kind() string   { return "channel" }
func (callback) Kind() string  { return "callback" }

func ignore[T tasktower.Args](context.Context, *tasktower.Job[T]) error { return nil }

func TestHandle_SurfacesMistakesFromNewWorker(t *testing.T) {
	t.Parallel()
	store := newMemory(t)
	var noFunc func(context.Context, *tasktower.Job[Email]) error
	for name, c := range map[string]struct {
		registration tasktower.Registration
		says         string
	}{
		"nil handler":         {tasktower.Handle[Email](nil), "handler: is nil"},
		"nil function":        {tasktower.HandleFunc(noFunc), "handler: is nil"},
		"empty kind":          {tasktower.HandleFunc(ignore[nameless]), "kind: is empty"},
		"kind too long":       {tasktower.HandleFunc(ignore[longNamed]), "kind: has 129 bytes; at most 128"},
		"kind panics":         {tasktower.HandleFunc(ignore[panicking]), "panics: no kind"},
		"interface args":      {tasktower.HandleFunc(ignore[tasktower.Args]), "panics"},
		"args with a channel": {tasktower.HandleFunc(ignore[channel]), "JSON cannot carry"},
		"args with a func":    {tasktower.HandleFunc(ignore[callback]), "JSON cannot carry"},
		"nil option":          {tasktower.HandleFunc(send, nil), "option: is nil"},
		"a due time":          {tasktower.HandleFunc(send, tasktower.In(time.Second)), "At or In belongs to an enqueue"},
		"a deadline":          {tasktower.HandleFunc(send, tasktower.Deadline(time.Now())), "Deadline belongs to an enqueue"},
		"a unique key":        {tasktower.HandleFunc(send, tasktower.UniqueKey("k")), "UniqueKey belongs to an enqueue"},
		"nil interceptor":     {tasktower.HandleFunc(send, tasktower.OnDeath(nil)), "OnDeath"},
		"retries below 0":     {tasktower.HandleFunc(send, tasktower.MaxRetries(-1)), "max_retries: is -1; want 0 to 1000"},
		"nil policy":          {tasktower.HandleFunc(send, tasktower.Retry(nil)), "retry: is nil"},
		"bad policy":          {tasktower.HandleFunc(send, tasktower.Retry(retry.Fixed(-1))), "retry"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := tasktower.NewWorker(store, tasktower.WorkerConfig{Handlers: []tasktower.Registration{c.registration}})
			require.ErrorIs(t, err, tasktower.ErrInvalid)
			require.ErrorContains(t, err, c.says)
		})
	}
}

func TestNewWorker_SaysWhatItAdjusted(t *testing.T) {
	t.Parallel()
	var seen recorder
	_, err := tasktower.NewWorker(newMemory(t), tasktower.WorkerConfig{
		Handlers: []tasktower.Registration{tasktower.HandleFunc(send)}, Observer: &seen,
		JobCheckInterval: time.Millisecond, QueueAnnouncementInterval: 499 * time.Millisecond,
		Prefetch: 5 * time.Second,
	})
	require.NoError(t, err)
	require.Equal(t, []string{
		"JobCheckInterval of 1ms is raised to its minimum of 500ms",
		"Prefetch of 5s is lowered to its maximum of 200ms",
		"QueueAnnouncementInterval of 499ms is raised to its minimum of 500ms",
	}, seen.notes())
}
