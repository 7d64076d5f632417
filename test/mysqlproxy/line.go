package mysqlproxy

import (
	"encoding/binary"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"time"
)

// What the protocol calls things (MySQL's client/server protocol, text and prepared statements).
const (
	headSize    = 4 // three bytes of length, one of sequence
	comQuery    = 0x03
	comPrepare  = 0x16
	comExecute  = 0x17
	okAnswer    = 0x00
	longestRest = 30 * time.Second // for a server to take a late COMMIT
)

var errCut = errors.New("the line is cut")

// line is one client's connection, and the server's behind it.
type line struct {
	proxy          *Proxy
	client, server net.Conn

	mu        sync.Mutex
	preparing bool            // a COMMIT is being prepared, and its number comes next
	prepared  map[uint32]bool // the numbers of prepared COMMITs
	cut       Cut             // what happens to the next answer
	wait      time.Duration
	committed bool // the next answer is that to a COMMIT
}

// packet is a whole packet, its head included.
type packet []byte

func (p packet) sequence() byte  { return p[3] }
func (p packet) payload() []byte { return p[headSize:] }

func read(from net.Conn) (packet, error) {
	p := make(packet, headSize)
	if _, err := io.ReadFull(from, p); err != nil {
		return nil, err
	}
	size := int(p[0]) | int(p[1])<<8 | int(p[2])<<16
	p = append(p, make([]byte, size)...)
	_, err := io.ReadFull(from, p.payload())
	return p, err
}

// commands relays what the client says. A command begins at sequence 0; what a client says while it logs in does not.
func (l *line) commands() {
	for {
		p, err := read(l.client)
		if err != nil { // the client is gone, so the server shall know
			_ = l.server.Close()
			return
		}
		if l.isCommit(p) {
			err = l.commit(p)
		} else {
			_, err = l.server.Write(p)
		}
		if err != nil {
			_ = l.client.Close()
			if !errors.Is(err, errCut) {
				_ = l.server.Close()
			}
			return
		}
	}
}

func (l *line) isCommit(p packet) bool {
	body := p.payload()
	if p.sequence() != 0 || len(body) == 0 {
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	switch body[0] {
	case comQuery:
		return saysCommit(body[1:])
	case comPrepare:
		l.preparing = saysCommit(body[1:])
		return false
	case comExecute:
		return len(body) > 4 && l.prepared[binary.LittleEndian.Uint32(body[1:])]
	default:
		return false
	}
}

func saysCommit(statement []byte) bool {
	return strings.EqualFold(strings.TrimRight(strings.TrimSpace(string(statement)), "; "), "COMMIT")
}

// commit sends a COMMIT on, or not. Of what happens to its answer, answers is told first. After errCut the client is
// heard no more.
func (l *line) commit(p packet) error {
	cut, wait := l.proxy.next()
	if cut == Unsent {
		l.proxy.note(Unsent)
		_ = l.server.Close()
		return errCut
	}
	l.mu.Lock()
	l.cut, l.wait, l.committed = cut, wait, true
	l.mu.Unlock()
	if cut == Late {
		_ = l.client.Close()
		if !l.rest(wait) {
			return errCut
		}
	}
	_, err := l.server.Write(p)
	if cut == Late && err == nil { // answers goes on to the server's answer, which nobody waits for
		return errors.Join(errCut, l.server.SetReadDeadline(time.Now().Add(longestRest)))
	}
	return err
}

// rest waits, and is false if the proxy ends first.
func (l *line) rest(wait time.Duration) bool {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-l.proxy.ctx.Done():
		return false
	}
}

// answers relays what the server says, but for the answer to a COMMIT that is to be cut.
func (l *line) answers() {
	defer func() { _ = l.client.Close() }()
	for {
		p, err := read(l.server)
		if err != nil {
			return
		}
		if l.isOfCommit(p) {
			err = l.answer(p)
		} else {
			_, err = l.client.Write(p)
		}
		if err != nil { // nobody is there to be answered
			_ = l.server.Close()
			return
		}
	}
}

// isOfCommit tells the answer to a COMMIT, and takes note of the number of a COMMIT that was prepared.
func (l *line) isOfCommit(p packet) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if body := p.payload(); l.preparing && len(body) > 4 {
		if l.preparing = false; body[0] == okAnswer {
			l.prepared[binary.LittleEndian.Uint32(body[1:])] = true
		}
	}
	was := l.committed
	l.committed = false
	return was
}

func (l *line) answer(p packet) error {
	l.mu.Lock()
	cut, wait := l.cut, l.wait
	l.mu.Unlock()
	if len(p.payload()) == 0 || p.payload()[0] != okAnswer { // refused, which is to be heard
		_, err := l.client.Write(p)
		return err
	}
	l.proxy.note(cut)
	switch cut {
	case Delayed:
		if !l.rest(wait) {
			return errCut
		}
	case Halved:
		_, _ = l.client.Write(p[:len(p)/2])
		return errCut
	case Unanswered, Late, Unsent:
		return errCut
	case None:
	}
	_, err := l.client.Write(p)
	return err
}
