package tasktower_test

import (
	"context"
	"math"
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
		"no handlers":          {func(c *tasktower.WorkerConfig) { c.Handlers = nil }, "handlers: are empty"},
		"an empty handler":     {func(c *tasktower.WorkerConfig) { c.Handlers[0] = tasktower.Registration{} }, "handlers[0]"},
		"one kind twice":       {func(c *tasktower.WorkerConfig) { c.Handlers = append(c.Handlers, c.Handlers[0]) }, `handlers[1] "email": invalid kind: has a handler already, handlers[0]`},
		"negative slots":       {func(c *tasktower.WorkerConfig) { c.Concurrency = -1 }, "concurrency: is -1; want 1 to 10000"},
		"too many slots":       {func(c *tasktower.WorkerConfig) { c.Concurrency = 10_001 }, "concurrency: is 10001"},
		"a lease of two beats": {func(c *tasktower.WorkerConfig) { c.Lease = 10 * time.Second }, "want more than two heartbeats"},
		"a negative poll":      {func(c *tasktower.WorkerConfig) { c.JobCheckInterval = -1 }, "job_check_interval"},
		"a negative look":      {func(c *tasktower.WorkerConfig) { c.QueueAnnouncementInterval = -1 }, "queue_announcement_interval"},
		"a negative beat":      {func(c *tasktower.WorkerConfig) { c.Heartbeat = -1 }, "heartbeat"},
		"a negative lease":     {func(c *tasktower.WorkerConfig) { c.Lease = -1 }, "lease"},
		"a negative overstay":  {func(c *tasktower.WorkerConfig) { c.Overstay = -1 }, "overstay"},
		"a timeout of nothing": {func(c *tasktower.WorkerConfig) { c.Timeout = time.Microsecond }, "timeout: is 1µs; want 1ms to"},
		"a negative timeout":   {func(c *tasktower.WorkerConfig) { c.Timeout = -1 }, "timeout"},
		"an endless timeout":   {func(c *tasktower.WorkerConfig) { c.Timeout = math.MaxInt64 }, "timeout"},
		"an endless grace":     {func(c *tasktower.WorkerConfig) { c.Grace = math.MaxInt64 }, "grace"},
		"no queue":             {func(c *tasktower.WorkerConfig) { c.Queues = []string{} }, "queues: are empty"},
		"a bad queue":          {func(c *tasktower.WorkerConfig) { c.Queues = []string{"ok", "a\nb"} }, "queues[1]"},
		"empty priorities":     {func(c *tasktower.WorkerConfig) { c.Strategy = strategies.Strict(nil) }, "priorities"},
		"a weight of 0":        {func(c *tasktower.WorkerConfig) { c.Strategy = strategies.Weighted(map[string]int{"a": 0}) }, "weight"},
		"a nil interceptor":    {func(c *tasktower.WorkerConfig) { c.OnDeath = []tasktower.After{nil} }, "on_death"},
		"a nil pre-processor":  {func(c *tasktower.WorkerConfig) { c.PreProcessing = []tasktower.Before{nil} }, "pre_processing"},
		"a nil middleware":     {func(c *tasktower.WorkerConfig) { c.Around = []tasktower.AroundWork{nil} }, "around"},
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
	for _, field := range []string{"store", "handlers", "concurrency", "heartbeat", "lease", "overstay", "on_success", "on_death"} {
		require.ErrorContains(t, first, "invalid "+field)
	}
	for range 20 {
		require.EqualError(t, make(), first.Error())
	}
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
		"a negative limit":     {store, tasktower.ClientConfig{MaxPayloadBytes: -1}, "max_payload_bytes"},
		"a limit beyond 64 MB": {store, tasktower.ClientConfig{MaxPayloadBytes: 1 << 30}, "max_payload_bytes"},
		"a nil contextualizer": {store, tasktower.ClientConfig{Contextualizers: []tasktower.Contextualizer{nil}}, "contextualizers"},
		"a nil middleware":     {store, tasktower.ClientConfig{Around: []tasktower.AroundEnqueue{nil}}, "around"},
		"one kind twice": {store, tasktower.ClientConfig{Handlers: []tasktower.Registration{
			tasktower.HandleFunc(send), tasktower.HandleFunc(send)}}, `handlers[1] "email": invalid kind: has a handler already`},
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
