package strategies_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/core/queue"
	"github.com/task-tower/tasktower/ports"
	"github.com/task-tower/tasktower/strategies"
)

func TestPlan_FollowsTheTable(t *testing.T) {
	t.Parallel()
	tiers := map[string]int{"a": 1, "b": 5, "c": 1, "d": -2}
	steps := []queue.Step{
		{Queues: []string{"b"}, Quota: 10, Order: queue.ByPriority},
		{Queues: []string{"a", "c"}, Quota: 10, Order: queue.ByPriority},
		{Queues: []string{"d"}, Quota: 10, Order: queue.ByPriority},
	}
	shares := []queue.Share{{Queue: "high", Weight: 60}, {Queue: "default", Weight: 30}, {Queue: "low", Weight: 10}}
	aged := queue.Step{Quota: 1, Order: queue.ByAge, MinWaitMicros: 60_000_000}
	caps := map[string]strategies.Cap{"b": {Min: 3}, "a": {PerWorker: 4}, "d": {Cluster: 2}}
	kept := map[string]int{"b": 3}

	cases := map[string]struct {
		strategy ports.Strategy
		view     queue.View
		name     string
		want     queue.Plan
	}{
		"fifo":         {strategies.FIFO(), queue.View{}, "fifo", queue.Plan{Rest: queue.RestByAge}},
		"alphanumeric": {strategies.AlphaNumeric(), queue.View{}, "alphanumeric", queue.Plan{Rest: queue.RestAlphaNumeric}},
		"index":        {strategies.Index(tiers), queue.View{}, "index", queue.Plan{Steps: steps, Rest: queue.RestAlphaNumeric}},
		"strict":       {strategies.Strict(tiers), queue.View{}, "strict", queue.Plan{Steps: steps, Rest: queue.RestNone}},
		"weighted": {strategies.Weighted(three), queue.View{}, "weighted", queue.Plan{
			Steps: []queue.Step{
				{Queues: []string{"low"}, Quota: 1, Order: queue.ByPriority},
				{Queues: []string{"default"}, Quota: 3, Order: queue.ByPriority},
				{Queues: []string{"high"}, Quota: 6, Order: queue.ByPriority},
			},
			Spill: []string{"high", "default", "low"}, Rest: queue.RestAlphaNumeric, Shares: shares, Most: 10,
		}},
		"weighted, one was empty": {strategies.Weighted(three), queue.View{Credit: queue.Credit{"default": 0, "low": 0}}, "weighted", queue.Plan{
			Steps: []queue.Step{
				{Queues: []string{"high"}, Quota: 6, Order: queue.ByPriority},
				{Queues: []string{"low"}, Quota: 2, Order: queue.ByPriority},
				{Queues: []string{"default"}, Quota: 8, Order: queue.ByPriority},
			},
			Spill: []string{"low", "high", "default"}, Rest: queue.RestAlphaNumeric, Shares: shares, Most: 10,
		}},
		"weighted, one slot": {strategies.Weighted(three), queue.View{Slots: 1}, "weighted", queue.Plan{
			Steps: []queue.Step{{Queues: []string{"high"}, Quota: 1, Order: queue.ByPriority}},
			Spill: []string{"default", "low", "high"}, Rest: queue.RestAlphaNumeric, Shares: shares, Most: 1,
		}},
		"ageing, most claims": {strategies.Ageing(strategies.FIFO(), time.Minute), queue.View{Claim: 18}, "fifo+ageing",
			queue.Plan{Rest: queue.RestByAge}},
		"ageing, the 20th claim": {strategies.Ageing(strategies.Strict(tiers), time.Minute), queue.View{Claim: 39}, "strict+ageing",
			queue.Plan{Steps: append([]queue.Step{aged}, steps...), Rest: queue.RestNone}},
		"caps, slots are reserved": {strategies.Caps(strategies.FIFO(), caps), queue.View{Running: map[string]int{"a": 1, "b": 1}}, "fifo+caps",
			queue.Plan{
				Steps: []queue.Step{{Queues: []string{"b"}, Quota: 2, Order: queue.ByPriority}},
				Rest:  queue.RestByAge, Most: 8, Limits: map[string]int{"a": 3}, Caps: map[string]int{"d": 2}, Reserved: kept,
			}},
		"caps, reserved slots are all that is left": {strategies.Caps(strategies.FIFO(), caps), queue.View{Slots: 2, Running: map[string]int{"a": 9}}, "fifo+caps",
			queue.Plan{
				Steps: []queue.Step{{Queues: []string{"b"}, Quota: 2, Order: queue.ByPriority}},
				Rest:  queue.RestNone, Limits: map[string]int{"a": 0}, Caps: map[string]int{"d": 2}, Reserved: kept,
			}},
		"caps, reserved slots are taken": {strategies.Caps(strategies.FIFO(), caps), queue.View{Running: map[string]int{"b": 3}}, "fifo+caps",
			queue.Plan{Rest: queue.RestByAge, Limits: map[string]int{"a": 4}, Caps: map[string]int{"d": 2}, Reserved: kept}},
		"caps in caps, the lower holds": {strategies.Caps(strategies.Caps(strategies.FIFO(), caps), map[string]strategies.Cap{"a": {PerWorker: 9}, "d": {Cluster: 1}}),
			queue.View{Running: map[string]int{"b": 3}}, "fifo+caps+caps",
			queue.Plan{Rest: queue.RestByAge, Limits: map[string]int{"a": 4}, Caps: map[string]int{"d": 1}, Reserved: kept}},
		"caps leave ageing first": {strategies.Caps(strategies.Ageing(strategies.FIFO(), time.Minute), caps), queue.View{Claim: 19}, "fifo+ageing+caps",
			queue.Plan{
				Steps: []queue.Step{aged, {Queues: []string{"b"}, Quota: 3, Order: queue.ByPriority}},
				Rest:  queue.RestByAge, Most: 7, Limits: map[string]int{"a": 4}, Caps: map[string]int{"d": 2}, Reserved: kept,
			}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if c.view.Slots == 0 {
				c.view.Slots = 10
			}
			require.Equal(t, c.name, c.strategy.Name())
			got := c.strategy.Plan(c.view)
			require.Equal(t, c.want, got)
			require.NoError(t, got.Check())
		})
	}
}

