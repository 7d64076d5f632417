package scenarios

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
)

// from makes the same calls from another address of this machine, each over a connection of its own.
func (c channel) from(address string) func(t *testing.T, method, path string, body []byte) answer {
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(address)}}
	caller := http.Client{Transport: &http.Transport{DialContext: dialer.DialContext, DisableKeepAlives: true}}
	return func(t *testing.T, method, path string, body []byte) answer {
		t.Helper()
		request, err := http.NewRequestWithContext(t.Context(), method, c.base+path, strings.NewReader(string(body)))
		if err != nil {
			t.Fatal(err)
		}
		request.SetBasicAuth(c.user, c.password)
		request.Header.Set("Content-Type", "application/json")
		response, err := caller.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		read, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		return answer{status: response.StatusCode, header: response.Header, body: read}
	}
}

// figure is what /metrics says of a figure, by its name and labels.
func (w *world) figure(t *testing.T, name string) string {
	t.Helper()
	_, text, err := get(w.admin + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(text), "\nvoucherswitch_"+name+" ")
	if !found {
		t.Fatalf("there is no figure %s", name)
	}
	value, _, _ := strings.Cut(rest, "\n")
	return value
}

func TestGuessingIsSlowedTellsNothingAndLocksNobodyOut(t *testing.T) {
	t.Parallel()
	w := production(t, "2s")
	c := w.channel()
	c.sold(t, sale(plain, 12000)) // from 127.0.0.1, which is its place from now on
	known, unknown, right := c, c, c
	known.password, unknown.password, unknown.user = "guess-of-a-secret", "guess-of-a-secret", "10101010"
	slowed := 0
	for range 50 {
		a := known.from("127.0.0.2")(t, "GET", "/products", nil)
		b := unknown.from("127.0.0.3")(t, "GET", "/products", nil)
		if a.whole() != b.whole() {
			t.Fatalf("a known name is told from an unknown one:\n%s\n%s", a.whole(), b.whole())
		}
		switch a.status {
		case http.StatusUnauthorized:
			a.wantError(t, 401, "AUTHENTICATION_ERROR")
		default:
			slowed++
			a.wantError(t, 429, "LIMIT_EXCEEDED")
			if a.header.Get("Retry-After") == "" {
				t.Error("429 without Retry-After")
			}
		}
	}
	if slowed < 20 {
		t.Errorf("of 50 guesses in a row %d were slowed down", slowed)
	}
	tried := right.from("127.0.0.2")(t, "GET", "/products", nil)
	if tried.status == http.StatusOK {
		t.Error("among guesses that are used up, the right one is told")
	}
	for _, elsewhere := range []string{"127.0.0.1", "127.0.0.4"} {
		right.from(elsewhere)(t, "GET", "/products", nil).want(t, http.StatusOK)
	}
	for range 50 {
		known.from("127.0.0.1")(t, "GET", "/products", nil)
	}
	c.sold(t, sale(plain, 12000)) // whoever guesses behind the same address
	if w.figure(t, `credentials_refused_total{reason="guesses"}`) == "0" {
		t.Error("nobody counts the guesses")
	}
	if strings.Contains(w.tail(), "guess-of-a-secret") {
		t.Error("the log tells a guess")
	}
}

func TestACallFromElsewhereIsAnsweredLikeAWrongSecret(t *testing.T) {
	t.Parallel()
	w := deploy(t, 1, "", "2s", "--set", "channels.22222222.allowed_from=127.0.0.7,10.0.0.0/8")[0]
	c, wrong := w.channel(), w.channel()
	wrong.password = "wrong"
	c.from("127.0.0.7")(t, "GET", "/products", nil).want(t, http.StatusOK)
	for _, path := range []string{"/products", "/vouchers?provisionRequestId=" + uuid.NewString(), "/vouchers"} {
		elsewhere := c.from("127.0.0.8")(t, "GET", path, nil).whole()
		if guessed := wrong.from("127.0.0.9")(t, "GET", path, nil).whole(); elsewhere != guessed {
			t.Errorf("%s from elsewhere:\n%s\nwith a wrong secret:\n%s", path, elsewhere, guessed)
		}
	}
	if w.figure(t, `credentials_refused_total{reason="address"}`) != "3" {
		t.Error("nobody counts calls from elsewhere")
	}
	w.stranger().sold(t, asStranger(sale(plain, 12000)))
}

