package portstest

import (
	"context"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/ports"
)

// patience is how long a test waits for a hint before it gives up.
const patience = 10 * time.Second

func notifyCases() cases {
	// Each is something to hint at, done after setup, and the hint. The zero Hint does for any.
	type news struct {
		setup func(w *world, h *hand) job.ID
		do    func(w *world, h *hand, id job.ID)
		hint  ports.Hint
	}
	nothing := func(*world, *hand) job.ID { return job.ID{} }
	all := map[string]news{
		"of an enqueue": {
			setup: nothing,
			do:    func(w *world, _ *hand, _ job.ID) { w.one(inQueue("q")) },
			hint:  ports.Hint{Queue: "q"},
		},
		"of a scheduled job": {
			setup: nothing,
			do:    func(w *world, _ *hand, _ job.ID) { w.one(after(time.Minute)) },
			hint:  ports.Hint{Later: true},
		},
		"of a cancel request": {
			setup: func(_ *world, h *hand) job.ID { return h.inState(job.Processing) },
			do:    func(w *world, _ *hand, id job.ID) { w.cancelRunning(id) },
			hint:  ports.Hint{Orders: true},
		},
		"of a paused worker": {
			setup: nothing,
			do: func(w *world, h *hand, _ job.ID) {
				require.NoError(w.t, w.Store.PauseWorker(w.ctx, h.id, "ada", "why not"))
			},
			hint: ports.Hint{Orders: true},
		},
		"of a requeue": {
			setup: func(_ *world, h *hand) job.ID { return h.inState(job.Completed, inQueue("q")) },
			do:    func(w *world, _ *hand, id job.ID) { require.NoError(w.t, w.Store.Requeue(w.ctx, id, "")) },
			hint:  ports.Hint{Queue: "q"},
		},
		"of a queue that is resumed": {
			setup: func(w *world, _ *hand) job.ID { w.pause("q"); return w.one(inQueue("q")) },
			do:    func(w *world, _ *hand, _ job.ID) { require.NoError(w.t, w.Store.ResumeQueue(w.ctx, "q")) },
			hint:  ports.Hint{Queue: "q"},
		},
		"of a recurring job": {
			setup: nothing,
			do:    func(w *world, _ *hand, _ job.ID) { w.save(recurring("k")) },
			hint:  ports.Hint{Recurring: true},
		},
		"of a recurring job that is resumed": {
			setup: func(w *world, _ *hand) job.ID {
				w.save(recurring("k"))
				require.NoError(w.t, w.Store.PauseRecurring(w.ctx, "k", "", "", time.Time{}))
				return job.ID{}
			},
			do:   func(w *world, _ *hand, _ job.ID) { require.NoError(w.t, w.Store.ResumeRecurring(w.ctx, "k")) },
			hint: ports.Hint{Recurring: true},
		},
		"of a job that is given back": {
			setup: func(_ *world, h *hand) job.ID { return h.inState(job.Processing, inQueue("q")) },
			do:    func(w *world, _ *hand, id job.ID) { w.settle(released(w.get(id))) },
			hint:  ports.Hint{Queue: "q"},
		},
		"of a committed transaction": {
			setup: nothing,
			do: func(w *world, _ *hand, _ job.ID) {
				tx := w.begin()
				tx.enqueue(spec(inQueue("q")))
				require.NoError(w.t, tx.commit())
			},
			hint: ports.Hint{Queue: "q"},
		},
	}
	out := cases{
		"wakes a listener at the start": func(w *world) {
			l := w.listen()
			require.Equal(w.t, ports.Hint{}, l.next())
		},
		"tells every listener that hints arrive, once": func(w *world) {
			a := w.listen()
			require.NoError(w.t, a.told())
			b := w.listen()
			require.NoError(w.t, b.told())
			w.one(inQueue("q"))
			for _, l := range []*listener{a, b} {
				l.stop()
				require.NoError(w.t, l.wait())
				require.Empty(w.t, l.deaf)
			}
			again := w.listen()
			require.NoError(w.t, again.told(), "nobody listened in between")
		},
		"ends with its context": func(w *world) {
			l := w.listen()
			l.next()
			l.stop()
			require.NoError(w.t, l.wait())
			w.one()
			select {
			case h := <-l.hints:
				w.t.Errorf("woken by %+v after the end", h)
			default:
			}
		},
		"ends at once with a context that is over": func(w *world) {
			ctx, cancel := context.WithCancel(w.ctx)
			cancel()
			require.NoError(w.t, w.Store.Listen(ctx, ports.Listener{Wake: func(ports.Hint) {}}))
		},
		"wakes a listener that comes later": func(w *world) {
			require.Equal(w.t, ports.Hint{}, w.listen().next())
			require.Equal(w.t, ports.Hint{}, w.listen().next())
		},
		"tells a listener of a committed transaction at whose enqueue nobody dozed": func(w *world) {
			l := w.listen()
			require.Equal(w.t, ports.Hint{}, l.next())
			tx := w.begin()
			tx.enqueue(spec(inQueue("q")))
			require.NoError(w.t, w.Store.Doze(w.ctx, time.Minute))
			require.NoError(w.t, tx.commit())
			l.until(ports.Hint{Queue: "q"})
		},
		"wakes every listener": func(w *world) {
			a, b := w.listen(), w.listen()
			a.next()
			b.next()
			require.NoError(w.t, w.Store.Doze(w.ctx, time.Minute))
			w.one(inQueue("q"))
			a.until(ports.Hint{Queue: "q"})
			b.until(ports.Hint{Queue: "q"})
		},
	}
	for what, n := range all {
		out["tells a listener "+what] = func(w *world) {
			h := w.hand()
			id := n.setup(w, h)
			l := w.listen()
			require.Equal(w.t, ports.Hint{}, l.next())
			require.NoError(w.t, w.Store.Doze(w.ctx, time.Minute))
			n.do(w, h, id)
			l.until(n.hint)
		}
	}
	return out
}

