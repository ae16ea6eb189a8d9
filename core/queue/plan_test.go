package queue_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/core/queue"
)

func TestCheck_RefusesWhatNobodyCanObey(t *testing.T) {
	t.Parallel()
	step := func(change func(*queue.Step)) queue.Plan {
		s := queue.Step{Queues: []string{"a"}, Quota: 1, Order: queue.ByPriority}
		change(&s)
		return queue.Plan{Steps: []queue.Step{s}, Rest: queue.RestNone}
	}
	cases := map[string]struct {
		plan queue.Plan
		want string // empty: fine
	}{
		"the least plan":        {queue.Plan{Rest: queue.RestByAge}, ""},
		"no rest rule":          {queue.Plan{}, `unknown rest rule ""`},
		"unknown rest rule":     {queue.Plan{Rest: "all"}, `unknown rest rule "all"`},
		"a step":                {step(func(*queue.Step) {}), ""},
		"a quota of none":       {step(func(s *queue.Step) { s.Quota = 0 }), ""},
		"a negative quota":      {step(func(s *queue.Step) { s.Quota = -1 }), "step 0: quota -1 is negative"},
		"no order":              {step(func(s *queue.Step) { s.Order = "" }), `step 0: unknown order ""`},
		"a negative wait":       {step(func(s *queue.Step) { s.MinWaitMicros = -1 }), "is negative"},
		"a queue in two steps":  {queue.Plan{Steps: []queue.Step{{Queues: []string{"a"}, Order: queue.ByAge}, {Queues: []string{"a"}, Order: queue.ByAge}}, Rest: queue.RestNone}, ""},
		"a negative most":       {queue.Plan{Rest: queue.RestNone, Most: -1}, "most -1 is negative"},
		"a share":               {queue.Plan{Rest: queue.RestNone, Shares: []queue.Share{{Queue: "a", Weight: queue.MaxWeights}}}, ""},
		"a share of nothing":    {queue.Plan{Rest: queue.RestNone, Shares: []queue.Share{{Queue: "a"}}}, `share of queue "a": weight 0`},
		"shares beyond the sum": {queue.Plan{Rest: queue.RestNone, Shares: []queue.Share{{Queue: "a", Weight: queue.MaxWeights}, {Queue: "b", Weight: 1}}}, "weights of all shares exceed"},
		"two shares":            {queue.Plan{Rest: queue.RestNone, Shares: []queue.Share{{Queue: "a", Weight: 1}, {Queue: "a", Weight: 1}}}, `queue "a" has two shares`},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := c.plan.Check()
			if c.want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, c.want)
		})
	}
}

func TestBound_IsTheLessOfSlotsAndMost(t *testing.T) {
	t.Parallel()
	require.Equal(t, 7, queue.Plan{}.Bound(7))
	require.Equal(t, 3, queue.Plan{Most: 3}.Bound(7))
	require.Equal(t, 7, queue.Plan{Most: 9}.Bound(7))
}

func TestWithCaps_LeavesTheLesserRoom(t *testing.T) {
	t.Parallel()
	p := queue.Plan{
		Caps:   map[string]int{"a": 5, "b": 5, "c": 1, "d": 0},
		Limits: map[string]int{"a": 1, "b": 9, "z": 4},
	}
	got := p.WithCaps(map[string]int{"a": 2, "b": 1, "c": 7})
	require.Equal(t, map[string]int{"a": 1, "b": 4, "c": 0, "d": 0, "z": 4}, got.Limits)
	require.Equal(t, map[string]int{"a": 1, "b": 9, "z": 4}, p.Limits, "the plan stays as it was")
	require.Nil(t, queue.Plan{}.WithCaps(map[string]int{"a": 1}).Limits)
	require.Equal(t, map[string]int{"a": 2}, queue.Plan{Caps: map[string]int{"a": 2}}.WithCaps(nil).Limits)
}

// show writes visits as "a:2 b,c:3(1,3) age 5 skip 2 wait 9".
func show(visits []queue.Visit) []string {
	lines := []string{}
	for _, v := range visits {
		line := fmt.Sprintf("%s:%d", strings.Join(v.Queues, ","), v.Quota)
		if len(v.Queues) > 1 {
			line += fmt.Sprint(v.Most)
		}
		if v.Order == queue.ByAge {
			line += " by age"
		}
		if v.Skip > 0 {
			line += fmt.Sprint(" skip ", v.Skip)
		}
		if v.MinWaitMicros > 0 {
			line += fmt.Sprint(" wait ", v.MinWaitMicros)
		}
		lines = append(lines, line)
	}
	return lines
}