func check(s ports.Strategy) error { return s.(interface{ Check() error }).Check() }

func TestCheck_JoinsEveryMistake(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 129)
	cases := map[string]struct {
		strategy ports.Strategy
		want     []string // none: fine
	}{
		"fifo":                 {strategies.FIFO(), nil},
		"alphanumeric":         {strategies.AlphaNumeric(), nil},
		"index":                {strategies.Index(map[string]int{"a": -1, "b": 0}), nil},
		"index of nothing":     {strategies.Index(nil), []string{"invalid index priorities: are empty"}},
		"strict of nothing":    {strategies.Strict(map[string]int{}), []string{"invalid strict priorities: are empty"}},
		"strict, bad names":    {strategies.Strict(map[string]int{"": 1, "a\x00": 2, "ok": 3}), []string{`priorities[""]: is empty`, `priorities["a\x00"]: has a control character`}},
		"weighted":             {strategies.Weighted(three), nil},
		"weighted of nothing":  {strategies.Weighted(nil), []string{"invalid weighted weights: are empty"}},
		"weighted, bad":        {strategies.Weighted(map[string]int{long: 1, "a": 0, "b": -5}), []string{"has 129 bytes", `weights["a"]: is 0; want at least 1`, `weights["b"]: is -5`}},
		"weighted, any weight": {strategies.Weighted(map[string]int{"a": math.MaxInt, "b": 1}), nil},
		"ageing":               {strategies.Ageing(strategies.FIFO(), time.Second), nil},
		"ageing of bad":        {strategies.Ageing(strategies.Index(nil), -time.Second), []string{"index priorities: are empty", "ageing max wait: is -1s"}},
		"ageing of nil":        {strategies.Ageing(nil, time.Second), []string{"invalid ageing: has no strategy to wrap"}},
		"caps":                 {strategies.Caps(strategies.FIFO(), map[string]strategies.Cap{"a": {1, 1, 1}, "b": {}}), nil},
		"caps of nothing":      {strategies.Caps(strategies.FIFO(), nil), nil},
		"caps, bad": {strategies.Caps(nil, map[string]strategies.Cap{"": {}, "a": {Min: -1}, "b": {Min: 3, PerWorker: 2, Cluster: 1}}),
			[]string{"invalid caps: has no strategy", `caps[""]: is empty`, `caps["a"]: min -1`, `caps["b"]: min 3 is above the 2 per worker`, `min 3 is above the 1 of the cluster`}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, slots := range []int{1, 10} { // checked or not, a plan comes out
				require.NoError(t, c.strategy.Plan(queue.View{Slots: slots, Claim: 19}).Check())
			}
			err := check(c.strategy)
			if c.want == nil {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, job.ErrInvalid)
			for _, want := range c.want {
				require.ErrorContains(t, err, want)
			}
		})
	}
}

