package engine

import (
	"slices"
	"sync"
	"time"

	"github.com/task-tower/tasktower/core/job"
)

// held is a claimed job that waits for a slot.
type held struct {
	record  *job.Record
	claim   time.Time // when the claim was sent, by the monotonic clock
	since   time.Time // when its answer came
	ofQueue *int      // how many of its queue are in the books, as it is; guarded by slots.mu
}

// slots runs claimed jobs, at most max at once, in the order they were given.
//
// A slot is a goroutine that takes one job after the other and, when none is held,
// ends or stands by. Slots start each other in a chain, one at a time: while a slot
// that was started has not come to run, no processor is free for another. So short
// jobs share few goroutines, and those that wait for something soon have all they need.
//
// Of suspects, which were in flight when a worker crashed, one is held at a time:
// should it crash this process too, then no other of them is blamed, and other
// workers run them meanwhile.
type slots struct {
	run func(*slot)

	mu       sync.Mutex
	max      int
	busy     int
	queue    []held
	head     int
	accused  *held     // the suspect that runs next
	suspect  *slot     // the one that runs; then none is next
	met      time.Time // when suspects were last seen
	byQueue  map[string]*int
	ended    uint64 // jobs, ever
	active   running
	closed   bool // no job is added any more
	stopped  bool // closed, and some goroutines have yet to end
	inline   bool // the caller runs the jobs; no slot starts
	starting bool // a slot was started and has not come to run

	standby int       // goroutines without a job; their stacks have grown already
	called  int       // of them, that are to become slots
	call    sync.Cond // called has grown, or closed is set

	held  flag          // something may wait for a slot
	room  chan struct{} // one signal: there may be room for a claim
	clear flag          // there is room for a suspect again
	empty chan struct{} // closed when stopped and no goroutine is left but those of abandoned jobs
}

// maxStandby is how many goroutines stand by for short jobs.
const maxStandby = 64

func newSlots(max int, run func(*slot)) *slots {
	s := &slots{
		run: run, max: max, byQueue: map[string]*int{},
		held: newFlag(), clear: newFlag(), room: make(chan struct{}, 1), empty: make(chan struct{}),
	}
	s.call.L = &s.mu
	return s
}

// add hands claimed jobs over, in the order in which they start, and returns those
// that must not: suspects beyond the one that may be held, and all of them after stop.
func (s *slots) add(jobs []*job.Record, claim time.Time) (tooMany []held) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.head > len(s.queue)/2 { // few are left to move, and a worker that claims ahead never runs dry
		s.queue, s.head = slices.Delete(s.queue, 0, s.head), 0
	}
	now := time.Now()
	next := s.accuse(jobs, now)
	for _, r := range jobs {
		h := held{record: r, claim: claim, since: now}
		switch {
		case s.closed:
			tooMany = append(tooMany, h)
		case !suspect(r) || s.inline:
			s.queue = append(s.queue, s.book(h))
		case r == next:
			s.accused = new(s.book(h))
		default:
			tooMany = append(tooMany, h)
		}
	}
	s.spawn()
	s.held.set()
	return tooMany
}

// runnable tells whether a slot would find a job. Called with mu held.
func (s *slots) runnable() bool { return s.head < len(s.queue) || s.accused != nil }

// next takes the job that runs next. Called with mu held, if runnable.
func (s *slots) next() *slot {
	if s.accused != nil {
		s.suspect = &slot{job: *s.accused}
		s.accused = nil
		return s.suspect
	}
	p := &slot{job: s.queue[s.head]}
	s.queue[s.head] = held{}
	s.head++
	return p
}

// spawn starts one more slot if there is work and room. Called with mu held.
func (s *slots) spawn() {
	if s.inline || s.starting || s.busy >= s.max || !s.runnable() {
		return
	}
	s.busy++
	s.starting = true
	if s.standby > s.called {
		s.called++
		s.call.Signal()
	} else {
		go s.loop()
	}
}

func (s *slots) loop() {
	p := s.first()
	returned := p == nil
	defer func() {
		if !returned { // the handler ended this goroutine
			s.died(p)
		}
	}()
	for p != nil {
		returned = false
		s.run(p)
		returned = true
		p = s.following(p)
	}
}

// first gives a slot that has come to run its first job; nil ends it.
func (s *slots) first() *slot {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.starting = false
	return s.take()
}

// following ends a job's stay and gives its slot the next one; nil ends the slot, or
// it has gone on without this goroutine.
func (s *slots) following(p *slot) *slot {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p.abandoned {
		return nil
	}
	s.forget(p)
	return s.take()
}

// take gives a slot its next job, for which it stands by if need be; nil ends it.
// Called with mu held.
func (s *slots) take() *slot {
	for !s.runnable() || s.busy > s.max {
		if s.exit(); !s.standBy() {
			return nil
		}
		s.starting = false
	}
	p := s.next()
	s.active.add(p)
	s.spawn()
	if s.head == len(s.queue) || (len(s.queue)-s.head)&15 == 0 {
		s.signal()
	}
	return p
}