func TestWalk_SaysWhatAPlanMeans(t *testing.T) {
	t.Parallel()
	one := func(q string, quota int) queue.Step {
		return queue.Step{Queues: []string{q}, Quota: quota, Order: queue.ByPriority}
	}
	aged := queue.Step{Quota: 1, Order: queue.ByAge, MinWaitMicros: 9}
	tier := queue.Step{Queues: []string{"b", "c", "b"}, Quota: 4, Order: queue.ByPriority}
	known := []string{"z", "a", "Z", "b"}

	cases := map[string]struct {
		plan    queue.Plan
		limit   int
		serve   []string
		blocked []string
		want    []string
	}{
		"fifo": {queue.Plan{Rest: queue.RestByAge}, 3, nil, nil, []string{"Z,a,b,z:3[3 3 3 3] by age"}},
		"names bytewise": {queue.Plan{Rest: queue.RestAlphaNumeric}, 3, nil, nil,
			[]string{"Z:3", "a:3", "b:3", "z:3"}},
		"no rest":            {queue.Plan{Rest: queue.RestNone}, 3, nil, nil, []string{}},
		"nothing to take":    {queue.Plan{Rest: queue.RestByAge}, 0, nil, nil, []string{}},
		"less than nothing":  {queue.Plan{Rest: queue.RestAlphaNumeric}, -4, nil, nil, []string{}},
		"most bounds limit":  {queue.Plan{Steps: []queue.Step{one("a", 9)}, Rest: queue.RestNone, Most: 2}, 5, nil, nil, []string{"a:2"}},
		"steps, spill, rest": {queue.Plan{Steps: []queue.Step{one("b", 2), one("a", 1)}, Spill: []string{"a", "b"}, Rest: queue.RestAlphaNumeric}, 5, nil, nil, []string{"b:2", "a:1", "a:5 skip 1", "b:5 skip 2", "Z:5", "z:5"}},
		"a queue twice goes on": {queue.Plan{Steps: []queue.Step{one("a", 2), one("a", 3)}, Spill: []string{"a"}, Rest: queue.RestNone}, 5, nil, nil,
			[]string{"a:2", "a:3 skip 2", "a:5 skip 5"}},
		"a tier counts as one":          {queue.Plan{Steps: []queue.Step{tier}, Rest: queue.RestNone}, 9, nil, nil, []string{"b,c:4[4 4]"}},
		"a quota of none is left out":   {queue.Plan{Steps: []queue.Step{one("a", 0)}, Rest: queue.RestNone}, 9, nil, nil, []string{}},
		"no queues and no wait":         {queue.Plan{Steps: []queue.Step{{Quota: 3, Order: queue.ByAge}}, Rest: queue.RestNone}, 9, nil, nil, []string{}},
		"unknown queues are visited":    {queue.Plan{Steps: []queue.Step{one("?", 1)}, Rest: queue.RestNone}, 9, nil, nil, []string{"?:1"}},
		"only served queues":            {queue.Plan{Steps: []queue.Step{tier}, Rest: queue.RestAlphaNumeric}, 9, []string{"c", "z"}, nil, []string{"c:4", "z:9"}},
		"serving nothing":               {queue.Plan{Steps: []queue.Step{tier}, Rest: queue.RestByAge}, 9, []string{}, nil, []string{}},
		"blocked queues are left out":   {queue.Plan{Steps: []queue.Step{tier}, Rest: queue.RestByAge}, 9, nil, []string{"c", "a"}, []string{"b:4", "Z,z:9[9 9] by age"}},
		"ageing covers all, rest":       {queue.Plan{Steps: []queue.Step{aged, one("b", 2)}, Spill: []string{"c"}, Rest: queue.RestAlphaNumeric}, 5, nil, []string{"a"}, []string{"b,c,Z,z:1[1 1 1 1] by age wait 9", "b:2", "c:5", "Z:5", "z:5"}},
		"ageing covers all, fifo":       {queue.Plan{Steps: []queue.Step{aged}, Rest: queue.RestByAge}, 5, []string{"a", "z"}, nil, []string{"a,z:1[1 1] by age wait 9", "a,z:5[5 5] by age"}},
		"ageing covers all, no rest":    {queue.Plan{Steps: []queue.Step{aged, tier}, Rest: queue.RestNone}, 5, nil, nil, []string{"b,c:1[1 1] by age wait 9", "b,c:4[4 4]"}},
		"ageing with queues of its own": {queue.Plan{Steps: []queue.Step{{Queues: []string{"a"}, Quota: 1, Order: queue.ByAge, MinWaitMicros: 9}}, Rest: queue.RestAlphaNumeric}, 5, []string{"a"}, nil, []string{"a:1 by age wait 9", "a:5"}},
		"limits hold over all visits": {queue.Plan{Steps: []queue.Step{one("a", 2), tier}, Spill: []string{"a", "b"}, Rest: queue.RestNone, Limits: map[string]int{"a": 3, "b": 1, "c": 0}}, 9, nil, nil,
			[]string{"a:2", "b:1", "a:1 skip 2"}},
		"a negative limit is none": {queue.Plan{Steps: []queue.Step{one("a", 2)}, Rest: queue.RestNone, Limits: map[string]int{"a": -1}}, 9, nil, nil, []string{}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, c.want, show(c.plan.Walk(c.limit, known, c.serve, c.blocked)))
			require.Equal(t, []string{"z", "a", "Z", "b"}, known)
		})
	}
}

func TestTakes_TellsWhetherAQueueIsEverServed(t *testing.T) {
	t.Parallel()
	steps := []queue.Step{{Queues: []string{"a", "b"}, Quota: 1, Order: queue.ByPriority}}
	plan := queue.Plan{Steps: steps, Spill: []string{"c"}, Rest: queue.RestNone}
	for name, want := range map[string]bool{"a": true, "b": true, "c": true, "d": false} {
		require.Equal(t, want, plan.Takes(name), name)
	}
	require.True(t, queue.Plan{Rest: queue.RestByAge}.Takes("d"))
}

func TestWalk_KnownQueuesCountOnce(t *testing.T) {
	t.Parallel()
	p := queue.Plan{Rest: queue.RestByAge}
	require.Equal(t, []string{"a,b:2[2 2] by age"}, show(p.Walk(2, []string{"b", "a", "b"}, nil, nil)))
}
