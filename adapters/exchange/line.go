package exchange

import (
	"context"
	"errors"
	"net"
	"os"
	"sync/atomic"
	"time"
)

var longAgo = time.Unix(1, 0)

// line is a connection that may serve one exchange after another. While it rests it is watched: a peer that hangs up,
// or says something unasked, spoils it at once, so that a request seldom meets a dead connection and falls into doubt.
type line struct {
	net.Conn
	wire    *counted // below TLS, if there is any
	wanted  atomic.Bool
	watched chan struct{}
}

func newLine(conn net.Conn, wire *counted) *line {
	return &line{Conn: conn, wire: wire, watched: make(chan struct{}, 1)}
}

// counted counts what left, so that it is proved when nothing did (lifecycle rule 5).
type counted struct {
	net.Conn
	bytes atomic.Int64
}

// Write implements io.Writer.
func (c *counted) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	c.bytes.Add(int64(n))
	return n, err
}

// sent is how many bytes have left over the line.
func (l *line) sent() int64 { return l.wire.bytes.Load() }

// allow gives the peer so much more time to speak, and none that ctx does not give.
func (l *line) allow(ctx context.Context, wait time.Duration) {
	_ = l.SetReadDeadline(time.Now().Add(wait))
	if ctx.Err() != nil { // its interruption may have come before
		l.interrupt()
	}
}

// interrupt ends whatever read or write is under way.
func (l *line) interrupt() { _ = l.SetDeadline(longAgo) }

// rest lets the line wait for its next use; unwanted for so long, it closes itself.
func (l *line) rest(keepFor time.Duration) {
	l.wanted.Store(false)
	_ = l.SetDeadline(time.Now().Add(keepFor))
	go func() {
		_, err := l.Read(make([]byte, 1))
		if !errors.Is(err, os.ErrDeadlineExceeded) || !l.wanted.Load() {
			_ = l.Close()
		}
		l.watched <- struct{}{}
	}()
}

// wake ends the rest, and tells whether the line is still good: a closed one takes no deadline.
func (l *line) wake() bool {
	l.wanted.Store(true)
	l.interrupt()
	<-l.watched
	return l.SetDeadline(time.Time{}) == nil
}

// keptLine gives a good line that was kept, or nil.
func (c *Client) keptLine() *line {
	for {
		select {
		case l := <-c.kept:
			if l.wake() {
				return l
			}
		default:
			return nil
		}
	}
}

func (c *Client) keep(l *line) {
	l.rest(c.KeepFor)
	select {
	case c.kept <- l:
	default:
		_ = l.wake()
		_ = l.Close()
	}
}