func TestConstructors_KeepTheirOwnCopy(t *testing.T) {
	t.Parallel()
	mine := map[string]int{"a": 2, "b": 1}
	caps := map[string]strategies.Cap{"a": {PerWorker: 1}}
	all := []ports.Strategy{strategies.Index(mine), strategies.Strict(mine), strategies.Weighted(mine), strategies.Caps(strategies.FIFO(), caps)}
	var before []queue.Plan
	for _, s := range all {
		before = append(before, s.Plan(queue.View{Slots: 5}))
	}
	clear(mine)
	caps["a"] = strategies.Cap{}
	for i, s := range all {
		require.Equal(t, before[i], s.Plan(queue.View{Slots: 5}))
		require.NoError(t, check(s))
	}
}

func TestParse_MakesStrategiesFromText(t *testing.T) {
	t.Parallel()
	const some = "critical:3, default:1"
	for name, want := range map[string][2]string{
		"fifo": {"fifo", ""}, "None": {"fifo", " "}, " ALPHANUMERIC ": {"alphanumeric", ""}, "AlphaNumeric": {"alphanumeric", ""},
		"Index": {"index", some}, "strict": {"strict", some}, "wEighted": {"weighted", some},
	} {
		s, err := strategies.Parse(name, want[1])
		require.NoError(t, err)
		require.Equal(t, want[0], s.Name())
	}
	got, err := strategies.Parse("strict", "critical:3,default:1")
	require.NoError(t, err)
	require.Equal(t, strategies.Strict(map[string]int{"critical": 3, "default": 1}), got)
}

func TestParse_NamesTheField(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		name, priorities string
		want             []string
	}{
		"unknown name":       {"random", "", []string{`invalid strategy: unknown "random"; want fifo (or none), alphanumeric, index, strict or weighted`}},
		"empty name":         {"", "", []string{`invalid strategy: unknown ""`}},
		"both bad":           {"x", "a", []string{"invalid strategy", "invalid priorities"}},
		"nothing to weigh":   {"weighted", " ", []string{"weighted weights: are empty"}},
		"bad weight":         {"weighted", "a:0", []string{`weights["a"]: is 0`}},
		"two mistakes":       {"weighted", "a:0,b:x", []string{`weights["a"]: is 0`, `"x" is not a whole number`}},
		"doubled":            {"index", "a:1,a:2", []string{`queue "a" stands twice`}},
		"unread by fifo":     {"fifo", "a", []string{"invalid priorities"}},
		"unused by fifo":     {"none", "a:1", []string{"invalid priorities: are of no use to fifo; want index, strict or weighted as the strategy, or no priorities"}},
		"unused by name":     {"AlphaNumeric", "a:1", []string{"are of no use to alphanumeric"}},
		"only unread things": {"strict", "a,b", []string{`item "a"`, `item "b"`}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, err := strategies.Parse(c.name, c.priorities)
			require.Nil(t, s)
			require.ErrorIs(t, err, job.ErrInvalid)
			for _, want := range c.want {
				require.ErrorContains(t, err, want)
			}
			if name == "only unread things" {
				require.NotContains(t, err.Error(), "are empty")
			}
		})
	}
}

func BenchmarkPlan(b *testing.B) {
	for name, s := range map[string]ports.Strategy{
		"fifo": strategies.FIFO(), "strict": strategies.Strict(three), "weighted": strategies.Weighted(three),
		"ageing-weighted": strategies.Ageing(strategies.Weighted(three), time.Minute),
	} {
		b.Run(name, func(b *testing.B) {
			v := queue.View{Slots: 20, Claim: 19}
			b.ReportAllocs()
			for b.Loop() {
				s.Plan(v)
			}
		})
	}
}
