package tasktower_test

import (
	"context"
	"errors"
	"math"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower"
	"github.com/task-tower/tasktower/core/event"
	"github.com/task-tower/tasktower/core/retry"
)

// recorder is an observer that keeps notes.
type recorder struct {
	mu  sync.Mutex
	all []event.Event
}

func (r *recorder) Observe(e event.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.all = append(r.all, e)
}

func (r *recorder) notes() (notes []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, e := range r.all {
		notes = append(notes, e.Note)
	}
	return notes
}

// Raw is args whose JSON is written by hand.
type Raw struct{ text string }

func (Raw) Kind() string                   { return "raw" }
func (r Raw) MarshalJSON() ([]byte, error) { return []byte(r.text), nil }

// Any is args of anything.
type Any struct{ V any }

func (Any) Kind() string { return "any" }

func TestEnqueue_RefusesBadInput(t *testing.T) {
	t.Parallel()
	store := newMemory(t)
	client, err := tasktower.NewClient(store, tasktower.ClientConfig{})
	require.NoError(t, err)
	var noPointer *Email
	century := 101 * 366 * 24 * time.Hour
	opt := func(opts ...tasktower.Option) []tasktower.Option { return opts }
	fine := Email{}
	for name, c := range map[string]struct {
		args tasktower.Args
		opts []tasktower.Option
		says string
	}{
		"nil args":            {nil, nil, "args: are nil"},
		"nil pointer":         {noPointer, nil, "args: are nil"},
		"empty kind":          {nameless{}, nil, "kind: is empty"},
		"NaN":                 {Any{math.NaN()}, nil, "args: JSON cannot carry"},
		"Inf":                 {Any{math.Inf(1)}, nil, "args: JSON cannot carry"},
		"channel":             {Any{make(chan int)}, nil, "args: JSON cannot carry"},
		"too large":           {Any{strings.Repeat("x", 1<<20)}, nil, "have 1048584 bytes of JSON; at most 1048576, which ClientConfig.MaxPayloadBytes changes"},
		"too deep":            {Raw{strings.Repeat("[", 65) + strings.Repeat("]", 65)}, nil, "nested deeper than 64"},
		"NUL":                 {Any{"a\x00b"}, nil, "NUL"},
		"broken UTF-8":        {Any{"a\xffb"}, nil, "not valid UTF-8"},
		"doubled key":         {Raw{`{"a":1,"\u0061":2}`}, nil, "has a key twice"},
		"number beyond":       {Raw{`1e999`}, nil, "beyond the range of float64"},
		"half a surrogate":    {Raw{`"\ud800"`}, nil, "half a surrogate pair"},
		"empty queue":         {fine, opt(tasktower.Queue("")), "queue: is empty"},
		"long queue":          {fine, opt(tasktower.Queue(strings.Repeat("q", 129))), "queue: has 129 bytes"},
		"control in queue":    {fine, opt(tasktower.Queue("a\x1b")), "queue: has a control character"},
		"bad tag":             {fine, opt(tasktower.Tags("fine", "a,b")), "tags[1]: has a comma"},
		"blank at tag":        {fine, opt(tasktower.Tag(" a")), "begins or ends with a blank"},
		"retries below 0":     {fine, opt(tasktower.MaxRetries(-1)), "max_retries: is -1"},
		"retries beyond 1000": {fine, opt(tasktower.MaxRetries(1001)), "max_retries: is 1001"},
		"own policy":          {fine, opt(tasktower.Retry(retry.Func(func(int, error) time.Duration { return 0 }))), "cannot be stored with one job"},
		"past century":        {fine, opt(tasktower.At(time.Now().Add(-century))), "100 years"},
		"next century":        {fine, opt(tasktower.At(time.Now().Add(century))), "100 years"},
		"zero time":           {fine, opt(tasktower.At(time.Time{})), "zero time"},
		"negative delay":      {fine, opt(tasktower.In(-1)), "invalid run_at: In(-1ns) is out of range; want 0 to 100 years"},
		"endless weeks":       {fine, opt(tasktower.InWeeks(math.MaxInt)), "invalid run_at: In of 9223372036854775807 times 168h is out of range; want 0 to 100 years in all"},
		"late deadline":       {fine, opt(tasktower.Deadline(time.Now().Add(century))), "deadline"},
		"deadline now":        {fine, opt(tasktower.DeadlineIn(0)), "deadline"},
		"no timeout":          {fine, opt(tasktower.Timeout(0)), "timeout"},
		"empty key":           {fine, opt(tasktower.UniqueKey("")), "unique_key"},
		"unique for nothing":  {fine, opt(tasktower.UniqueFor(0)), "unique_for"},
		"nil option":          {fine, opt(nil), "option: is nil"},
		"interceptor":         {fine, opt(tasktower.OnDeath(says("x"))), "OnDeath belongs to Handle or Defaults"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := client.Enqueue(t.Context(), c.args, c.opts...)
			require.ErrorIs(t, err, tasktower.ErrInvalid)
			require.ErrorContains(t, err, c.says)
			_, err = client.EnqueueMany(t.Context(), []tasktower.Item{{Args: fine}, {Args: c.args, Options: c.opts}})
			require.ErrorIs(t, err, tasktower.ErrInvalid)
			require.ErrorContains(t, err, "jobs[1]")
		})
	}
	t.Cleanup(func() {
		page, err := client.List(context.Background(), tasktower.Filter{})
		require.NoError(t, err)
		require.Empty(t, page.Jobs, "nothing was stored")
	})
}

