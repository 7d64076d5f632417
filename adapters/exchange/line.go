package exchange

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"sync/atomic"
	"syscall"
	"time"
)

var longAgo = time.Unix(1, 0)

// line is a connection that may serve one exchange after another.
type line struct {
	net.Conn
	wire    *counted // below TLS, if there is any
	limited *io.LimitedReader
	reader  *bufio.Reader // of limited
	resting *time.Timer
	born    time.Time
}

func newLine(conn net.Conn, wire *counted) *line {
	limited := &io.LimitedReader{R: conn}
	return &line{Conn: conn, wire: wire, limited: limited, reader: bufio.NewReader(limited), born: time.Now()}
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

// isSilent tells that nothing waits to be read in the socket: no word, and not the end either.
func (c *counted) isSilent() bool {
	conn, ok := c.Conn.(syscall.Conn)
	if !ok {
		return true
	}
	raw, err := conn.SyscallConn()
	if err != nil {
		return false
	}
	var waits error
	err = raw.Read(func(fd uintptr) bool {
		_, _, waits = syscall.Recvfrom(int(fd), make([]byte, 1), syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		return true
	})
	return err == nil && errors.Is(waits, syscall.EAGAIN)
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
	l.resting = time.AfterFunc(keepFor, func() { _ = l.Close() })
}

// wake ends the rest, and tells whether the line is still good. One whose peer hung up, or said something unasked, is
// not: a request would meet a dead connection and fall into doubt, or take for its answer what is none.
func (l *line) wake() bool {
	return l.resting.Stop() && l.hasRead() && l.SetDeadline(time.Time{}) == nil && l.wire.isSilent()
}

// hasRead tells that nothing is left of what was taken from the socket: TLS takes more than it is asked for, and keeps
// a record that came with the one before.
func (l *line) hasRead() bool {
	l.limited.N = 1
	_ = l.SetReadDeadline(longAgo) // the socket is not asked
	_, err := l.reader.Peek(1)
	return errors.Is(err, os.ErrDeadlineExceeded)
}

// keptLine gives a good line that was kept, or nil.
func (c *Client) keptLine() *line {
	for {
		select {
		case l := <-c.kept:
			if l.wake() {
				return l
			}
			_ = l.Close()
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