// listener is a running Listen.
type listener struct {
	w     *world
	hints chan ports.Hint
	deaf  chan error
	stop  context.CancelFunc
	ended chan error
}

// listen starts to listen; the test's end stops it.
func (w *world) listen() *listener {
	ctx, stop := context.WithCancel(w.ctx)
	l := &listener{w: w, hints: make(chan ports.Hint, 1000), deaf: make(chan error, 1000), stop: stop, ended: make(chan error, 1)}
	go func() {
		l.ended <- w.Store.Listen(ctx, ports.Listener{
			Wake: func(h ports.Hint) {
				select {
				case l.hints <- h:
				default:
				}
			},
			Deaf: func(why error) { l.deaf <- why },
		})
	}()
	w.t.Cleanup(stop)
	return l
}

func (l *listener) next() ports.Hint {
	l.w.t.Helper()
	select {
	case h := <-l.hints:
		return h
	case err := <-l.ended:
		require.FailNow(l.w.t, "the listener ended", "%v", err)
	case <-time.After(patience):
		require.FailNow(l.w.t, "no hint came")
	}
	return ports.Hint{}
}

// told waits until the listener is told whether hints arrive.
func (l *listener) told() error {
	l.w.t.Helper()
	select {
	case why := <-l.deaf:
		return why
	case <-time.After(patience):
		require.FailNow(l.w.t, "nobody says whether hints arrive")
	}
	return nil
}

// until waits for a hint that says as much as want does.
func (l *listener) until(want ports.Hint) {
	l.w.t.Helper()
	for {
		got := l.next()
		if got == (ports.Hint{}) || want.Queue != "" && got.Queue == want.Queue ||
			want.Later && got.Later || want.Orders && got.Orders || want.Recurring && got.Recurring {
			return
		}
	}
}

func (l *listener) wait() error {
	l.w.t.Helper()
	select {
	case err := <-l.ended:
		return err
	case <-time.After(patience):
		require.FailNow(l.w.t, "the listener does not end")
	}
	return nil
}