func TestEnqueue_JoinsMistakes(t *testing.T) {
	t.Parallel()
	client, err := tasktower.NewClient(newMemory(t), tasktower.ClientConfig{})
	require.NoError(t, err)
	_, err = client.Enqueue(t.Context(), Email{}, tasktower.Queue(""), tasktower.MaxRetries(-1), tasktower.Tag(""))
	for _, field := range []string{"queue", "max_retries", "tags[0]"} {
		require.ErrorContains(t, err, "invalid "+field)
	}
}

func TestEnqueue_RefusesWhatContextualizersAndMiddlewareSpoil(t *testing.T) {
	t.Parallel()
	store := newMemory(t)
	spoil := func(f func(*tasktower.Spec)) tasktower.AroundEnqueue {
		return func(ctx context.Context, specs []*tasktower.Spec, next tasktower.EnqueueNext) error {
			for _, s := range specs {
				f(s)
			}
			return next(ctx, specs)
		}
	}
	for name, c := range map[string]struct {
		cfg  tasktower.ClientConfig
		says string
	}{
		"a parameter that is no JSON": {tasktower.ClientConfig{Contextualizers: []tasktower.Contextualizer{
			func(_ context.Context, p tasktower.Params) error { p["User"] = []byte("{"); return nil }}}, "params.User"},
		"a parameter without a name": {tasktower.ClientConfig{Contextualizers: []tasktower.Contextualizer{
			func(_ context.Context, p tasktower.Params) error { return p.Set("", 1) }}}, "param: is empty"},
		"a queue":   {tasktower.ClientConfig{Around: []tasktower.AroundEnqueue{spoil(func(s *tasktower.Spec) { s.Queue = "" })}}, "queue: is empty"},
		"a tag":     {tasktower.ClientConfig{Around: []tasktower.AroundEnqueue{spoil(func(s *tasktower.Spec) { s.Tags = []string{","} })}}, "tags[0]"},
		"a payload": {tasktower.ClientConfig{Around: []tasktower.AroundEnqueue{spoil(func(s *tasktower.Spec) { s.Payload = []byte("x") })}}, "args: is not JSON"},
		"silence": {tasktower.ClientConfig{Around: []tasktower.AroundEnqueue{
			func(context.Context, []*tasktower.Spec, tasktower.EnqueueNext) error { return nil }}}, "swallowed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client, err := tasktower.NewClient(store, c.cfg)
			require.NoError(t, err)
			_, err = client.Enqueue(t.Context(), Email{})
			require.ErrorIs(t, err, tasktower.ErrInvalid)
			require.ErrorContains(t, err, c.says)
		})
	}
	client, err := tasktower.NewClient(store, tasktower.ClientConfig{})
	require.NoError(t, err)
	_, err = client.WithContext(nil).Enqueue(t.Context(), Email{})
	require.ErrorIs(t, err, tasktower.ErrInvalid)
}

func TestInTx_ReportsUnfitTransactions(t *testing.T) {
	t.Parallel()
	store, other := newMemory(t), newMemory(t)
	client, err := tasktower.NewClient(store, tasktower.ClientConfig{})
	require.NoError(t, err)
	ended := store.Begin()
	require.NoError(t, ended.Rollback())
	for name, tx := range map[string]any{"nil": nil, "no transaction": 7, "another store's": other.Begin(), "an ended one": ended} {
		t.Run(name, func(t *testing.T) {
			_, err := client.InTx(tx).Enqueue(t.Context(), Email{})
			require.ErrorIs(t, err, tasktower.ErrInvalid)
			_, err = client.InTx(tx).EnqueueMany(t.Context(), tasktower.Each([]Email{{1}}))
			require.ErrorIs(t, err, tasktower.ErrInvalid)
		})
	}
}

func TestList_RefusesBadFilters(t *testing.T) {
	t.Parallel()
	client, err := tasktower.NewClient(newMemory(t), tasktower.ClientConfig{})
	require.NoError(t, err)
	low, high := int16(1), int16(2)
	now := time.Now()
	for says, f := range map[string]tasktower.Filter{
		"limit: is -1; want 1 to 200": {Limit: -1},
		"limit: is 201":               {Limit: 201},
		"after: is not a cursor":      {After: "nonsense"},
		`state: unknown state "lost"`: {State: "lost"},
		"is after to":                 {From: now, To: now.Add(-time.Hour)},
		"min_priority: 2 is above":    {MinPriority: &high, MaxPriority: &low},
		"kinds[0]: is empty":          {Kinds: []string{""}},
		"queues[1]: is empty":         {Queues: []string{"a", ""}},
		"tags[0]: has a comma":        {Tags: []string{","}},
		"ids: has 201; at most 200":   {IDs: make([]tasktower.ID, 201)},
	} {
		_, err := client.List(t.Context(), f)
		require.ErrorIs(t, err, tasktower.ErrInvalid, says)
		require.ErrorContains(t, err, says)
	}
}

func TestCommands_RefuseBadNames(t *testing.T) {
	t.Parallel()
	client, err := tasktower.NewClient(newMemory(t), tasktower.ClientConfig{})
	require.NoError(t, err)
	many := make([]string, 101)
	for i := range many {
		many[i] = strings.Repeat("t", i+1)
	}
	for name, err := range map[string]error{
		"pause":       client.PauseQueue(t.Context(), "", "", ""),
		"resume":      client.ResumeQueue(t.Context(), "\x00"),
		"tag":         client.Tag(t.Context(), tasktower.ID{1}, "a", ""),
		"many tags":   client.Tag(t.Context(), tasktower.ID{1}, many...),
		"schedule":    second(client.Schedule(t.Context(), Email{}, tasktower.When{})),
		"parse an id": second(tasktower.ParseID("nonsense")),
	} {
		require.ErrorIs(t, err, tasktower.ErrInvalid, name)
	}
	require.True(t, errors.Is(second(client.Get(t.Context(), tasktower.ID{})), tasktower.ErrNotFound))
}

func second[T any](_ T, err error) error { return err }
