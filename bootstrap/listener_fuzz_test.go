package bootstrap

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"voucherswitch/adapters/suvwire"
	"voucherswitch/test/fuzzing"
)

// channelsDoor starts the channels' server of a whole switch, whose providers are all away, and gives its address.
func channelsDoor(f *testing.F) string {
	config, _, wrong := Load(Sources{World: devWorld, Folder: f.TempDir(), Flags: []Setting{{"timing.reversal_wait", "1ms", "a test"}}})
	if len(wrong) > 0 {
		f.Fatal(wrong)
	}
	p, err := build(context.Background(), config, Options{Dev: true, Log: slog.New(slog.DiscardHandler)}, "127.0.0.1:1")
	if err != nil {
		f.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		f.Fatal(err)
	}
	server, _ := p.servers()
	ended := make(chan error, 1)
	go func() { ended <- serving(server, p.door(listener)) }()
	f.Cleanup(func() {
		_ = server.Close()
		<-ended
		_ = p.close()
	})
	return listener.Addr().String()
}

// rawSeeds are lines of requests: good, bad and several at once.
func rawSeeds() []string {
	const credentials = "Authorization: Basic MjIyMjIyMjI6cGFzc3dvcmQ=\r\n" // 22222222:password
	sale := saleOf("7c1f5a0e-3f6b-4d3a-9f52-0d5f6b0f6a11", "44444444", 10000)
	post := func(path, more, body string) string {
		return "POST " + path + " HTTP/1.1\r\nHost: a\r\n" + credentials + "Content-Type: application/json\r\n" + more + "\r\n" + body
	}
	whole := fmt.Sprintf("Content-Length: %d\r\n", len(sale))
	get := "GET /products HTTP/1.1\r\nHost: a\r\n" + credentials + "\r\n"
	return []string{
		post("/vouchers", whole, sale), post("/suv/v1/vouchers", whole, sale+get), post("/vouchers", whole, sale[:40]), get + get + get,
		post("/vouchers", "Transfer-Encoding: chunked\r\n", fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(sale), sale)),
		post("/vouchers", "Transfer-Encoding: chunked\r\n"+whole, "zz\r\n"), post("/vouchers", "Expect: 100-continue\r\n"+whole, sale),
		post("/vouchers", whole+"Content-Length: 3\r\n", sale), post("/vouchers", "Content-Length: 99999999\r\n", sale),
		post("/vouchers/reversals", whole, reversalOf("7c1f5a0e-3f6b-4d3a-9f52-0d5f6b0f6a11")), "GET / HTTP/1.0\r\n\r\n", "GET /\r\n\r\n",
		"HEAD /vouchers HTTP/1.1\r\nHost: a\r\n" + credentials + "\r\n" + get, "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
		"GET /docs/../../etc/passwd HTTP/1.1\r\nHost: a\r\n\r\n", "GET http://b/products HTTP/1.1\r\nHost: a\r\n\r\n", "\x16\x03\x01\x02\x00\x01\x00",
		"CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n", "GET /vouchers?voucherCode=%zz HTTP/1.1\r\nHost: a\r\n" + credentials + "\r\n", "GET / HTTP/1.1\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: a\r\nX: " + strings.Repeat("a", maxHead+5000) + "\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\nX : b\r\n\r\n", "\r\n\r\n", "",
		"GET /openapi.yaml HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n" + get, "POST /redemptions HTTP/1.1\r\nHost: a\r\nUpgrade: h2c\r\n\r\n",
	}
}

// FuzzListener: to whatever bytes on a connection, all that comes back is HTTP; each error is an ErrorDetail of the wire
// contract, but for the few that net/http answers by itself; none is a fault of ours. The server outlives it: it answers
// the next request as ever, and keeps nothing of the connection.
func FuzzListener(f *testing.F) {
	address := channelsDoor(f)
	for _, seed := range rawSeeds() {
		f.Add([]byte(seed))
	}
	const checkEvery = 64 // net/http rests half a second on a connection that it refused
	count, before := 0, 0
	f.Fuzz(func(t *testing.T, raw []byte) {
		if count++; before == 0 {
			mustSell(t, address)
			before = runtime.NumGoroutine()
		}
		said, whole := exchanged(t, address, raw)
		rest := said
		for len(rest) > 0 {
			size := answerIn(t, rest, whole)
			if size == 0 {
				break
			}
			rest = rest[size:]
		}
		mustSell(t, address)
		if count%checkEvery == 8 {
			eventually(t, 10*time.Second, "the connections' goroutines end", func() bool { return runtime.NumGoroutine() <= before })
		}
	})
}

