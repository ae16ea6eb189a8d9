package main

import (
	"errors"
	"math/rand/v2"
	"net"
	"sync"
	"time"
)

// proxy stands between processes and the server. What is on its way can be kept
// and delivered later, as by a network that comes back.
type proxy struct {
	listener net.Listener
	upstream string
	weather  weather
	work     sync.WaitGroup

	mu     sync.Mutex
	links  map[*link]bool
	dials  []time.Time   // when connections were asked for
	held   chan struct{} // closed when held links go on; nil: none are
	all    bool          // new links are held, too
	closed bool
}

// weather slows each direction of a proxy's links. The zero value does not.
type weather struct {
	delay, jitter time.Duration
	bytesPerS     int
}

// through puts a proxy in front of the server.
func (w *world) through(weather weather) (*proxy, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &proxy{listener: l, upstream: w.site.server.Addr(), weather: weather, links: map[*link]bool{}}
	p.work.Go(p.accept)
	w.cleanups = append(w.cleanups, p.close)
	return p, nil
}

func (p *proxy) addr() string { return p.listener.Addr().String() }

func (p *proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", p.upstream)
		if err != nil {
			_ = client.Close()
			continue
		}
		p.add(&link{client: client.(*net.TCPConn), server: server.(*net.TCPConn)})
	}
}

func (p *proxy) add(l *link) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		l.reset()
		return
	}
	if p.all {
		l.hold(p.held)
	}
	p.dials = append(p.dials, time.Now())
	p.links[l] = true
	p.work.Go(func() {
		l.run(p.weather)
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.links, l)
	})
}

// deafen lets the links that exist stand still, both ways; new ones work.
func (p *proxy) deafen() { p.hold(false) }

// cut lets every link stand still, both ways, also new ones.
func (p *proxy) cut() { p.hold(true) }

func (p *proxy) hold(all bool) {
	p.mend()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.held, p.all = make(chan struct{}), all
	for l := range p.links {
		l.hold(p.held)
	}
}

// mend lets held links go on: what was sent meanwhile arrives, in order.
func (p *proxy) mend() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.held != nil {
		close(p.held)
	}
	p.held, p.all = nil, false
}

// reset ends every link the hard way and says how many there were.
func (p *proxy) reset() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	for l := range p.links {
		l.reset()
	}
	return len(p.links)
}

// dialled tells when connections were asked for after a moment.
func (p *proxy) dialled(after time.Time) []time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	var out []time.Time
	for _, at := range p.dials {
		if at.After(after) {
			out = append(out, at)
		}
	}
	return out
}

func (p *proxy) close() {
	p.mend()
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	_ = p.listener.Close()
	p.reset()
	p.work.Wait()
}

// link is one connection through the proxy.
type link struct {
	client, server *net.TCPConn

	mu   sync.Mutex
	held chan struct{} // what comes waits until it is closed; nil: nothing waits
}

func (l *link) run(w weather) {
	var both sync.WaitGroup
	both.Go(func() { l.pump(l.client, l.server, w) })
	both.Go(func() { l.pump(l.server, l.client, w) })
	both.Wait()
	_ = l.client.Close()
	_ = l.server.Close()
}

// reset closes both ends at once; the peers see a reset.
func (l *link) reset() {
	for _, c := range []*net.TCPConn{l.client, l.server} {
		_ = c.SetLinger(0)
		_ = c.Close()
	}
}

func (l *link) hold(until chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.held = until
}

// pass waits until nothing holds the link.
func (l *link) pass() {
	l.mu.Lock()
	held := l.held
	l.mu.Unlock()
	if held != nil {
		<-held
	}
}

// parcel is some bytes and when they may arrive.
type parcel struct {
	bytes []byte
	due   time.Time
}

// pump carries bytes one way until their source ends, and then ends the other side.
func (l *link) pump(from, to *net.TCPConn, w weather) {
	parcels := make(chan parcel, 64)
	go func() {
		defer close(parcels)
		for {
			b := make([]byte, 16<<10)
			n, err := from.Read(b)
			if n > 0 {
				parcels <- parcel{b[:n], time.Now().Add(w.wait())}
			}
			if err != nil {
				return
			}
		}
	}()
	var err error
	for p := range parcels { // to its end, so that the reader can end
		time.Sleep(time.Until(p.due))
		if w.bytesPerS > 0 {
			time.Sleep(time.Duration(len(p.bytes)) * time.Second / time.Duration(w.bytesPerS))
		}
		l.pass()
		if err == nil {
			if _, err = to.Write(p.bytes); err != nil {
				l.reset()
			}
		}
	}
	l.pass()
	if err := errors.Join(err, to.CloseWrite()); err != nil {
		l.reset()
	}
}

func (w weather) wait() time.Duration {
	if w.jitter == 0 {
		return w.delay
	}
	return w.delay - w.jitter + rand.N(2*w.jitter)
}