func TestAChannelOverItsRateIsRefusedLeavesNoTraceAndHoldsNobodyUp(t *testing.T) {
	t.Parallel()
	w := deploy(t, 1, "", "2s", "--set", "channels.22222222.rate_limit.per_second=2",
		"--set", "channels.22222222.rate_limit.burst=5")[0]
	c, sales := w.channel(), map[string]message{}
	for range 20 {
		request := sale(plain, 12000)
		a := c.provision(t, request)
		if a.status == http.StatusCreated {
			continue
		}
		a.wantError(t, http.StatusTooManyRequests, "LIMIT_EXCEEDED").names(t, request.id(), "")
		if seconds, err := strconv.Atoi(a.header.Get("Retry-After")); err != nil || seconds != 1 {
			t.Errorf("Retry-After %q", a.header.Get("Retry-After"))
		}
		sales[request.id()] = request
	}
	if len(sales) < 10 || len(sales) > 15 {
		t.Fatalf("%d of 20 were refused, want what is over a burst of 5", len(sales))
	}
	w.stranger().sold(t, asStranger(sale(plain, 12000)))
	undo := reversal(uuid.NewString())
	c.reverse(t, undo).wantError(t, 429, "LIMIT_EXCEEDED").names(t, undo.id(), undo["requestId"].(string))
	c.lookup(t, uuid.NewString()).wantError(t, 429, "LIMIT_EXCEEDED")
	for id, request := range sales {
		if written, sent := w.ledger(t)[id]; sent {
			t.Fatalf("the provider was asked: %+v", written)
		}
		time.Sleep(1100 * time.Millisecond)
		c.lookup(t, id).wantError(t, http.StatusNotFound, "UNABLE_TO_LOCATE_RECORD")
		c.sold(t, request) // the id is free
		break
	}
	if w.figure(t, "requests_limited_total") == "0" {
		t.Error("nobody counts what is refused")
	}
}

// crowd are connections that never finish what they say; every second each says a letter more.
func (w *world) crowd(t *testing.T, size int, texts ...string) {
	t.Helper()
	connections := make([]net.Conn, 0, size)
	for i := range size {
		connections = append(connections, w.raw(t, texts[i%len(texts)]))
	}
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	go func() {
		for {
			for _, connection := range connections {
				_, _ = io.WriteString(connection, "x")
			}
			select {
			case <-ctx.Done():
				return
			case <-time.After(time.Second):
			}
		}
	}()
}

// goodput sells at a steady pace and tells the share that was sold within two seconds.
func goodput(t *testing.T, c channel, perSecond int, lasting time.Duration) float64 {
	t.Helper()
	offered := int(lasting.Seconds()) * perSecond
	var good atomic.Int32
	var sales sync.WaitGroup
	for range offered {
		sales.Go(func() {
			began := time.Now()
			a, err := c.send("POST", "/vouchers", asStranger(sale(plain, 12000)).bytes())
			if err == nil && a.status == http.StatusCreated && time.Since(began) < 2*time.Second {
				good.Add(1)
			}
		})
		time.Sleep(time.Second / time.Duration(perSecond))
	}
	sales.Wait()
	return float64(good.Load()) / float64(offered)
}

