package engine

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/ports"
)

// Reporter takes what a handler tells of its attempt. The zero value, and that of
// an attempt whose result is decided, takes nothing. Safe for many goroutines.
type Reporter struct {
	w *Worker
	p *slot
}

// Progress replaces what was told of the progress before.
func (t Reporter) Progress(done, total int, note string) {
	t.tell(func(r *report, at time.Time) {
		r.news.Progress = &job.Progress{
			Done: max(0, done), Total: max(0, total), Note: job.Sanitize(note, job.MaxProgressNote), At: at,
		}
	})
}

// Line adds a line, or counts it if there are too many.
func (t Reporter) Line(level slog.Level, text string) {
	t.tell(func(r *report, at time.Time) {
		text = job.Sanitize(text, job.MaxReportLine)
		if r.lines == job.MaxReportLines || r.bytes+len(text) > job.MaxReportLineBytes || r.news.Dropped > 0 {
			r.news.Dropped++
			return
		}
		r.lines++
		r.bytes += len(text)
		r.news.Lines = append(r.news.Lines, job.Line{At: at, Level: level, Text: text})
	})
}

// Output replaces what was put out before; it is stored with the attempt's
// result. With an err, which says why there is none, an attempt that would
// succeed fails.
func (t Reporter) Output(value []byte, err error) {
	t.tell(func(r *report, _ time.Time) { r.output, r.bad = value, err })
}

func (t Reporter) tell(change func(r *report, at time.Time)) {
	if t.p == nil {
		return
	}
	r := t.p.told.Load()
	if r == nil {
		rec := t.p.job.record
		fresh := &report{news: job.ReportUpdate{ID: rec.ID, Lease: rec.Lease, Seq: rec.Seq, Attempt: rec.Attempt}}
		if r = fresh; !t.p.told.CompareAndSwap(nil, fresh) {
			r = t.p.told.Load()
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return
	}
	change(r, job.Micro(storeTime(t.p.job, time.Now())))
	r.changes++
	if !r.queued {
		r.queued = true
		t.w.reporter.add(r)
	}
}

// report is what one attempt told, less what the store knows already.
type report struct {
	mu      sync.Mutex
	news    job.ReportUpdate // but for the output
	lines   int              // kept, ever
	bytes   int              // of them
	changes int              // ever
	known   int              // the change up to which the store knows everything
	queued  bool             // the reporter will look at it
	closed  bool             // the attempt's result is decided
	output  []byte
	bad     error // why there is no output
}

// look copies what is new, and tells up to which change; nil if there is nothing,
// or if it comes with the attempt's result.
func (r *report) look() (*job.ReportUpdate, int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.queued = false
	if r.closed || r.changes == r.known {
		return nil, 0
	}
	news := r.news
	news.Lines = slices.Clip(news.Lines)
	return &news, r.changes
}

// stored forgets what the store knows by now.
func (r *report) stored(news *job.ReportUpdate, change int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return
	}
	r.news.First += len(news.Lines)
	r.news.Lines = slices.Clone(r.news.Lines[len(news.Lines):])
	if r.known = change; r.changes == change {
		r.news.Progress = nil
	}
}

// soFar is what the store does not know, the output included, without ending the report.
func (r *report) soFar() (*job.ReportUpdate, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed || r.output == nil && r.changes == r.known {
		return nil, r.bad
	}
	news := r.news
	news.Lines, news.Output = slices.Clip(news.Lines), r.output
	return &news, r.bad
}

// close ends the report: the last of it, nil if the store knows all, and why the
// attempt cannot be a success.
func (r *report) close() (*job.ReportUpdate, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
	if r.output == nil && r.changes == r.known {
		return nil, r.bad
	}
	r.news.Output = r.output
	return &r.news, r.bad
}

// reporter stores what handlers tell while they run, of all of them at once.
// One goroutine runs it; it sleeps as long as nobody tells anything.
type reporter struct {
	w    *Worker
	kick flag

	mu      sync.Mutex
	changed []*report
}

// add makes the reporter look at r. A worker that runs jobs inline stores what
// they told with their results.
func (t *reporter) add(r *report) {
	if t.w.settler.inline {
		return
	}
	t.mu.Lock()
	t.changed = append(t.changed, r)
	t.mu.Unlock()
	t.kick.set()
}

// last ends what the attempt on the slot told; see report.close.
func (t *reporter) last(p *slot) (*job.ReportUpdate, error) {
	if r := p.told.Load(); r != nil {
		return r.close()
	}
	return nil, nil
}

// soFar is what the attempt on the slot told; see report.soFar.
func (t *reporter) soFar(p *slot) (*job.ReportUpdate, error) {
	if r := p.told.Load(); r != nil {
		return r.soFar()
	}
	return nil, nil
}

// run stores reports until ctx ends; what is new then has come with results.
func (t *reporter) run(ctx context.Context) {
	for {
		select {
		case <-t.kick:
		case <-ctx.Done():
			return
		}
		if !pause(ctx, reportInterval) {
			return
		}
		t.flush(ctx)
	}
}

// sent is a part of a report on its way to the store.
type sent struct {
	report *report
	news   *job.ReportUpdate
	change int
}

// flush stores what has changed. A store that is out of reach hears of it later.
func (t *reporter) flush(ctx context.Context) {
	t.mu.Lock()
	changed := t.changed
	t.changed = nil
	t.mu.Unlock()
	for len(changed) > 0 {
		var batch []sent
		var updates []*job.ReportUpdate
		for bytes := 0; len(changed) > 0 && len(batch) < maxReports && bytes < maxReportBytes; changed = changed[1:] {
			news, change := changed[0].look()
			if news == nil {
				continue
			}
			batch, updates = append(batch, sent{changed[0], news, change}), append(updates, news)
			for _, l := range news.Lines {
				bytes += len(l.Text)
			}
		}
		if len(batch) > 0 {
			t.send(ctx, batch, updates)
		}
	}
}

func (t *reporter) send(ctx context.Context, batch []sent, updates []*job.ReportUpdate) {
	call, cancel := context.WithTimeout(ctx, callTimeout)
	err := t.w.cfg.Store.Report(call, updates)
	cancel()
	var busy *ports.BusyError
	if errors.As(err, &busy) {
		t.w.health.saw("report", nil)
	} else {
		t.w.health.saw("report", ctxErr(ctx, err))
	}
	for i, s := range batch {
		switch {
		case err == nil, busy != nil && !slices.Contains(busy.Places, i):
			s.report.stored(s.news, s.change)
		case errors.Is(err, job.ErrUnavailable) || errors.Is(err, context.DeadlineExceeded):
			t.again(s.report)
		}
	}
}

func (t *reporter) again(r *report) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.queued {
		r.queued = true
		t.add(r)
	}
}