// standBy waits until this goroutine is to be a slot again; false ends it. Called
// with mu held.
func (s *slots) standBy() bool {
	if s.closed || s.standby == maxStandby {
		return false
	}
	s.standby++
	for s.called == 0 && !s.closed {
		s.call.Wait()
	}
	s.standby--
	if s.called > 0 {
		s.called--
		return true
	}
	s.quit()
	return false
}

// finish ends the stay of a job that the caller ran itself.
func (s *slots) finish(p *slot) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !p.abandoned {
		s.forget(p)
	}
}

// died ends a slot whose goroutine was ended by its handler.
func (s *slots) died(p *slot) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p.abandoned {
		return
	}
	s.forget(p)
	s.exit()
	s.spawn()
}

// withdraw takes those of the jobs back that have not started, and finds the slots of
// those that run. Of a job that was claimed again while its handler goes on, the claim
// that waits is meant, and of two that run the later one.
func (s *slots) withdraw(ids []job.ID) (waiting []held, active []*slot) {
	asked := make(map[job.ID]bool, len(ids))
	for _, id := range ids {
		asked[id] = true
	}
	meant := func(r *job.Record) bool {
		is := asked[r.ID]
		if is {
			delete(asked, r.ID)
		}
		return is
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	left := slices.DeleteFunc(s.queue[s.head:], func(h held) bool {
		is := meant(h.record)
		if is {
			waiting = append(waiting, h)
		}
		return is
	})
	s.queue = s.queue[:s.head+len(left)]
	if s.accused != nil && meant(s.accused.record) {
		waiting = append(waiting, *s.accused)
		s.accused = nil
		s.clear.set()
	}
	for _, h := range waiting {
		*h.ofQueue--
	}
	if len(waiting) > 0 {
		s.signal()
	}
	return waiting, s.active.where(func(p *slot) bool { return meant(p.job.record) })
}

// abandon frees the slot of a handler that ignores its ended context. It returns
// false if the job has just settled.
func (s *slots) abandon(p *slot) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !p.settle() {
		return false
	}
	p.abandoned = true
	s.forget(p)
	if !s.inline {
		s.exit()
		s.spawn()
	}
	return true
}

// forget drops a job from the books. Called with mu held.
func (s *slots) forget(p *slot) {
	s.active.remove(p)
	if s.suspect == p {
		s.suspect, s.met = nil, time.Now()
		s.clear.set()
	}
	*p.job.ofQueue--
	s.ended++
	s.signal()
}

// book counts a job as one of its queue. Called with mu held.
func (s *slots) book(h held) held {
	h.ofQueue = s.byQueue[h.record.Queue]
	if h.ofQueue == nil {
		h.ofQueue = new(int)
		s.byQueue[h.record.Queue] = h.ofQueue
	}
	*h.ofQueue++
	return h
}

// exit ends one slot. Called with mu held.
func (s *slots) exit() {
	s.busy--
	s.signal()
	s.quit()
}

// quit tells the end of the last goroutine. Called with mu held.
func (s *slots) quit() {
	if s.stopped && s.busy == 0 && s.standby == 0 {
		s.stopped = false
		close(s.empty)
	}
}

func (s *slots) signal() {
	select {
	case s.room <- struct{}{}:
	default:
	}
}

// takeAll takes back what has not started.
func (s *slots) takeAll() []held {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.takeBack()
}

// takeBack is takeAll with mu held.
func (s *slots) takeBack() []held {
	left := slices.Clone(s.queue[s.head:])
	if s.accused != nil {
		left = append(left, *s.accused)
		s.clear.set()
	}
	for _, h := range left {
		*h.ofQueue--
	}
	s.queue, s.head, s.accused = nil, 0, nil
	s.signal()
	return left
}

// want is how many jobs a claim may bring now, if ahead jobs are to be held
// beyond the free slots. 0: not yet.
func (s *slots) want(ahead int) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	waiting := len(s.queue) - s.head
	if s.accused != nil {
		waiting++
	}
	free := s.max - s.active.n - waiting
	if free <= 0 && waiting > ahead/2 {
		return 0 // refill at half
	}
	return max(0, min(free+ahead, maxClaim))
}

// books are what the fetcher tells the strategy and the meter.
func (s *slots) books() (byQueue map[string]int, running int, ended uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	byQueue = make(map[string]int, len(s.byQueue))
	for queue, n := range s.byQueue {
		if *n == 0 {
			delete(s.byQueue, queue)
			continue
		}
		byQueue[queue] = *n
	}
	return byQueue, s.active.n, s.ended
}

// each calls f for every running job's slot, without the lock.
func (s *slots) each(f func(*slot)) {
	s.mu.Lock()
	all := s.active.where(func(*slot) bool { return true })
	s.mu.Unlock()
	for _, p := range all {
		f(p)
	}
}

// busyNow tells whether a result may be followed by others soon.
func (s *slots) busyNow() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.active.n > 0 || s.runnable()
}
