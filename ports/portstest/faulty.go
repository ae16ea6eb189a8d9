package portstest

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/ports"
)

// Fault makes one call of a store fail.
type Fault struct {
	// Method names the calls that count: "Claim", "Tx.Enqueue". Empty: all of them.
	Method string
	// Call is which of them fails, counted from 1. 0: every one.
	Call int
	// After lets the call take effect before it fails, as when an answer is lost
	// on its way: the caller cannot tell. Otherwise nothing happens.
	After bool
	// Late lets the call take effect only so many calls of any kind after it failed,
	// as when a request is held up on its way: just before that call.
	Late int
	// Hang keeps the call, whether it takes effect or not, until its context ends:
	// nothing answers.
	Hang bool
	// Err is what the call returns; nil: an error that matches job.ErrUnavailable.
	Err error
}

// FaultyStore is a store some of whose calls fail. See Faulty.
type FaultyStore struct {
	store ports.Store
	log   *faultLog
}

var _ ports.Store = (*FaultyStore)(nil)

// Faulty wraps a store so that the calls fail that the faults name; the first
// fault that fits a call decides. All other calls reach the store unchanged.
// Safe for many goroutines: calls are counted in the order in which they come.
func Faulty(store ports.Store, faults ...Fault) *FaultyStore {
	return &FaultyStore{store: store, log: &faultLog{faults: faults, counts: map[string]int{}}}
}

// Calls names the methods called so far, in order; a test that counts them knows
// how many calls a scenario has, and can let each of them fail in turn.
func (f *FaultyStore) Calls() []string {
	f.log.mu.Lock()
	defer f.log.mu.Unlock()
	return append([]string(nil), f.log.calls...)
}

// Break adds a fault that counts calls from now on.
func (f *FaultyStore) Break(fault Fault) {
	f.log.mu.Lock()
	defer f.log.mu.Unlock()
	if fault.Call > 0 {
		fault.Call += f.log.counts[fault.Method]
	}
	f.log.faults = append(f.log.faults, fault)
}

// Heal forgets every fault.
func (f *FaultyStore) Heal() {
	f.log.mu.Lock()
	defer f.log.mu.Unlock()
	f.log.faults = nil
}

// Mend forgets the faults of a method that concern every call of it; without a method,
// those that concern every call.
func (f *FaultyStore) Mend(method string) {
	f.log.mu.Lock()
	defer f.log.mu.Unlock()
	f.log.faults = slices.DeleteFunc(f.log.faults, func(fault Fault) bool { return fault.Method == method && fault.Call == 0 })
}

// faultLog counts calls and knows which fail. Under "" it counts all calls.
type faultLog struct {
	mu     sync.Mutex
	faults []Fault
	counts map[string]int
	calls  []string
	late   map[int]func() // by how many calls there have been
}

func (l *faultLog) next(method string) (Fault, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.calls = append(l.calls, method)
	l.counts[method]++
	l.counts[""]++
	for _, f := range l.faults {
		if (f.Method == "" || f.Method == method) && (f.Call == 0 || f.Call == l.counts[f.Method]) {
			if f.Err == nil {
				f.Err = fmt.Errorf("portstest: %s: %w", method, job.ErrUnavailable)
			}
			return f, true
		}
	}
	return Fault{}, false
}

// arrive makes the call that was held up until now.
func (l *faultLog) arrive() {
	l.mu.Lock()
	at := l.counts[""]
	call := l.late[at]
	delete(l.late, at)
	l.mu.Unlock()
	if call != nil {
		call()
	}
}

// through makes a call unless a fault says otherwise.
func through[T any](ctx context.Context, l *faultLog, method string, call func() (T, error)) (T, error) {
	var nothing T
	f, fails := l.next(method)
	l.arrive()
	if f.Hang && ctx.Done() != nil {
		if f.After {
			_, _ = call()
		}
		<-ctx.Done()
		return nothing, fmt.Errorf("portstest: %s: %w", method, ctx.Err())
	}
	switch {
	case fails && f.Late > 0:
		l.mu.Lock()
		defer l.mu.Unlock()
		if l.late == nil {
			l.late = map[int]func(){}
		}
		l.late[l.counts[""]+f.Late] = func() { _, _ = call() }
		return nothing, f.Err
	case fails && f.After:
		if _, err := call(); err != nil {
			return nothing, err
		}
		return nothing, f.Err
	case fails:
		return nothing, f.Err
	}
	return call()
}

