package portstest

import (
	"fmt"
	"strings"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/core/queue"
)

// scene is a plan played on waiting jobs: each is named like its queue with a
// number, "a1 a2 b1", in the order of their due times, a minute apart, unless
// the name ends in ! for priority 1.
type scene struct {
	jobs  string
	plan  queue.Plan
	limit int // 0: 10
	want  string
}

func planCases() cases {
	out := cases{}
	for sentence, s := range planScenes() {
		out[sentence] = s.play
	}
	return out
}

func planScenes() map[string]scene {
	step := func(quota int, queues ...string) queue.Step {
		return queue.Step{Queues: queues, Quota: quota, Order: queue.ByPriority}
	}
	aged := func(quota int, queues ...string) queue.Step {
		return queue.Step{Queues: queues, Quota: quota, Order: queue.ByAge}
	}
	steps := func(rest queue.Rest, steps ...queue.Step) queue.Plan { return queue.Plan{Steps: steps, Rest: rest} }
	waited := func(d time.Duration, s queue.Step) queue.Step {
		s.MinWaitMicros = d.Microseconds()
		return s
	}
	with := func(p queue.Plan, change func(*queue.Plan)) queue.Plan { change(&p); return p }

	return map[string]scene{
		"walks the steps in order": {
			jobs: "a1 b1 c1 a2 b2", plan: steps(queue.RestNone, step(9, "b"), step(9, "c"), step(9, "a")), want: "b1 b2 c1 a1 a2"},
		"takes at most the quota of a step": {
			jobs: "a1 a2 a3 b1 b2 b3", plan: steps(queue.RestNone, step(2, "b"), step(1, "a")), want: "b1 b2 a1"},
		"bounds a queue over all its priorities": {
			jobs: "a1! a2! b1 a3 a4 b2", plan: with(steps(queue.RestByAge), func(p *queue.Plan) {
				p.Limits = map[string]int{"a": 3}
			}), want: "a1! a2! b1 a3 b2"},
		"takes nothing by a step without quota": {
			jobs: "a1 b1", plan: steps(queue.RestNone, step(0, "a"), step(1, "b")), want: "b1"},
		"stops when the limit is reached": {
			jobs: "a1 a2 b1 b2", plan: steps(queue.RestAlphaNumeric, step(9, "b"), step(9, "a")), limit: 3, want: "b1 b2 a1"},
		"goes on where a step finds less than its quota": {
			jobs: "a1 b1 b2 b3", plan: steps(queue.RestNone, step(3, "a"), step(3, "b")), limit: 3, want: "a1 b1 b2"},
		"ignores names it does not know": {
			jobs: "a1", plan: with(steps(queue.RestAlphaNumeric, step(9, "nobody", "a"), step(9, "no one")), func(p *queue.Plan) {
				p.Spill, p.Limits, p.Caps = []string{"none"}, map[string]int{"never": 1}, map[string]int{"nix": 0}
			}), want: "a1"},
		"takes nothing by an empty plan": {
			jobs: "a1", plan: queue.Plan{Rest: queue.RestNone}, want: ""},

		"orders the queues of a step as one, by priority": {
			jobs: "a1 b2! c3 b4 a5! c6!", plan: steps(queue.RestNone, step(9, "c", "a", "b")), want: "b2! a5! c6! a1 c3 b4"},
		"orders the queues of a step as one, by age": {
			jobs: "a1 b2! c3 b4 a5! c6!", plan: steps(queue.RestNone, aged(9, "c", "a", "b")), want: "a1 b2! c3 b4 a5! c6!"},
		"orders one queue by age where a step says so": {
			jobs: "a1 a2! a3 a4!", plan: steps(queue.RestNone, aged(3, "a")), want: "a1 a2! a3"},
		"takes the quota of a step from its queues together": {
			jobs: "a1 b2 a3 b4", plan: steps(queue.RestNone, step(3, "a", "b")), want: "a1 b2 a3"},
		"counts a queue named twice in a step once": {
			jobs: "a1 a2 b3", plan: steps(queue.RestNone, step(9, "a", "a", "b")), want: "a1 a2 b3"},

		"spills in order what the steps left over": {
			jobs: "a1 a2 a3 b1 b2 b3", plan: with(steps(queue.RestNone, step(1, "a"), step(1, "b")), func(p *queue.Plan) { p.Spill = []string{"b", "a"} }),
			limit: 5, want: "a1 b1 b2 b3 a2"},
		"spills to queues that no step names": {
			jobs: "a1 b1 c1", plan: with(steps(queue.RestNone, step(1, "a")), func(p *queue.Plan) { p.Spill = []string{"c"} }), want: "a1 c1"},
		"spills by priority within a queue": {
			jobs: "a1 a2! a3!", plan: with(steps(queue.RestNone), func(p *queue.Plan) { p.Spill = []string{"a"} }), want: "a2! a3! a1"},

		"leaves the rest alone": {
			jobs: "a1 b1", plan: steps(queue.RestNone, step(1, "b")), want: "b1"},
		"serves the rest by name, byte by byte": {
			jobs: "é1 b1 a1 B1 a2! Z1 q10:1 q2:1 _1", plan: steps(queue.RestAlphaNumeric), want: "B1 Z1 _1 a2! a1 b1 q10:1 q2:1 é1"},
		"serves the rest by age whatever the priority": {
			jobs: "b1 a2! c3 a4 b5!", plan: steps(queue.RestByAge), want: "b1 a2! c3 a4 b5!"},
		"serves the rest behind steps and spill": {
			jobs: "a1 a2 b1 c1 d1", plan: with(steps(queue.RestAlphaNumeric, step(1, "d")), func(p *queue.Plan) { p.Spill = []string{"c"} }),
			want: "d1 c1 a1 a2 b1"},
		"does not count named queues among the rest": {
			jobs: "a1 a2 b1", plan: steps(queue.RestByAge, step(1, "a")), want: "a1 b1"},

		"takes no more from a queue than its limit": {
			jobs: "a1 a2 a3 b1", plan: with(steps(queue.RestNone, step(9, "a"), step(9, "b")), func(p *queue.Plan) { p.Limits = map[string]int{"a": 2} }),
			want: "a1 a2 b1"},
		"holds a limit over steps and spill": {
			jobs: "a1 a2 a3 a4", plan: with(steps(queue.RestNone, step(1, "a")), func(p *queue.Plan) {
				p.Limits, p.Spill = map[string]int{"a": 3}, []string{"a"}
			}), want: "a1 a2 a3"},
		"holds a limit within a step of many queues": {
			jobs: "a1 a2 b3 a4 b5", plan: with(steps(queue.RestNone, step(9, "a", "b")), func(p *queue.Plan) { p.Limits = map[string]int{"a": 1} }),
			want: "a1 b3 b5"},
		"holds a limit among the rest": {
			jobs: "a1 a2 b3 a4", plan: with(steps(queue.RestByAge), func(p *queue.Plan) { p.Limits = map[string]int{"a": 2, "b": 0} }), want: "a1 a2"},

		"takes only jobs that waited long enough": {
			jobs: "a1 b2 a3 b4", plan: steps(queue.RestNone, waited(150*time.Second, aged(9, "a", "b"))), want: "a1 b2"},
		"takes an aged job once": {
			jobs: "a1 b2 a3", plan: steps(queue.RestNone, waited(150*time.Second, aged(1, "a", "b")), step(9, "b"), step(9, "a")), want: "a1 b2 a3"},
		"takes an aged job before others of higher priority": {
			jobs: "a1 a2! a3!", plan: steps(queue.RestNone, waited(150*time.Second, aged(1, "a")), step(9, "a")), want: "a1 a2! a3!"},
		"waits by priority where an ageing step says so": {
			jobs: "a1 a2! a3!", plan: steps(queue.RestNone, waited(90*time.Second, step(1, "a"))), want: "a2!"},
		"goes on where nothing waited long enough": {
			jobs: "a1 b2", plan: steps(queue.RestNone, waited(long, aged(1, "a", "b")), step(1, "b"), step(1, "a")), want: "b2 a1"},
	}
}

func (s scene) play(w *world) {
	names := map[job.ID]string{}
	words := strings.Fields(s.jobs)
	var specs []*job.Spec
	for i, word := range words {
		name := strings.TrimRight(word, "!")
		name = strings.TrimSuffix(name[:len(name)-1], ":")
		one := spec(inQueue(name), at(w.ago(time.Duration(len(words)-i)*time.Minute)), ofKind([]string{"k", "l"}[i%2]))
		if strings.HasSuffix(word, "!") {
			one.Priority = 1
		}
		names[one.ID] = word
		specs = append(specs, one)
	}
	w.enqueue(specs...)

	limit := s.limit
	if limit == 0 {
		limit = 10
	}
	var got []string
	for _, r := range w.hand().claim(limit, by(s.plan), handling("k", "l")) {
		got = append(got, names[r.ID])
	}
	require.Equal(w.t, s.want, fmt.Sprint(strings.Join(got, " ")))
}
