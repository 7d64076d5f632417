package contract

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"voucherswitch/domain/voucher"
)

// providerScript is what a vendor does on a connection with one request; false closes the connection.
type providerScript func(conn *net.TCPConn, request *http.Request) bool

// providerAside answers what a vendor is asked besides.
type providerAside func(*http.Request) (body string, aside bool)

// providerVendor is a vendor on bare TCP, so that it can break every rule of HTTP. Without a script it resets every
// connection unread.
type providerVendor struct {
	listener net.Listener
	aside    providerAside

	mu     sync.Mutex
	script providerScript
	seen   []string // method, path, headers and body
	open   map[*net.TCPConn]bool
}

func newProviderVendor(t *testing.T, aside providerAside, script providerScript) *providerVendor {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if aside == nil {
		aside = func(*http.Request) (string, bool) { return "", false }
	}
	v := &providerVendor{listener: listener, aside: aside, script: script, open: map[*net.TCPConn]bool{}}
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go v.serve(conn.(*net.TCPConn))
		}
	}()
	t.Cleanup(v.close)
	return v
}

func (v *providerVendor) serve(conn *net.TCPConn) {
	v.mu.Lock()
	script := v.script
	v.open[conn] = true
	v.mu.Unlock()
	defer func() {
		_ = conn.Close()
		v.mu.Lock()
		delete(v.open, conn)
		v.mu.Unlock()
	}()
	if script == nil {
		_ = conn.SetLinger(0)
		return
	}
	reader := bufio.NewReader(conn)
	for {
		request, err := http.ReadRequest(reader)
		if err != nil {
			return
		}
		body, err := io.ReadAll(request.Body)
		if err != nil {
			return
		}
		if answer, aside := v.aside(request); aside {
			if !providerAnswers(http.StatusOK, answer)(conn, request) {
				return
			}
			continue
		}
		v.mu.Lock()
		v.seen = append(v.seen, providerSeen(request, body))
		script := v.script
		v.mu.Unlock()
		if !script(conn, request) {
			return
		}
	}
}

// providerSeen is a request as it stands on the line, but for what concerns its connection alone.
func providerSeen(request *http.Request, body []byte) string {
	var text strings.Builder
	fmt.Fprintf(&text, "%s %s\n", request.Method, request.URL.RequestURI())
	hop := map[string]bool{"Connection": true, "Keep-Alive": true, "Te": true, "Transfer-Encoding": true}
	_ = request.Header.WriteSubset(&text, hop)
	text.WriteString("\n" + string(body))
	return text.String()
}

// follow changes the script for the requests to come.
func (v *providerVendor) follow(script providerScript) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.script = script
}

func (v *providerVendor) requests() []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return append([]string(nil), v.seen...)
}

func (v *providerVendor) address() string { return v.listener.Addr().String() }

func (v *providerVendor) url() string { return "http://" + v.address() }

func (v *providerVendor) close() {
	_ = v.listener.Close()
	v.mu.Lock()
	defer v.mu.Unlock()
	for conn := range v.open {
		_ = conn.Close()
	}
}

func providerHead(status, length int) string {
	return fmt.Sprintf("HTTP/1.1 %d Said\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n", status, length)
}

// providerAnswers gives every request the same whole answer, over one connection.
func providerAnswers(status int, body string) providerScript {
	return func(conn *net.TCPConn, _ *http.Request) bool {
		_, err := io.WriteString(conn, providerHead(status, len(body))+body)
		return err == nil
	}
}

// providerAnswersOnce answers the first request and resets on every later one.
func providerAnswersOnce(status int, body string) providerScript {
	var first sync.Once
	return func(conn *net.TCPConn, request *http.Request) bool {
		answered := false
		first.Do(func() { answered = providerAnswers(status, body)(conn, request) })
		return answered || providerResets(conn, request)
	}
}

// providerSaysMore answers, and a moment later says more that nobody asked for; then it tells so.
func providerSaysMore(status int, body, more string, said chan<- struct{}) providerScript {
	return func(conn *net.TCPConn, request *http.Request) bool {
		providerAnswers(status, body)(conn, request)
		time.Sleep(providerPatience / 3)
		defer func() { said <- struct{}{} }()
		return providerAnswers(status, more)(conn, request)
	}
}

// providerWrites writes raw bytes and closes.
func providerWrites(raw string) providerScript {
	return func(conn *net.TCPConn, _ *http.Request) bool {
		_, _ = io.WriteString(conn, raw)
		return false
	}
}

// providerWritesOn writes raw bytes, and then more and more until nobody reads them.
func providerWritesOn(raw, more string) providerScript {
	return func(conn *net.TCPConn, _ *http.Request) bool {
		_, err := io.WriteString(conn, raw)
		for err == nil {
			_, err = io.WriteString(conn, strings.Repeat(more, 100))
		}
		return false
	}
}

// providerHangs reads on, so that it notices when the other side has gone.
func providerHangs(conn *net.TCPConn, _ *http.Request) bool {
	_, _ = io.Copy(io.Discard, conn)
	return false
}

func providerResets(conn *net.TCPConn, _ *http.Request) bool {
	_ = conn.SetLinger(0)
	return false
}

func providerDrips(status int, body string) providerScript {
	return func(conn *net.TCPConn, _ *http.Request) bool {
		_, err := io.WriteString(conn, providerHead(status, len(body)))
		for i := 0; i < len(body) && err == nil; i++ {
			time.Sleep(providerPatience / 10)
			_, err = conn.Write([]byte{body[i]})
		}
		return err == nil
	}
}

func providerRedirects(conn *net.TCPConn, request *http.Request) bool {
	_, err := fmt.Fprintf(conn, "HTTP/1.1 307 There\r\nLocation: http://%s%s\r\nContent-Length: 0\r\n\r\n",
		request.Host, request.URL.Path)
	return err == nil
}

// providerLog gathers what the process logs, and what outcomes look like when somebody prints them.
type providerLog struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func providerLogs(t *testing.T) *providerLog {
	l := &providerLog{}
	before, writer, flags := slog.Default(), log.Writer(), log.Flags()
	slog.SetDefault(slog.New(slog.NewTextHandler(l, &slog.HandlerOptions{Level: slog.LevelDebug})))
	log.SetOutput(l)
	t.Cleanup(func() {
		slog.SetDefault(before)
		log.SetOutput(writer)
		log.SetFlags(flags)
	})
	return l
}

// Write implements io.Writer.
func (l *providerLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *providerLog) note(outcome any) {
	_, _ = fmt.Fprintf(l, "%v %+v %#v\n", outcome, outcome, outcome)
	_ = json.NewEncoder(l).Encode(outcome)
}

func (l *providerLog) silent(t *testing.T) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.text.Len() == 0 {
		t.Fatal("nothing was printed at all, so nothing is shown")
	}
	for name, secret := range map[string]voucher.Secret{
		"voucher code": voucher.NewSecret(providerCode), "password": voucher.NewSecret(ProviderPassword),
		"token": voucher.NewSecret(ProviderToken),
	} {
		if strings.Contains(l.text.String(), secret.Reveal()) {
			t.Errorf("the %s was printed", name)
		}
	}
}
