package engine

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/task-tower/tasktower/core/event"
	"github.com/task-tower/tasktower/core/job"
)

// result is one attempt's result on its way to the store.
type result struct {
	settlement *job.Settlement
	record     *job.Record
	slot       *slot // that the attempt ran on; nil: none
	err        error
	cause      error // with which its context ended; nil if it did not
	overruled  error // what the handler returned after it had completed its job
	run        time.Duration
	tries      int

	busy  int       // how often somebody else held the lease
	again time.Time // by the monotonic clock: when to try then

	done   chan struct{} // closed when stored or refused; nil if nobody waits
	stored bool          // read after done is closed
}

// settler stores results in batches: whatever has gathered while the batch
// before was under way, up to maxSettle. One goroutine runs it. Results whose
// lease somebody else holds, say a handler between CompleteTx and its commit, step
// aside for a while; see aside.go.
type settler struct {
	w      *Worker
	inline bool // add stores at once, on the caller's goroutine

	mu      sync.Mutex
	space   sync.Cond // a slot may add again
	pending []*result
	closed  bool
	given   bool          // up: what comes now is refused
	kick    chan struct{} // one signal: there is something to store
	aside   []*result
	begun   time.Time
	taken   time.Time // when the batch before was

	parked []*result // refused by the store for no reason it names
}

const (
	parkFor   = 5 * time.Second // between tries of parked results
	maxParked = maxUnsettled
)

func newSettler(w *Worker) *settler {
	s := &settler{w: w, kick: make(chan struct{}, 1), begun: time.Now()}
	s.space.L = &s.mu
	return s
}

// add takes a result; it waits while maxUnsettled are in memory.
func (s *settler) add(r *result) {
	if s.inline {
		s.store(context.WithoutCancel(s.w.jobs), []*result{r})
		return
	}
	s.mu.Lock()
	for len(s.pending)+len(s.aside) >= maxUnsettled && !s.given {
		s.space.Wait()
	}
	refused := s.given
	if !refused {
		s.pending = append(s.pending, r)
	}
	s.mu.Unlock()
	if refused {
		r.answer(false)
		return
	}
	s.wake()
}

func (s *settler) wake() {
	select {
	case s.kick <- struct{}{}:
	default:
	}
}

// close lets run end once everything is stored.
func (s *settler) close() {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.wake()
}

// run stores results until close, or gives up when ctx ends: results that are
// not stored by then are lost to their leases, and their jobs run again.
func (s *settler) run(ctx context.Context) {
	defer s.giveUp()
	again := time.NewTicker(parkFor)
	defer again.Stop()
	busy := time.NewTimer(0)
	defer busy.Stop()
	for {
		select {
		case <-s.kick:
		case <-busy.C:
		case <-again.C:
			if !s.store(ctx, s.unpark()) {
				return
			}
		case <-ctx.Done():
			return
		}
		for {
			batch, ended := s.take(ctx)
			if ended {
				return
			}
			if len(batch) == 0 {
				s.resume(busy)
				break
			}
			if !s.store(ctx, batch) {
				return
			}
		}
	}
}

// fitting is how many of those pending, up to limit, go into one batch. Called with mu held.
func (s *settler) fitting(limit int) (n int) {
	for bytes := 0; n < min(len(s.pending), limit) && bytes < maxSettleLen; n++ {
		bytes += s.pending[n].texts()
	}
	return n
}

// texts is how many bytes a result's longer texts have.
func (r *result) texts() (bytes int) {
	if f := r.settlement.Failure; f != nil {
		bytes += len(f.Message) + len(f.Stack)
	}
	if news := r.settlement.Report; news != nil {
		bytes += len(news.Output)
		for _, l := range news.Lines {
			bytes += len(l.Text)
		}
	}
	return bytes
}

// crowded tells whether more results have gathered than are stored at once. The
// store is what a worker waits for then, and its slots would wait with ever more
// jobs in hand. The slots' signal of room tells when it is over.
func (s *settler) crowded() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.pending) >= maxGathered
}

// take is the next batch; ended: there will be none any more. It lingers for more results while
// slots are busy or shortly after the batch before, since each commit costs the same whatever it
// carries. A result that comes alone is stored at once.
func (s *settler) take(ctx context.Context) (batch []*result, ended bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if linger := s.linger(); linger > 0 {
		s.mu.Unlock()
		pause(ctx, linger)
		s.mu.Lock()
	}
	if len(s.pending) > 0 {
		s.taken = time.Now()
	}
	late := s.due(maxSettle / 2)
	n := s.fitting(maxSettle - len(late))
	batch = append(s.pending[:n:n], late...)
	s.pending = s.pending[n:]
	s.space.Broadcast()
	s.w.slots.signal()
	return batch, s.closed && len(batch)+len(s.aside) == 0
}

// linger is how long to wait for more results. Called with mu held.
func (s *settler) linger() time.Duration {
	if n := len(s.pending); n == 0 || n >= maxSettle || s.closed {
		return 0
	}
	d := settleEvery - time.Since(s.taken)
	if s.w.slots.busyNow() {
		d = max(d, settleLinger)
	}
	return d
}