func throughErr(ctx context.Context, l *faultLog, method string, call func() error) error {
	_, err := through(ctx, l, method, func() (struct{}, error) { return struct{}{}, call() })
	return err
}

// Enqueue implements ports.Enqueuer.
func (f *FaultyStore) Enqueue(ctx context.Context, specs []*job.Spec) (ports.Enqueued, error) {
	return through(ctx, f.log, "Enqueue", func() (ports.Enqueued, error) { return f.store.Enqueue(ctx, specs) })
}

// InTx implements ports.Transactor. Calls inside the transaction are counted as
// "Tx.Enqueue" and "Tx.Settle".
func (f *FaultyStore) InTx(tx any) (ports.Tx, error) {
	return through(context.Background(), f.log, "InTx", func() (ports.Tx, error) {
		part, err := f.store.InTx(tx)
		if err != nil {
			return nil, err
		}
		return faultyTx{tx: part, log: f.log}, nil
	})
}

// Claim implements ports.Claimer.
func (f *FaultyStore) Claim(ctx context.Context, req ports.ClaimRequest) ([]*job.Record, error) {
	return through(ctx, f.log, "Claim", func() ([]*job.Record, error) { return f.store.Claim(ctx, req) })
}

// Recall implements ports.Claimer.
func (f *FaultyStore) Recall(ctx context.Context, lease job.Lease) ([]*job.Record, error) {
	return through(ctx, f.log, "Recall", func() ([]*job.Record, error) { return f.store.Recall(ctx, lease) })
}

// Settle implements ports.Settler.
func (f *FaultyStore) Settle(ctx context.Context, results []*job.Settlement) (ports.Settled, error) {
	return through(ctx, f.log, "Settle", func() (ports.Settled, error) { return f.store.Settle(ctx, results) })
}

// Report implements ports.Reporter.
func (f *FaultyStore) Report(ctx context.Context, updates []*job.ReportUpdate) error {
	return throughErr(ctx, f.log, "Report", func() error { return f.store.Report(ctx, updates) })
}

// Promote implements ports.Promoter.
func (f *FaultyStore) Promote(ctx context.Context, limit int) (ports.Promotion, error) {
	return through(ctx, f.log, "Promote", func() (ports.Promotion, error) { return f.store.Promote(ctx, limit) })
}

// Listen implements ports.Notifier. A fault ends it at once, or, if it is an
// After, when the real one ends.
func (f *FaultyStore) Listen(ctx context.Context, to ports.Listener) error {
	return throughErr(ctx, f.log, "Listen", func() error { return f.store.Listen(ctx, to) })
}

// Doze implements ports.Notifier.
func (f *FaultyStore) Doze(ctx context.Context, d time.Duration) error {
	return throughErr(ctx, f.log, "Doze", func() error { return f.store.Doze(ctx, d) })
}

// faultyTx is a store's part in a transaction, some of whose calls fail.
type faultyTx struct {
	tx  ports.Tx
	log *faultLog
}

func (x faultyTx) Enqueue(ctx context.Context, specs []*job.Spec) (ports.Enqueued, error) {
	return through(ctx, x.log, "Tx.Enqueue", func() (ports.Enqueued, error) { return x.tx.Enqueue(ctx, specs) })
}

func (x faultyTx) Settle(ctx context.Context, results []*job.Settlement) (ports.Settled, error) {
	return through(ctx, x.log, "Tx.Settle", func() (ports.Settled, error) { return x.tx.Settle(ctx, results) })
}

// Lost implements ports.Rescuer.
func (f *FaultyStore) Lost(ctx context.Context, limit int, busy ...job.Lease) ([]*job.Record, error) {
	return through(ctx, f.log, "Lost", func() ([]*job.Record, error) { return f.store.Lost(ctx, limit, busy...) })
}

// Expire implements ports.Rescuer.
func (f *FaultyStore) Expire(ctx context.Context, limit int) (int, error) {
	return through(ctx, f.log, "Expire", func() (int, error) { return f.store.Expire(ctx, limit) })
}
