package turnstile

import (
	"net"
	"net/netip"
	"sync"
)

// Connections bound how many a listener has open at once: in all, and of one source. Both are above 0.
type Connections struct {
	InAll     int
	OfASource int
}

// Door is a listener that closes what comes over its bounds at once, unread and unanswered: whoever is turned away has
// sent nothing that could have been heard. Waiting for room instead would make everybody wait for the slowest.
type Door struct {
	net.Listener
	limits  Connections
	refused func(ofOneSource bool)

	mu      sync.Mutex
	open    int
	sources map[netip.Prefix]int
}

// NewDoor bounds a listener. It tells refused, which may be nil, of every connection that it closed.
func NewDoor(l net.Listener, limits Connections, refused func(ofOneSource bool)) *Door {
	if refused == nil {
		refused = func(bool) {}
	}
	return &Door{Listener: l, limits: limits, refused: refused, sources: map[netip.Prefix]int{}}
}

// Open is how many connections are open.
func (d *Door) Open() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.open
}

// Accept implements net.Listener.
func (d *Door) Accept() (net.Conn, error) {
	for {
		connection, err := d.Listener.Accept()
		if err != nil {
			return nil, err
		}
		source := sourceOf(connection)
		if full, ofOneSource := d.enter(source); full {
			d.refused(ofOneSource)
			_ = connection.Close()
			continue
		}
		return &guest{Conn: connection, leave: sync.OnceFunc(func() { d.left(source) })}, nil
	}
}

func sourceOf(connection net.Conn) netip.Prefix {
	address, _ := netip.ParseAddrPort(connection.RemoteAddr().String())
	return network(address.Addr().Unmap().WithZone(""))
}

func (d *Door) enter(source netip.Prefix) (full, ofOneSource bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	ofOneSource = d.sources[source] >= d.limits.OfASource
	if ofOneSource || d.open >= d.limits.InAll {
		return true, ofOneSource
	}
	d.open++
	d.sources[source]++
	return false, false
}

func (d *Door) left(source netip.Prefix) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.open--
	if d.sources[source]--; d.sources[source] == 0 {
		delete(d.sources, source)
	}
}

// guest is a connection that makes room when it is closed.
type guest struct {
	net.Conn
	leave func()
}

// Close implements net.Conn.
func (g *guest) Close() error {
	defer g.leave()
	return g.Conn.Close()
}