// store tries a batch until the store has answered; false when ctx ended.
func (s *settler) store(ctx context.Context, batch []*result) bool {
	wait := backoff{most: s.w.cfg.Lease / 4} // others take the jobs a lease after an outage
	for len(batch) > 0 {
		again, busy, err := s.w.settle(ctx, batch)
		switch {
		case err == nil:
			batch = append(again, s.putAside(ctx, busy)...)
		case errors.Is(err, job.ErrUnavailable) || errors.Is(err, context.DeadlineExceeded) || ctx.Err() != nil:
			if !wait.sleep(ctx) {
				s.refuse(batch)
				return false
			}
		case len(batch) > 1: // one of them cannot be stored: find it
			half := len(batch) / 2
			if !s.store(ctx, batch[:half]) {
				s.refuse(batch[half:])
				return false
			}
			return s.store(ctx, batch[half:])
		case batch[0].tries == 0: // its texts may be the reason
			batch[0].tries++
			batch[0].settlement = plain(batch[0].settlement)
		default:
			s.park(batch[0], err)
			return true
		}
	}
	return true
}

// park puts a result aside that the store does not take, to be tried again: its
// job is held by this worker until it is stored.
func (s *settler) park(r *result, err error) {
	s.w.observe(event.Event{Type: event.SettleFailed, Job: r.record, Err: err})
	s.mu.Lock()
	keep := !s.inline && !s.given && len(s.parked) < maxParked
	if keep {
		s.parked = append(s.parked, r)
	}
	s.mu.Unlock()
	if !keep {
		r.answer(false)
	}
}

// unpark is everything that is parked.
func (s *settler) unpark() []*result {
	s.mu.Lock()
	defer s.mu.Unlock()
	parked := s.parked
	s.parked = nil
	return parked
}

// giveUp answers everybody who still waits.
func (s *settler) giveUp() {
	s.mu.Lock()
	s.given = true
	left := slices.Concat(s.pending, s.aside, s.parked)
	s.pending, s.aside, s.parked = nil, nil, nil
	s.space.Broadcast()
	s.mu.Unlock()
	s.refuse(left)
}

func (s *settler) refuse(batch []*result) {
	for _, r := range batch {
		r.answer(false)
	}
}

func (r *result) answer(stored bool) {
	r.stored = stored
	if r.done != nil {
		close(r.done)
	}
}

// settle stores a batch once and returns what has to be tried again: at once, in
// another form, and later, as it is.
func (w *Worker) settle(ctx context.Context, batch []*result) (again, busy []*result, err error) {
	settlements := make([]*job.Settlement, len(batch))
	for i, r := range batch {
		settlements[i] = r.settlement
	}
	call, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	answer, err := w.cfg.Store.Settle(call, settlements)
	w.health.saw("settle", err)
	if err != nil {
		return nil, nil, err
	}

	refused := map[int]bool{}
	for _, i := range answer.Busy {
		refused[i] = true
		busy = append(busy, batch[i])
	}
	for _, i := range answer.Lost {
		refused[i] = true
		if batch[i].overrule() {
			again = append(again, batch[i])
			continue
		}
		w.observe(event.Event{Type: event.JobLeaseLost, Job: batch[i].record, Err: job.ErrLeaseLost})
		batch[i].answer(false)
	}
	for _, i := range answer.Cancelled {
		refused[i] = true
		batch[i].settlement = cancelled(batch[i].settlement)
		again = append(again, batch[i])
	}
	for _, i := range answer.Unstorable {
		refused[i] = true
		if batch[i].tries++; batch[i].tries > 1 {
			w.settler.park(batch[i], errors.New("its result cannot be stored"))
			continue
		}
		batch[i].settlement = plain(batch[i].settlement)
		again = append(again, batch[i])
	}
	stored := time.Now()
	for i, r := range batch {
		if !refused[i] {
			w.recurrer.ended(r.settlement)
			w.announce(r, stored)
			r.answer(true)
		}
	}
	if w.fetcher.capped.Load() {
		w.fetcher.wake.set() // a queue at its cap over all workers has room again
	}
	return again, busy, nil
}

// plain is a settlement with texts that any store can keep.
func plain(s *job.Settlement) *job.Settlement {
	c := *s
	c.Note, c.Report = "", nil
	if c.Failure != nil {
		f := *c.Failure
		f.Type, f.Message, f.Stack = "unstorable", "the error's text could not be stored", ""
		c.Failure = &f
	}
	return &c
}

// announce tells the observer what was stored, and when.
func (w *Worker) announce(res *result, at time.Time) {
	if w.cfg.Observer == nil {
		return
	}
	s := res.settlement
	e := event.Event{At: at, Job: settledRecord(res.record, s), Err: res.err, Run: res.run, Wait: s.Wait}
	if s.Failure != nil {
		e.Type = event.JobFailed
		w.observe(e)
	}
	switch {
	case s.To == job.Completed:
		e.Type = event.JobCompleted
	case s.To == job.Retrying:
		e.Type = event.JobRetrying
	case s.To == job.Scheduled:
		e.Type = event.JobSnoozed
	case s.To == job.Enqueued:
		e.Type = event.JobReleased
		if res.cause != nil {
			e.Err, e.Note = nil, res.cause.Error() // which caused the handler's error
		}
		if s.Cause == job.CauseRescue {
			e.Type = event.JobRescued
		}
	case s.To == job.Cancelled:
		e.Type = event.JobCancelled
		if errors.Is(res.cause, ErrCancelled) && (errors.Is(res.err, context.Canceled) || errors.Is(res.err, ErrCancelled)) {
			e.Err = nil // the handler did as it was told
		}
	case s.To == job.Dead:
		e.Type = event.JobDied
	}
	w.observe(e)
	if res.overruled != nil {
		w.observe(event.Event{Type: event.JobOverruled, At: at, Job: e.Job, Err: res.overruled, Run: res.run})
	}
}
