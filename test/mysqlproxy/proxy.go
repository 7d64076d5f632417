// Package mysqlproxy stands between a program and a MySQL server and understands enough of their protocol to know a
// COMMIT when it sees one, so that a test can lose its answer, or the COMMIT itself, exactly there.
package mysqlproxy

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"
)

// Cut is what is done to a COMMIT.
type Cut int

// The cuts. But for None and Delayed, the client's connection ends with them.
const (
	None       Cut = iota // it passes
	Unsent                // the server never hears of it
	Unanswered            // it is done, and the answer is lost
	Halved                // it is done, and half of the answer arrives
	Delayed               // it is done, and the answer comes late
	Late                  // the client hears no answer, and long after that the server gets it
)

// Cuts are all that lose something.
var Cuts = []Cut{Unsent, Unanswered, Halved, Delayed, Late}

// String names the cut.
func (c Cut) String() string {
	return [...]string{"none", "unsent", "unanswered", "halved", "delayed", "late"}[c]
}

// Rule says what becomes of a COMMIT, by its number since the rule was given, from 0 on; and how long, where it is late
// or delayed. It may be called from many connections at once, but never twice with a number.
type Rule func(number int) (Cut, time.Duration)

// Proxy is a running proxy.
type Proxy struct {
	upstream string
	listener net.Listener
	lines    sync.WaitGroup
	ctx      context.Context
	stop     context.CancelFunc

	mu    sync.Mutex
	rule  Rule
	count int
	tally map[Cut]int
}

// Start listens on a free port of this machine, for the server at that host and port. All passes until a Rule is given.
func Start(upstream string) (*Proxy, error) {
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &Proxy{upstream: upstream, listener: listener, tally: map[Cut]int{}}
	p.ctx, p.stop = context.WithCancel(context.Background())
	p.lines.Go(p.accept)
	return p, nil
}

// Address is the host and port to connect to.
func (p *Proxy) Address() string { return p.listener.Addr().String() }

// Follow gives the rule for every COMMIT from now on; nil lets all pass.
func (p *Proxy) Follow(rule Rule) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rule, p.count = rule, 0
}

// Tally counts the COMMITs of each kind, those that passed as None. A late one counts once the server has it, and one
// whose answer was lost only if that answer was a yes: each count is something that really happened.
func (p *Proxy) Tally() map[Cut]int {
	p.mu.Lock()
	defer p.mu.Unlock()
	tally := make(map[Cut]int, len(p.tally))
	for cut, count := range p.tally {
		tally[cut] = count
	}
	return tally
}

// Close ends all connections, and returns when nothing is under way any more.
func (p *Proxy) Close() error {
	p.stop()
	err := p.listener.Close()
	p.lines.Wait()
	return err
}

func (p *Proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			if !errors.Is(err, net.ErrClosed) {
				panic(fmt.Sprint("the proxy accepts no more: ", err))
			}
			return
		}
		p.lines.Go(func() { p.serve(client) })
	}
}

func (p *Proxy) serve(client net.Conn) {
	defer func() { _ = client.Close() }()
	server, err := new(net.Dialer).DialContext(p.ctx, "tcp", p.upstream)
	if err != nil {
		return
	}
	defer func() { _ = server.Close() }()
	l := &line{proxy: p, client: client, server: server, prepared: map[uint32]bool{}}
	closing := context.AfterFunc(p.ctx, func() { _ = client.Close(); _ = server.Close() })
	defer closing()
	var answers sync.WaitGroup
	answers.Go(l.answers)
	l.commands()
	answers.Wait()
}

// next gives the rule's word on the next COMMIT.
func (p *Proxy) next() (Cut, time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.rule == nil {
		return None, 0
	}
	p.count++
	return p.rule(p.count - 1)
}

func (p *Proxy) note(cut Cut) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tally[cut]++
}
