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
	counts tally
	kinds  []*kindLine
	byKind map[string]*kindLine
}

// tally counts jobs by state. Its last count is that of states that there are not:
// the calls refuse them, so nobody is counted there.
type tally [numStates + 1]int

const numStates = 7

// of is the count of a state, to read or to change.
func (c *tally) of(s job.State) *int { return &c[place(s)] }

// place is where a state stands in job.States, or behind all of them.
func place(s job.State) int {
	switch s {
	case job.Scheduled:
		return 0
	case job.Enqueued:
		return 1
	case job.Processing:
		return 2
	case job.Retrying:
		return 3
	case job.Completed:
		return 4
	case job.Cancelled:
		return 5
	case job.Dead:
		return 6
	}
	return numStates
}

// kindLine is the waiting jobs of one kind in one queue, so that a worker without a
// handler for the kind passes them all in one step.
type kindLine struct {
	kind  string
	live  int
	lanes []*lane // by priority, the highest first; suspects behind the others
}

// lane is the waiting jobs of one kind and priority in one queue, and either those
// that were in flight at a crash or those that were not.
type lane struct {
	agenda
	rank
	kind *kindLine
	line *line
}

// rank is what the jobs of a lane have in common, beside queue and kind.
type rank struct {
	priority int16
	suspects bool
}

// line is the queue of this name, made when it is first spoken of.
func (s *Store) line(name string) *line {
	if l := s.queues[name]; l != nil {
		return l
	}
	l := &line{
		info:   ports.Queue{Name: strings.Clone(name)},
		byKind: map[string]*kindLine{},
	}
	s.queues[l.info.Name] = l
	at, _ := slices.BinarySearch(s.names, l.info.Name)
	s.names = slices.Insert(s.names, at, l.info.Name)
	return l
}

// lane is where a job like this waits.
func (l *line) lane(r *job.Record) *lane {
	k := l.byKind[r.Kind]
	if k == nil {
		k = &kindLine{kind: strings.Clone(r.Kind)}
		l.byKind[k.kind] = k
		l.kinds = append(l.kinds, k)
	}
	wanted := rank{r.Priority, r.Crashes > 0}
	at, found := slices.BinarySearchFunc(k.lanes, wanted, func(n *lane, wanted rank) int { return n.compare(wanted) })
	if !found {
		k.lanes = slices.Insert(k.lanes, at, &lane{rank: wanted, kind: k, line: l})
	}
	return k.lanes[at]
}

// compare tells the order of the lanes of a kind.
func (a rank) compare(b rank) int {
	switch {
	case a.priority != b.priority:
		return int(b.priority) - int(a.priority)
	case a.suspects == b.suspects:
		return 0
	case b.suspects:
		return -1
	}
	return 1
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
