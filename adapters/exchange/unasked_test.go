package exchange_test

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"voucherswitch/adapters/exchange"
)

// gathering sends what was written when it is told to, so that all of it comes at once.
type gathering struct {
	net.Conn
	text     bytes.Buffer
	gathered bool
}

func (g *gathering) Write(p []byte) (int, error) {
	if g.gathered {
		return g.text.Write(p)
	}
	return g.Conn.Write(p)
}

func (g *gathering) flush() {
	_, _ = g.text.WriteTo(g.Conn)
}

// A vendor that answers once more than it was asked does not answer the next sale by that: it would be taken for a
// decline of what was issued. TLS may have taken it from the socket with the first one, where the socket tells nothing.
func TestAnAnswerThatNobodyAskedForAnswersNothing(t *testing.T) {
	certified := httptest.NewTLSServer(http.NotFoundHandler())
	defer certified.Close()
	roots := x509.NewCertPool()
	roots.AddCert(certified.Certificate())
	for _, scheme := range []string{"http", "https"} {
		t.Run(scheme, func(t *testing.T) {
			l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = l.Close() }()
			var connections atomic.Int64
			go func() {
				for {
					conn, err := l.Accept()
					if err != nil {
						return
					}
					connections.Add(1)
					slow := &gathering{Conn: conn}
					var spoken net.Conn = slow
					if scheme == "https" {
						spoken = tls.Server(slow, certified.TLS)
					}
					go answerTwice(spoken, slow)
				}
			}()
			client := open(t, exchange.Options{
				URL: scheme + "://" + l.Addr().String(), TLS: func() *tls.Config { return &tls.Config{RootCAs: roots} },
			})
			for range 3 {
				if got, err := ask(t, client); err != nil || got.Status != http.StatusCreated {
					t.Fatalf("answered %d, %v", got.Status, err)
				}
			}
			if connections.Load() != 3 {
				t.Errorf("%d connections for 3 sales", connections.Load())
			}
		})
	}
}

// answerTwice says yes to every request, and no once more to nobody.
func answerTwice(spoken net.Conn, slow *gathering) {
	defer func() { _ = spoken.Close() }()
	reader := bufio.NewReader(spoken)
	for {
		request, err := http.ReadRequest(reader)
		if err != nil {
			return
		}
		_, _ = io.Copy(io.Discard, request.Body)
		slow.gathered = true
		for _, status := range []int{http.StatusCreated, http.StatusNotFound} {
			_, _ = fmt.Fprintf(spoken, "HTTP/1.1 %d X\r\nContent-Length: 0\r\n\r\n", status)
		}
		slow.gathered = false
		slow.flush()
	}
}
