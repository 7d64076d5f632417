package exchange_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"voucherswitch/adapters/exchange"
)

func open(t *testing.T, o exchange.Options) *exchange.Client {
	t.Helper()
	if o.Dial == nil {
		o.Dial = exchange.Guard{Anywhere: true}.Dial
	}
	client, err := exchange.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func ask(t *testing.T, c *exchange.Client) (exchange.Answer, error) {
	t.Helper()
	return c.Do(t.Context(), exchange.Request{
		Method: http.MethodPost, Path: "/sales", Body: []byte("{}"), SendBy: soon(),
	})
}

func soon() time.Time { return time.Now().Add(10 * time.Second) }

// refusing reads the request and answers 404.
func refusing(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	w.WriteHeader(http.StatusNotFound)
}

func TestRefusesAnAddressThatIsNone(t *testing.T) {
	for _, url := range []string{"", "vendor.example", "ftp://vendor.example", "https://", "http://[::1"} {
		if _, err := exchange.New(exchange.Options{URL: url}); err == nil {
			t.Errorf("%q is taken for a provider's url", url)
		}
	}
}

func TestAsksOverTLSAndTrustsOnlyKnownRoots(t *testing.T) {
	server := httptest.NewTLSServer(http.HandlerFunc(refusing))
	defer server.Close()
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	trusting := func(roots *x509.CertPool) func() *tls.Config {
		return func() *tls.Config { return &tls.Config{RootCAs: roots} }
	}
	known := open(t, exchange.Options{URL: server.URL, TLS: trusting(roots)})
	unknown := open(t, exchange.Options{URL: server.URL, TLS: trusting(x509.NewCertPool())})
	for range 3 {
		if got, err := ask(t, known); err != nil || got.Status != http.StatusNotFound {
			t.Errorf("known root: %d, %v", got.Status, err)
		}
		if _, err := ask(t, unknown); !errors.Is(err, exchange.ErrNothingSent) {
			t.Errorf("unknown root: %v", err)
		}
	}
}

// A kept connection is used again, and closes by itself when nobody does.
func TestKeepsConnectionsForAWhile(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(refusing))
	defer server.Close()
	dialled, closed := 0, make(chan struct{}, 2)
	client := open(t, exchange.Options{
		URL: server.URL, KeepFor: time.Second,
		Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
			dialled++
			conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
			return closing{conn, closed}, err
		},
	})
	for range 5 {
		_, _ = ask(t, client)
	}
	if dialled != 1 {
		t.Errorf("%d connections for five requests in a row", dialled)
	}
	<-closed
	_, _ = ask(t, client)
	if dialled != 2 {
		t.Errorf("%d connections, want a second one after the rest", dialled)
	}
}

// However busy a connection is, new certificates and another address of the vendor's count before long.
func TestABusyConnectionGrowsNoOlderThanItMay(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(refusing))
	defer server.Close()
	dialled := 0
	client := open(t, exchange.Options{
		URL: server.URL, ServeFor: 100 * time.Millisecond,
		Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
			dialled++
			return (&net.Dialer{}).DialContext(ctx, network, address)
		},
	})
	asked := 0
	for began := time.Now(); time.Since(began) < 350*time.Millisecond; asked++ {
		if got, err := ask(t, client); err != nil || got.Status != http.StatusNotFound {
			t.Fatalf("%d, %v", got.Status, err)
		}
	}
	if dialled < 2 || dialled > 4 || asked <= dialled {
		t.Errorf("%d connections for %d requests, each to serve for 100 ms of 350", dialled, asked)
	}
}

type closing struct {
	net.Conn
	closed chan struct{}
}

func (c closing) Close() error {
	c.closed <- struct{}{}
	return c.Conn.Close()
}

// A peer that hung up while the connection was kept puts no sale in doubt.
func TestNoticesThatAKeptConnectionIsGone(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(refusing))
	defer server.Close()
	client := open(t, exchange.Options{URL: server.URL})
	for range 5 {
		if got, err := ask(t, client); err != nil || got.Status != http.StatusNotFound {
			t.Fatalf("answered %d, %v", got.Status, err)
		}
		server.CloseClientConnections()
		time.Sleep(20 * time.Millisecond)
	}
}

func TestTheFirstRuleThatFitsGivesAStatusItsMeaning(t *testing.T) {
	rules := exchange.Rules[string]{
		exchange.On(200, 299, "yes"), exchange.On(408, 408, ""), exchange.On(400, 499, "no"),
	}
	for status, want := range map[int]string{199: "", 200: "yes", 299: "yes", 300: "", 407: "no", 408: "", 409: "no", 500: ""} {
		if got := rules.Meaning(status); got != want {
			t.Errorf("%d means %q, want %q", status, got, want)
		}
	}
}

// deaf is a connection that takes no more than some bytes.
type deaf struct {
	net.Conn
	takes int
}

func (d deaf) Write(p []byte) (int, error) {
	n, _ := d.Conn.Write(p[:min(d.takes, len(p))])
	return n, errors.New("the network is gone")
}

func TestNothingIsSentOnlyIfNotOneByteLeft(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(refusing))
	defer server.Close()
	for takes, proved := range map[int]bool{0: true, 1: false, 100: false} {
		client := open(t, exchange.Options{
			URL: server.URL,
			Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
				conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
				return deaf{conn, takes}, err
			},
		})
		if _, err := ask(t, client); err == nil || errors.Is(err, exchange.ErrNothingSent) != proved {
			t.Errorf("%d bytes left: %v", takes, err)
		}
	}
}

func TestABodyThatDripsIsGivenUp(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusCreated)
		for r.Context().Err() == nil {
			_, _ = w.Write([]byte(" "))
			_ = http.NewResponseController(w).Flush()
			time.Sleep(5 * time.Millisecond)
		}
	}))
	defer server.Close()
	client := open(t, exchange.Options{URL: server.URL, BodyFor: 100 * time.Millisecond})
	began := time.Now()
	got, err := ask(t, client)
	if took := time.Since(began); err == nil || got.Status != http.StatusCreated || got.Body != nil || took > 5*time.Second {
		t.Errorf("after %s: %d %q, %v", took, got.Status, got.Body, err)
	}
}
