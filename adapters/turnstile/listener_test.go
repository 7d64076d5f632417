package turnstile_test

import (
	"context"
	"errors"
	"net"
	"os"
	"testing"
	"time"

	"voucherswitch/adapters/turnstile"
)

// served is a door on a port of its own, whose guests come out of the channel.
func served(t *testing.T, limits turnstile.Connections, refused func(bool)) (*turnstile.Door, <-chan net.Conn) {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	door, guests := turnstile.NewDoor(l, limits, refused), make(chan net.Conn, 10)
	t.Cleanup(func() { _ = door.Close() })
	go func() {
		for {
			guest, err := door.Accept()
			if err != nil {
				close(guests)
				return
			}
			guests <- guest
		}
	}()
	return door, guests
}

func (c dialed) from(t *testing.T, address string) net.Conn {
	t.Helper()
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(address)}}
	connection, err := dialer.DialContext(context.Background(), "tcp", string(c))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = connection.Close() })
	return connection
}

type dialed string

// closed: the other end hung up without a word.
func closed(t *testing.T, connection net.Conn) {
	t.Helper()
	_ = connection.SetReadDeadline(time.Now().Add(5 * time.Second))
	if n, err := connection.Read(make([]byte, 1)); n != 0 || err == nil {
		t.Error("a connection over the bound is served")
	} else if errors.Is(err, os.ErrDeadlineExceeded) {
		t.Error("a connection over the bound is left waiting")
	}
}

func TestASourceHasItsShareOfConnectionsAndNoMore(t *testing.T) {
	reasons := make(chan bool, 10)
	door, guests := served(t, turnstile.Connections{InAll: 3, OfASource: 2}, func(source bool) { reasons <- source })
	at := dialed(door.Addr().String())
	at.from(t, "127.0.0.1")
	first := <-guests
	at.from(t, "127.0.0.1")
	<-guests
	closed(t, at.from(t, "127.0.0.1"))
	at.from(t, "127.0.0.2")
	<-guests
	closed(t, at.from(t, "127.0.0.3"))
	if ofOneSource, ofAll := <-reasons, <-reasons; !ofOneSource || ofAll {
		t.Errorf("refused for the source %t, then %t", ofOneSource, ofAll)
	}
	for range 2 { // a second closing makes no second room
		_ = first.Close()
	}
	if door.Open() != 2 {
		t.Errorf("%d are open, want 2", door.Open())
	}
	at.from(t, "127.0.0.1")
	<-guests
	closed(t, at.from(t, "127.0.0.1"))
}

func TestAClosedDoorEnds(t *testing.T) {
	door, guests := served(t, turnstile.Connections{InAll: 1, OfASource: 1}, nil)
	_ = door.Close()
	if _, open := <-guests; open {
		t.Error("a closed door lets somebody in")
	}
}