func TestTwoThousandSlowConnectionsCostOthersNothing(t *testing.T) {
	w := production(t, "5s")
	slow, body := w.channel(), sale(plain, 12000)
	head := "POST /suv/v1/vouchers HTTP/1.1\r\nHost: switch\r\nAuthorization: " + slow.credentials() + "\r\n"
	w.crowd(t, 2000,
		"", "POST /suv", head, head+"X-A: ",
		head+"Content-Type: application/json\r\nContent-Length: 100000\r\n\r\n"+string(body.bytes()[:100]),
		head+"Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nffff\r\n")
	if open := w.figure(t, "connections_open"); len(open) < 4 {
		t.Fatalf("%s connections are open, want the crowd", open)
	}
	if share := goodput(t, w.stranger(), 40, 4*time.Second); share < 0.95 {
		t.Errorf("beside 2,000 slow connections another channel had %.0f %% of its sales", 100*share)
	}
	eventually(t, 20*time.Second, func() string {
		if open := w.figure(t, "connections_open"); len(open) > 2 {
			return "the switch holds " + open + " connections that say nothing"
		}
		return ""
	})
}

func TestASourceOverItsConnectionsIsTurnedAwayAndOthersAreNot(t *testing.T) {
	t.Parallel()
	w := deploy(t, 1, "", "2s", "--set", "http.max_connections_per_source=20")[0]
	w.crowd(t, 30, "POST /suv")
	eventually(t, 5*time.Second, func() string {
		if w.figure(t, `connections_refused_total{bound="source"}`) != "10" {
			return "the connections over the bound are not closed"
		}
		return ""
	})
	w.channel().from("127.0.0.2")(t, "POST", "/vouchers", sale(plain, 12000).bytes()).want(t, http.StatusCreated)
}

func TestWhatFollowsABodyInChunksIsNeverRead(t *testing.T) {
	t.Parallel()
	own := ownWorld(t)
	c, hidden := own.channel(), sale(plain, 12000)
	for name, head := range map[string]string{
		"both lengths":        "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n",
		"both, the other way": "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n",
		"chunks alone":        "Transfer-Encoding: chunked\r\n",
		"behind a bare LF":    "X-A: b\nTransfer-Encoding: chunked\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			text := fmt.Sprintf("POST /suv/v1/vouchers HTTP/1.1\r\nHost: switch\r\nAuthorization: %s\r\n"+
				"Content-Type: application/json\r\n%s\r\n0\r\n\r\n%s", c.credentials(), head, c.provisionText(hidden))
			connection := own.raw(t, text)
			_ = connection.SetDeadline(time.Now().Add(20 * time.Second))
			said, _ := io.ReadAll(connection)
			if strings.Count(string(said), "HTTP/1.1 ") > 1 {
				t.Errorf("two requests were answered:\n%s", said)
			}
			if len(said) > 0 && !strings.HasPrefix(string(said), "HTTP/1.1 400 ") {
				t.Errorf("answered\n%s", said)
			}
		})
	}
	own.nothingStored(t, hidden)
}

func TestAnotherFormOfAnAddressReachesNothingElse(t *testing.T) {
	t.Parallel()
	own := ownWorld(t)
	c, request := own.channel(), sale(plain, 12000)
	for first, status := range map[string]int{
		"GET http://169.254.169.254/latest/meta-data HTTP/1.1":            404,
		"GET http://127.0.0.1:8081/metrics HTTP/1.1":                      404,
		"CONNECT 169.254.169.254:80 HTTP/1.1":                             404,
		"OPTIONS * HTTP/1.1":                                              200,
		"GET //169.254.169.254/ HTTP/1.1":                                 404,
		"GET /suv/v1/vouchers?" + strings.Repeat("a", 5000) + " HTTP/1.1": 414,
	} {
		connection := own.raw(t, first+"\r\nHost: switch\r\nAuthorization: "+c.credentials()+"\r\n\r\n")
		_ = connection.SetDeadline(time.Now().Add(20 * time.Second))
		if a := answered(t, connection); a.status != status || strings.Contains(string(a.body), "meta") {
			t.Errorf("%.60s: answered %d %s", first, a.status, a.body)
		}
	}
	absolute := strings.Replace(c.provisionText(request), "POST /suv", "POST http://another.example/suv", 1)
	if a := answered(t, own.raw(t, absolute)); a.status != http.StatusCreated || own.ledger(t)[request.id()].Calls != 1 {
		t.Errorf("the absolute form is answered %d %s", a.status, a.body)
	}
}
