package scenarios

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"voucherswitch/test/mariadb"
	"voucherswitch/test/mysqlproxy"
)

var (
	crashes = flag.Int("crashes", 3, "how often the switch dies at every crash point, each time later in the traffic")
	deaths  = flag.String("deaths", "", "a `file` that gets a line for every crash point and store")
)

// The crash points are what can be seen from outside: a message that a channel or a provider sends or hears. Between
// two of them lies each commit; on a server the COMMIT itself can be seen too.
var (
	visiblePoints = []string{
		"the switch gets a sale", "the channel gets a sale's answer",
		"the switch gets a retry", "the channel gets a retry's answer",
		"the switch gets a reversal", "the channel gets a reversal's answer",
		"the switch gets a confirmation", "the channel gets a confirmation's answer",
		"the provider gets a sale", "the provider answers a sale",
		"the provider gets a reversal", "the provider answers a reversal",
		"the provider gets a confirmation", "the provider answers a confirmation",
	}
	commitPoints = map[string]mysqlproxy.Cut{
		"a COMMIT is not sent": mysqlproxy.Unsent, "a COMMIT is done": mysqlproxy.Unanswered,
		"a COMMIT arrives after the next start": mysqlproxy.Late,
	}
)

// afterlife is when a COMMIT arrives whose sender is dead and has been started again.
const afterlife = 3 * time.Second

// underWay is how long the channels act before the reaper looks, so that something of every kind is going on.
const underWay = 400 * time.Millisecond

// reaper kills the switch when a crash point is reached the n-th time.
type reaper struct {
	victim *world

	mutex sync.Mutex
	point string
	left  int
	dead  chan struct{}
}

// await arms the reaper, and gives what is closed when it has struck.
func (r *reaper) await(point string, occurrence int) <-chan struct{} {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.point, r.left, r.dead = point, occurrence, make(chan struct{})
	return r.dead
}

// at tells that a point is reached, and whether the switch died at it.
func (r *reaper) at(point string) bool {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if r.point != point {
		return false
	}
	if r.left--; r.left > 0 {
		return false
	}
	r.point = ""
	r.victim.kill()
	close(r.dead)
	return true
}

// commit is the rule of a server's proxy.
func (r *reaper) commit(int) (mysqlproxy.Cut, time.Duration) {
	for point, cut := range commitPoints {
		if r.at(point) {
			return cut, afterlife
		}
	}
	return mysqlproxy.None, 0
}

// outlived is how long a message is on its way at most, whoever gave it up. A channel waits no longer than that here.
const outlived = 35 * time.Second

// passage hands messages on, whatever becomes of who sent them, and tells the reaper of each before and after.
type passage struct {
	*reaper
	before, after string // of the points
	line          *http.Transport
}

// RoundTrip implements http.RoundTripper.
func (p passage) RoundTrip(r *http.Request) (*http.Response, error) {
	what := messageOf(r)
	p.at(p.before + what)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), outlived)
	defer cancel()
	response, err := p.line.RoundTrip(r.WithContext(ctx))
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	response.Body = io.NopCloser(bytes.NewReader(body))
	p.at(strings.Replace(p.after, "%", what, 1))
	return response, nil
}

func messageOf(r *http.Request) string {
	switch path := r.URL.Path; {
	case r.Method != http.MethodPost:
		return " look-up"
	case strings.HasSuffix(path, "/reversals"):
		return " reversal"
	case strings.HasSuffix(path, "/confirmations"):
		return " confirmation"
	case strings.HasSuffix(path, "/retry"):
		return " retry"
	case strings.HasSuffix(path, "/vouchers"):
		return " sale"
	default:
		return " message of another wire"
	}
}

// watched is an address in front of another one.
func (r *reaper) watched(t *testing.T, target, before, after string) string {
	t.Helper()
	base, err := url.Parse(target)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(&httputil.ReverseProxy{
		Rewrite:   func(p *httputil.ProxyRequest) { p.SetURL(base) },
		Transport: passage{r, before, after, &http.Transport{DisableKeepAlives: true}},
		ErrorLog:  log.New(io.Discard, "", 0),
		ErrorHandler: func(http.ResponseWriter, *http.Request, error) {
			panic(http.ErrAbortHandler) // nobody answers for the dead
		},
	})
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	t.Cleanup(func() { go server.Close() }) // what a provider never answers would be waited for
	return server.URL
}

// reaped is a switch that everybody, but for its operators, reaches over a reaper, and that reaches everybody so.
func reaped(t *testing.T, dsn string) *reaper {
	t.Helper()
	w := deploy(t, 1, dsn, "400ms", brisk...)[0]
	w.kill()
	r := &reaper{victim: w}
	moved := []string{w.simulator, r.watched(t, w.simulator, "the provider gets a", "the provider answers a%")}
	if dsn != "" {
		upstream, proxy := proxied(t, dsn)
		proxy.Follow(r.commit)
		moved = append(moved, upstream, proxy.Address())
	}
	file := filepath.Join(w.data, "switch.yaml")
	text, err := os.ReadFile(file)
	if err == nil {
		err = os.WriteFile(file, []byte(strings.NewReplacer(moved...).Replace(string(text))), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	w.restart(t)
	w.api = r.watched(t, w.api, "the switch gets a", "the channel gets a%'s answer")
	return r
}

func proxied(t *testing.T, dsn string) (upstream string, proxy *mysqlproxy.Proxy) {
	t.Helper()
	_, rest, _ := strings.Cut(dsn, "@")
	upstream, _, _ = strings.Cut(rest, "/")
	proxy, err := mysqlproxy.Start(upstream)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = proxy.Close() })
	return upstream, proxy
}

// reap lets the switch die at every point, so often, in the midst of a storm, and starts it again each time.
func (s *storm) reap(t *testing.T, r *reaper, store string, points []string) {
	t.Helper()
	round := uint64(0)
	for _, point := range points {
		for occurrence := range *crashes {
			round++
			calm := s.rage(round)
			time.Sleep(underWay)
			dead := r.await(point, 1+3*occurrence)
			select {
			case <-dead:
			case <-time.After(30 * time.Second):
				t.Errorf("%s: %q was not reached", store, point)
				r.await("", 0)
			}
			calm()
			if !r.victim.up.Load() {
				r.victim.restart(t)
			}
		}
		if *deaths != "" {
			note(t, fmt.Sprintf("%s\t%s\t%s\tdied %d times\tseed %d\n", time.Now().UTC().Format(time.DateOnly), store,
				point, *crashes, s.seed))
		}
	}
}

func note(t *testing.T, line string) {
	t.Helper()
	file, err := os.OpenFile(*deaths, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err == nil {
		_, err = file.WriteString(line)
		err = errors.Join(err, file.Close())
	}
	if err != nil {
		t.Error(err)
	}
}

func TestNothingIsLostAtAnyCrashPointOnAFile(t *testing.T) {
	t.Parallel()
	r := reaped(t, "")
	s := brew(r.victim)
	s.onBehalf = true
	s.reap(t, r, "SQLite", visiblePoints)
	s.reconcile(t, drained)
	s.hasRaged(t, len(visiblePoints))
}

func TestNothingIsLostAtAnyCrashPointOnAServer(t *testing.T) {
	t.Parallel()
	r := reaped(t, mariadb.NewDatabase(t, mariadb.Address(t)))
	s := brew(r.victim)
	s.onBehalf = true
	points := visiblePoints
	for point := range commitPoints {
		points = append(points, point)
	}
	s.reap(t, r, "MariaDB", points)
	s.reconcile(t, drained)
	s.hasRaged(t, len(points))
}
