package simulator

import (
	"context"
	"io"
	"log"
	"net"
	"net/http"
	"time"
)

const (
	readHeaderWithin = 5 * time.Second
	readWithin       = 10 * time.Second
	writeWithin      = 30 * time.Second
	idleFor          = time.Minute
	maxHeader        = 64 << 10
)

// listening is an open listener with its server; refuse says for how long it is closed.
type listening struct {
	server   *http.Server
	listener net.Listener
	pause    time.Duration
}

// Serve answers on the listener until ctx ends, then closes it and every connection. It fails if the listener does, or
// if its address cannot be had again after the mood refuse.
func (s *Simulator) Serve(ctx context.Context, listener net.Listener) error {
	address := listener.Addr().String()
	for {
		pause, err := s.serveOnce(ctx, listener)
		if ctx.Err() != nil || pause == 0 {
			return whileLiving(ctx, err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(pause):
		}
		if listener, err = new(net.ListenConfig).Listen(ctx, "tcp", address); err != nil {
			return whileLiving(ctx, err)
		}
	}
}

func whileLiving(ctx context.Context, err error) error {
	if ctx.Err() == nil {
		return err
	}
	return nil
}

// serveOnce serves until ctx ends, or until refuse says for how long not to.
func (s *Simulator) serveOnce(ctx context.Context, listener net.Listener) (time.Duration, error) {
	l := &listening{listener: listener, server: &http.Server{
		Handler: s, ReadHeaderTimeout: readHeaderWithin, ReadTimeout: readWithin, WriteTimeout: writeWithin,
		IdleTimeout: idleFor, MaxHeaderBytes: maxHeader, ErrorLog: log.New(io.Discard, "", 0),
		BaseContext: func(net.Listener) context.Context { return ctx },
	}}
	s.mu.Lock()
	s.listening = l
	s.mu.Unlock()
	defer context.AfterFunc(ctx, func() { _ = l.server.Close() })()
	err := l.server.Serve(listener)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.listening = nil
	return l.pause, err
}

// refuse closes the listener and idle connections at once, for the pause; requests that are being served go on. It is
// false where there is no listener.
func (s *Simulator) refuse(pause time.Duration) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.listening
	if l == nil {
		return false
	}
	s.listening = nil
	l.pause = pause
	l.server.SetKeepAlivesEnabled(false)
	_ = l.listener.Close()
	return true
}
