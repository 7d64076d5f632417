package bootstrap

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
)

// output is what a command printed so far.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// do runs a command to its end, in this process.
func do(args ...string) (code int, out, notes string) {
	var o, n output
	code = Main(context.Background(), args, nil, &o, &n)
	return code, o.String(), n.String()
}

// running is a command that serves.
type running struct {
	t          *testing.T
	out, notes output
	cancel     context.CancelFunc
	code       chan int
	stopping   sync.Once
	last       int
}

// start runs a command until it has printed what says that it is ready.
func start(t *testing.T, ready string, args ...string) *running {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	r := &running{t: t, cancel: cancel, code: make(chan int, 1)}
	go func() { r.code <- Main(ctx, args, nil, &r.out, &r.notes) }()
	t.Cleanup(func() { r.stop() })
	eventually(t, 10*time.Second, "the command is ready", func() bool {
		select {
		case code := <-r.code:
			r.code <- code
			t.Fatalf("ended with %d: %s", code, r.notes.String())
		default:
		}
		return strings.Contains(r.out.String()+r.notes.String(), ready)
	})
	return r
}

// stop asks the command to end, and gives its exit code.
func (r *running) stop() int {
	r.stopping.Do(func() {
		r.cancel()
		select {
		case r.last = <-r.code:
		case <-time.After(20 * time.Second):
			r.t.Error("the command does not stop")
		}
	})
	return r.last
}

var freePorts = []string{
	"--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0", "--simulator-listen", "127.0.0.1:0",
}

func startDev(t *testing.T, data string, more ...string) *running {
	t.Helper()
	return start(t, "Ctrl-C stops", append(append([]string{"dev", "--data", data}, freePorts...), more...)...)
}

// address finds an address in what was printed: channel API, admin or simulator ledger.
func address(t *testing.T, banner, name string) string {
	t.Helper()
	found := regexp.MustCompile(name + ` +http://([0-9.:]+)/`).FindStringSubmatch(banner)
	if found == nil {
		t.Fatalf("no address of %s in:\n%s", name, banner)
	}
	return found[1]
}

func (r *running) api() string {
	return "http://" + address(r.t, r.out.String(), "channel API") + "/suv/v1"
}

// channels is where `serve` says that it serves channels.
func (r *running) channels(scheme string) string {
	return scheme + "://" + regexp.MustCompile(`channels on (\S+);`).FindStringSubmatch(r.notes.String())[1]
}

func (r *running) admin() string { return "http://" + address(r.t, r.out.String(), "admin") }

func (r *running) books() string {
	return "http://" + address(r.t, r.out.String(), "simulator ledger") + "/ledger"
}

func eventually(t *testing.T, within time.Duration, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(within); !holds(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not within %s: %s", within, what)
		}
	}
}

// ask sends one request; status 0 means that there was no answer.
func ask(t *testing.T, method, url, user, password, body string) (int, string) {
	t.Helper()
	request, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.SetBasicAuth(user, password)
	request.Header.Set("Content-Type", "application/json")
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: time.Minute}
	response, err := client.Do(request)
	if err != nil {
		return 0, err.Error()
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return 0, err.Error()
	}
	return response.StatusCode, string(text)
}

// saleOf is a provision request without a product, so that it is routed by its receiver.
func saleOf(id, receiver string, amount int) string {
	return fmt.Sprintf(`{"id":"%s","time":"2026-11-22T10:00:00Z","originator":{"institution":{"id":"22222222",`+
		`"name":"TransAcquire Co"},"terminalId":"TERM0001","merchant":{"merchantType":"5411",`+
		`"merchantId":"MERCHANT0000001","merchantName":{"name":"Corner Shop","city":"Cape Town","region":"WC",`+
		`"country":"ZA"}}},"client":{"id":"22222222","name":"TransAcquire Co"},"receiver":{"id":"%s","name":"R"},`+
		`"thirdPartyIdentifiers":[],"amounts":{"requestAmount":{"amount":%d,"currency":"710"}}}`, id, receiver, amount)
}

// reversalOf is a channel's reversal of a sale.
func reversalOf(id string) string {
	return fmt.Sprintf(`{"id":"%s","requestId":"%s","time":"2026-11-22T10:00:00Z","thirdPartyIdentifiers":[],`+
		`"reversalReason":"CANCELLED"}`, uuid.NewString(), id)
}

// entry is what a test reads of the simulator's books.
type entry struct {
	ID, State, Code string
	Calls           int
}

func booked(t *testing.T, books, id string) entry {
	t.Helper()
	_, text := ask(t, "GET", books, "", "", "")
	var entries []entry
	if err := json.Unmarshal([]byte(text), &entries); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	for _, e := range entries {
		if e.ID == id {
			return e
		}
	}
	return entry{}
}
