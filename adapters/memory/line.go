package memory

import (
	"slices"
	"strings"

	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/ports"
)

// line is a queue: who waits in it, by kind and priority, and how many jobs of
// each state it has.
type line struct {
	info   ports.Queue
	counts map[job.State]int
	kinds  []*kindLine
	byKind map[string]*kindLine
}

// kindLine is the waiting jobs of one kind in one queue, so that a worker without a
// handler for the kind passes them all in one step.
type kindLine struct {
	kind  string
	live  int
	lanes []*lane // by priority, the highest first
}

// lane is the waiting jobs of one kind and priority in one queue.
type lane struct {
	agenda
	priority int16
	kind     *kindLine
	line     *line
}

// line is the queue of this name, made when it is first spoken of.
func (s *Store) line(name string) *line {
	if l := s.queues[name]; l != nil {
		return l
	}
	l := &line{
		info:   ports.Queue{Name: strings.Clone(name)},
		counts: map[job.State]int{},
		byKind: map[string]*kindLine{},
	}
	s.queues[l.info.Name] = l
	at, _ := slices.BinarySearch(s.names, l.info.Name)
	s.names = slices.Insert(s.names, at, l.info.Name)
	return l
}

// lane is where a job of this kind and priority waits.
func (l *line) lane(kind string, priority int16) *lane {
	k := l.byKind[kind]
	if k == nil {
		k = &kindLine{kind: strings.Clone(kind)}
		l.byKind[k.kind] = k
		l.kinds = append(l.kinds, k)
	}
	at, found := slices.BinarySearchFunc(k.lanes, priority, func(n *lane, p int16) int { return int(p) - int(n.priority) })
	if !found {
		k.lanes = slices.Insert(k.lanes, at, &lane{priority: priority, kind: k, line: l})
	}
	return k.lanes[at]
}

// add makes a row wait in the lane.
func (n *lane) add(r *row) {
	r.lane = n
	n.push(newItem(r.rec.RunAt, r))
	n.kind.live++
}

// take removes the lane's first item.
func (n *lane) take() {
	n.pop()
	n.left()
}

// left keeps count of a row that left the lane. A kind that was used with many
// priorities does not keep an empty lane for each.
func (n *lane) left() {
	n.kind.live--
	const fewLanes = 16
	if n.live > 0 || len(n.kind.lanes) <= fewLanes {
		return
	}
	n.kind.lanes = slices.DeleteFunc(n.kind.lanes, func(m *lane) bool { return m.live == 0 })
}
