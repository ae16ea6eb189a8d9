package tasktower_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower"
	"github.com/task-tower/tasktower/core/queue"
	"github.com/task-tower/tasktower/strategies"
)

// hasty is args that are of no use after a minute.
type hasty struct{}

func (hasty) Kind() string { return "hasty" }
func (hasty) Defaults() []tasktower.Option {
	return []tasktower.Option{tasktower.DeadlineIn(time.Minute), tasktower.Unique()}
}

func TestEnqueue_RefusesOptionsThatContradictEachOther(t *testing.T) {
	t.Parallel()
	now := time.Now()
	for name, c := range map[string]struct {
		args tasktower.Args
		opts []tasktower.Option
		says string
	}{
		"due after the deadline": {Email{}, []tasktower.Option{tasktower.In(2 * time.Second), tasktower.DeadlineIn(time.Second)},
			"invalid deadline: DeadlineIn(1s) is over when In(2s) is due: the job would never run; want a longer DeadlineIn or a shorter In"},
		"due at the deadline": {Email{}, []tasktower.Option{tasktower.DeadlineIn(time.Second), tasktower.In(time.Second)},
			"invalid deadline: DeadlineIn(1s) is over when In(1s) is due"},
		"due after the kind's deadline": {hasty{}, []tasktower.Option{tasktower.InHours(1)},
			"invalid deadline: DeadlineIn(1m) is over when In(1h) is due"},
		"an instant after the deadline": {Email{}, []tasktower.Option{tasktower.At(now.Add(time.Hour)), tasktower.Deadline(now)},
			"invalid deadline: is not after run_at: the job would never run; want a later Deadline or an earlier At"},
		"two times to run at": {Email{}, []tasktower.Option{tasktower.In(time.Hour), tasktower.At(now)},
			"invalid run_at: At and In are given both; want one of them"},
		"two unique keys": {Email{}, []tasktower.Option{tasktower.Unique(), tasktower.UniqueKey("k")},
			"invalid unique_key: Unique and UniqueKey are given both; want one of them"},
		"two unique keys, the other way round": {Email{}, []tasktower.Option{tasktower.UniqueKey("k"), tasktower.Unique()},
			"invalid unique_key: Unique and UniqueKey are given both; want one of them"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client := must(tasktower.NewClient(newMemory(t), tasktower.ClientConfig{}))
			_, err := client.Enqueue(t.Context(), c.args, c.opts...)
			require.ErrorIs(t, err, tasktower.ErrInvalid)
			require.ErrorContains(t, err, c.says)
		})
	}
}

func TestEnqueue_TakesOptionsThatOnlySeemToContradict(t *testing.T) {
	t.Parallel()
	now := time.Now()
	for name, c := range map[string]struct {
		args tasktower.Args
		opts []tasktower.Option
	}{
		"due in time":              {Email{}, []tasktower.Option{tasktower.In(time.Second), tasktower.DeadlineIn(2 * time.Second)}},
		"an hour ago":              {Email{}, []tasktower.Option{tasktower.At(now.Add(-time.Hour))}},
		"a key instead of Unique":  {hasty{}, []tasktower.Option{tasktower.UniqueKey("k")}},
		"a key for a time":         {Email{}, []tasktower.Option{tasktower.UniqueKey("k"), tasktower.UniqueFor(time.Hour)}},
		"unique for a time":        {Email{}, []tasktower.Option{tasktower.Unique(), tasktower.UniqueFor(time.Hour)}},
		"the last of two says it":  {Email{}, []tasktower.Option{tasktower.In(time.Hour), tasktower.In(time.Minute)}},
		"a deadline and no due":    {Email{}, []tasktower.Option{tasktower.Deadline(now.Add(time.Hour))}},
		"a later deadline instead": {hasty{}, []tasktower.Option{tasktower.InHours(1), tasktower.DeadlineIn(2 * time.Hour)}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client := must(tasktower.NewClient(newMemory(t), tasktower.ClientConfig{}))
			_, err := client.Enqueue(t.Context(), c.args, c.opts...)
			require.NoError(t, err)
		})
	}
}

// picky takes from one queue, and sometimes from another.
type picky struct{ always, often string }

func (picky) Name() string { return "picky" }

func (p picky) Plan(v queue.View) queue.Plan {
	name := p.always
	if v.Claim%5 == 4 {
		name = p.often
	}
	return queue.Plan{Steps: []queue.Step{{Queues: []string{name}, Quota: 1, Order: queue.ByPriority}}, Rest: queue.RestNone}
}

type panicky struct{}

func (panicky) Name() string               { return "panicky" }
func (panicky) Plan(queue.View) queue.Plan { panic("no plan") }

func TestNewWorker_RefusesQueuesFromWhichItsStrategyNeverTakes(t *testing.T) {
	t.Parallel()
	critical := map[string]int{"critical": 1}
	for name, c := range map[string]struct {
		strategy tasktower.Strategy
		queues   []string
		says     string
	}{
		"strict, another queue": {strategies.Strict(critical), []string{"low", "mail"},
			`invalid Queues: are ["low" "mail"], and strict never takes from them: the worker could run nothing; want one that the strategy names, or no queues`},
		"strict in a cap, another queue": {strategies.Caps(strategies.Strict(critical), map[string]strategies.Cap{"critical": {PerWorker: 1}}), []string{"low"}, "invalid Queues"},
		"strict, ageing, another queue":  {strategies.Ageing(strategies.Strict(critical), time.Minute), []string{"low"}, "invalid Queues"},
		"strict, one of them":            {strategies.Strict(critical), []string{"low", "critical"}, ""},
		"strict, every queue":            {strategies.Strict(critical), nil, ""},
		"index":                          {strategies.Index(critical), []string{"low"}, ""},
		"weighted":                       {strategies.Weighted(critical), []string{"low"}, ""},
		"none":                           {nil, []string{"low"}, ""},
		"now and then":                   {picky{"a", "low"}, []string{"low"}, ""},
		"a strategy that panics":         {panicky{}, []string{"low"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := tasktower.NewWorker(newMemory(t), tasktower.WorkerConfig{
				Handlers: []tasktower.Registration{tasktower.HandleFunc(send)},
				Strategy: c.strategy, Queues: c.queues,
			})
			if c.says == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, tasktower.ErrInvalid)
			require.ErrorContains(t, err, c.says)
		})
	}
}