// exchanged says the bytes, hangs up its half, and hears what comes back; whole is false where the server cut it off.
func exchanged(t *testing.T, address string, raw []byte) (said []byte, whole bool) {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
	go func() {
		_, _ = conn.Write(raw)
		_ = conn.(*net.TCPConn).CloseWrite()
	}()
	said, err = io.ReadAll(conn)
	if timeout := net.Error(nil); err != nil && asTimeout(err, &timeout) {
		t.Fatalf("no end of the answer: %q", said)
	}
	return said, err == nil
}

func asTimeout(err error, as *net.Error) bool {
	e, ok := err.(net.Error) //nolint:errorlint // as io.ReadAll returns it
	*as = e
	return ok && e.Timeout()
}

// answerIn judges the first answer in the bytes and gives its size; 0 where it was cut off. To HEAD it has no body.
func answerIn(t *testing.T, said []byte, whole bool) int {
	t.Helper()
	for _, method := range []string{http.MethodPost, http.MethodHead} {
		source := bytes.NewReader(said)
		reader := bufio.NewReader(source)
		response, err := http.ReadResponse(reader, &http.Request{Method: method})
		if err != nil {
			break
		}
		body, err := io.ReadAll(response.Body)
		if err != nil {
			continue
		}
		size := len(said) - source.Len() - reader.Buffered()
		if method == http.MethodPost && size < len(said) && !bytes.HasPrefix(said[size:], []byte("HTTP/1.")) {
			continue
		}
		judgeAnswer(t, response, body, method)
		return size
	}
	if whole {
		t.Errorf("this is no HTTP: %q", said)
	}
	return 0
}

// ownWords begin the bodies that net/http answers by itself, before any handler, by their status (its server.go).
var ownWords = map[int]string{
	http.StatusBadRequest:                  "400 Bad Request",
	http.StatusRequestHeaderFieldsTooLarge: "431 Request Header Fields Too Large",
	http.StatusNotImplemented:              "Unsupported transfer encoding",
	http.StatusHTTPVersionNotSupported:     "505 HTTP Version Not Supported",
	http.StatusExpectationFailed:           "",
}

func judgeAnswer(t *testing.T, response *http.Response, body []byte, method string) {
	t.Helper()
	status, kind := response.StatusCode, response.Header.Get("Content-Type")
	if status == http.StatusInternalServerError {
		t.Errorf("a fault of ours: %s", body)
	}
	if status < 400 || method == http.MethodHead {
		return
	}
	words, own := ownWords[status]
	if own && response.Close && kind != "application/json" && strings.HasPrefix(string(body), words) &&
		(words != "" || len(body) == 0) {
		return
	}
	detail, refused := suvwire.DecodeErrorDetail(body)
	if refused != nil || kind != "application/json" || !detail.ErrorType.IsKnown() || fuzzing.Flaw(body, fuzzing.Elements) != "" ||
		utf8.RuneCountInString(detail.ErrorMessage) > suvwire.MaxErrorMessage || detail.ErrorMessage == "" {
		t.Errorf("%d %s is no ErrorDetail: %q, %v", status, kind, body, refused)
	}
}

// mustSell sends a well-formed request on a connection of its own.
func mustSell(t *testing.T, address string) {
	t.Helper()
	said, _ := exchanged(t, address,
		[]byte("GET /products HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: Basic MjIyMjIyMjI6cGFzc3dvcmQ=\r\n\r\n"))
	if !bytes.HasPrefix(said, []byte("HTTP/1.1 200 OK\r\n")) || !bytes.Contains(said, []byte(`{"products":[`)) {
		t.Errorf("a well-formed request is answered %q", said)
	}
}
