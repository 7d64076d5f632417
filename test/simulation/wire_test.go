package simulation

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

// fate is what becomes of some bytes on their way.
type fate struct {
	delay   time.Duration
	lost    bool
	doubled bool
	reset   bool // the line breaks when they arrive
}

// wire is one end of a connection in memory, which takes time and fails as fate says.
type wire struct {
	in, out *pipe
	peer    *wire
	fate    func(written []byte) fate
	address net.Addr
}

// pipe is one direction: what has arrived and is not read yet.
type pipe struct {
	mu      sync.Mutex
	changed *sync.Cond
	arrived []byte
	ended   error // what a reader gets when all is read
	expired bool  // the reader's deadline is over
	alarm   *time.Timer
	last    time.Time // nothing arrives before what was sent before
}

func newPipe() *pipe {
	p := &pipe{}
	p.changed = sync.NewCond(&p.mu)
	return p
}

// connect makes both ends of a line.
func connect(from, to net.Addr, there, back func([]byte) fate) (near, far *wire) {
	a, b := newPipe(), newPipe()
	near = &wire{in: b, out: a, fate: there, address: from}
	far = &wire{in: a, out: b, fate: back, address: to}
	near.peer, far.peer = far, near
	return near, far
}

func (p *pipe) change(what func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	what()
	p.changed.Broadcast()
}

func (p *pipe) end(err error) {
	p.change(func() {
		if p.ended == nil {
			p.ended = err
		}
	})
}

// later does something after a delay, and after all that was sent before.
func (p *pipe) later(delay time.Duration, what func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	at := time.Now().Add(delay)
	if !at.After(p.last) {
		at = p.last.Add(1)
	}
	p.last = at
	time.AfterFunc(time.Until(at), what)
}

// Read implements net.Conn.
func (w *wire) Read(b []byte) (int, error) {
	p := w.in
	p.mu.Lock()
	defer p.mu.Unlock()
	for {
		switch {
		case p.expired:
			return 0, os.ErrDeadlineExceeded
		case errors.Is(p.ended, net.ErrClosed), errors.Is(p.ended, syscall.ECONNRESET):
			return 0, p.ended
		case len(p.arrived) > 0:
			n := copy(b, p.arrived)
			p.arrived = p.arrived[n:]
			return n, nil
		case p.ended != nil:
			return 0, p.ended
		}
		p.changed.Wait()
	}
}

// Write implements net.Conn. It never waits: what is on its way is in the system's buffers.
func (w *wire) Write(b []byte) (int, error) {
	w.in.mu.Lock()
	ended, expired := w.in.ended, w.in.expired
	w.in.mu.Unlock()
	switch {
	case expired:
		return 0, os.ErrDeadlineExceeded
	case ended != nil && !errors.Is(ended, io.EOF):
		return 0, ended
	}
	f := w.fate(b)
	sent := append([]byte(nil), b...)
	if f.doubled {
		sent = append(sent, b...)
	}
	switch {
	case f.reset:
		w.out.later(f.delay, w.cut)
	case !f.lost:
		w.out.later(f.delay, func() { w.out.change(func() { w.out.arrived = append(w.out.arrived, sent...) }) })
	}
	return len(b), nil
}

// cut breaks the line for both, at once.
func (w *wire) cut() {
	w.in.end(syscall.ECONNRESET)
	w.out.end(syscall.ECONNRESET)
}

// Close implements net.Conn. What was written before still arrives.
func (w *wire) Close() error {
	w.in.end(net.ErrClosed)
	w.out.later(w.fate(nil).delay, func() { w.out.end(io.EOF) })
	return nil
}

// LocalAddr implements net.Conn.
func (w *wire) LocalAddr() net.Addr { return w.address }

// RemoteAddr implements net.Conn.
func (w *wire) RemoteAddr() net.Addr { return w.peer.address }

// SetDeadline implements net.Conn.
func (w *wire) SetDeadline(t time.Time) error { return w.SetReadDeadline(t) }

// SetWriteDeadline implements net.Conn: no write waits.
func (w *wire) SetWriteDeadline(time.Time) error { return nil }

// SetReadDeadline implements net.Conn.
func (w *wire) SetReadDeadline(t time.Time) error {
	p := w.in
	p.change(func() {
		if p.alarm != nil {
			p.alarm.Stop()
		}
		p.alarm = nil
		p.expired = !t.IsZero() && !t.After(time.Now())
		if t.IsZero() || p.expired {
			return
		}
		var mine *time.Timer
		mine = time.AfterFunc(time.Until(t), func() {
			p.change(func() { p.expired = p.expired || p.alarm == mine })
		})
		p.alarm = mine
	})
	return nil
}

// door is a listener in memory.
type door struct {
	address net.Addr
	callers chan *wire
	shut    chan struct{}
	once    sync.Once

	mu   sync.Mutex
	open []*wire // the listener's ends
}

func newDoor(address net.Addr) *door {
	return &door{address: address, callers: make(chan *wire, 1<<12), shut: make(chan struct{})}
}

// Accept implements net.Listener.
func (d *door) Accept() (net.Conn, error) {
	select {
	case w := <-d.callers:
		return w, nil
	case <-d.shut:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener: whoever waits to be let in, and whoever is in, is hung up on.
func (d *door) Close() error {
	d.once.Do(func() { close(d.shut) })
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, w := range d.open {
		_ = w.Close()
	}
	d.open = nil
	return nil
}

// Addr implements net.Listener.
func (d *door) Addr() net.Addr { return d.address }

// dial opens a line to the door, after the time that takes.
func (d *door) dial(
	ctx context.Context, from net.Addr, takes time.Duration, there, back func([]byte) fate,
) (*wire, error) {
	if !rest(ctx, takes) {
		return nil, ctx.Err()
	}
	near, far := connect(from, d.address, there, back)
	d.mu.Lock()
	defer d.mu.Unlock()
	select {
	case <-d.shut:
		return nil, syscall.ECONNREFUSED
	default:
	}
	d.open = append(d.open, far)
	d.callers <- far
	return near, nil
}

// rest waits, unless ctx ends first.
func rest(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
