package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// counter is a switch that counts what it answers.
type counter struct {
	mu       sync.Mutex
	answered map[string]int // "operation status"
	sold     map[string]bool
	wrong    []string
	decide   func(n int) (status int, kind string) // of the n-th sale
	sales    int
}

func (c *counter) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	var m struct{ ID, RequestID string }
	err := json.Unmarshal(body, &m)
	c.mu.Lock()
	defer c.mu.Unlock()
	if name, password, ok := r.BasicAuth(); err != nil || !ok || name != "22222222" || password != "p:ass" {
		c.wrong = append(c.wrong, fmt.Sprint(r.Method, r.URL, r.Header, string(body), err))
	}
	var status int
	kind, operation := "", Provision
	switch path := r.URL.Path; {
	case path == "/suv/v1/vouchers":
		c.sales++
		if status, kind = c.decide(c.sales); status == http.StatusCreated {
			c.sold[m.ID] = true
		}
	case path == "/suv/v1/vouchers/reversals" && c.sold[m.RequestID]:
		delete(c.sold, m.RequestID)
		status, operation = http.StatusAccepted, Reversal
	case path == "/suv/v1/vouchers/"+m.ID+"/retry" && c.sold[m.ID]:
		status, operation = http.StatusOK, Retry
	default:
		c.wrong = append(c.wrong, path+" "+string(body))
		status = http.StatusTeapot
	}
	c.answered[fmt.Sprint(operation, " ", status, " ", kind)]++
	w.WriteHeader(status)
	if kind != "" {
		_, _ = fmt.Fprintf(w, `{"id": "x", "errorType": %q, "errorMessage": "no"}`, kind)
	}
}

func serving(t *testing.T, h http.Handler) Options {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return Options{
		URL: server.URL + "/suv/v1", Channel: "22222222", Password: "p:ass", Receiver: "44444444", Currency: "710",
		Amounts: []Share[int64]{{12000, 1}}, Mix: []Share[string]{{Provision, 1}},
		Connections: 64, Duration: time.Second, Timeout: 5 * time.Second, Seed: 7,
	}
}

func run1(t *testing.T, o Options) Report {
	t.Helper()
	r, err := Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestEveryOutcomeIsCountedByOperationStatusAndErrorType(t *testing.T) {
	c := &counter{answered: map[string]int{}, sold: map[string]bool{}, decide: func(n int) (int, string) {
		switch n % 10 {
		case 3:
			return http.StatusNotFound, "DO_NOT_HONOUR"
		case 5:
			return http.StatusServiceUnavailable, "UPSTREAM_UNAVAILABLE"
		case 7:
			return http.StatusNotFound, "UPSTREAM_UNAVAILABLE"
		}
		return http.StatusCreated, ""
	}}
	o := serving(t, c)
	o.Rate, o.Mix = 400, []Share[string]{{Provision, 8}, {Retry, 1}, {Reversal, 1}}
	r := run1(t, o)
	if len(c.wrong) > 0 {
		t.Fatalf("%d wrong requests, the first: %s", len(c.wrong), c.wrong[0])
	}
	counted, requests, errors := map[string]int{}, int64(0), int64(0)
	for _, o := range r.Outcomes {
		counted[fmt.Sprint(o.Operation, " ", o.Status, " ", o.ErrorType)] = int(o.Count)
		requests += o.Count
		if o.ErrorType == "UPSTREAM_UNAVAILABLE" {
			errors += o.Count
		}
	}
	if fmt.Sprint(counted) != fmt.Sprint(c.answered) {
		t.Errorf("the report says %v, the switch %v", counted, c.answered)
	}
	for _, operation := range []string{"provision 201 ", "retry 200 ", "reversal 202 "} {
		if counted[operation] == 0 {
			t.Errorf("there was no %s", operation)
		}
	}
	if r.Requests != requests || r.Errors != errors || errors == 0 || r.Share != float64(errors)/float64(requests) {
		t.Errorf("%d requests, %d errors, share %g; want %d and %d", r.Requests, r.Errors, r.Share, requests, errors)
	}
	if r.Requests < 300 || r.Requests > 500 {
		t.Errorf("%d requests in a second at 400 a second", r.Requests)
	}
}

// stall answers at once, but nobody between the given times.
type stall struct {
	began, until time.Time
	mu           sync.Mutex
}

func (s *stall) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now := time.Now(); now.After(s.began) && now.Before(s.until) {
		time.Sleep(time.Until(s.until))
	}
	w.WriteHeader(http.StatusCreated)
}

func TestAStallIsFeltByEveryRequestThatItDelayed(t *testing.T) {
	for _, connections := range []int{1, 256} {
		now := time.Now()
		o := serving(t, &stall{began: now.Add(500 * time.Millisecond), until: now.Add(1100 * time.Millisecond)})
		o.Rate, o.Even, o.Connections, o.Duration = 200, true, connections, 2*time.Second
		r := run1(t, o)
		// Of 400 arrivals 120 fall into the stall of 600 ms, 30 % of all: the median does not feel it, and 10 % of all
		// wait for longer than 400 ms, had they been able to be sent or not.
		if r.Requests < 395 || r.Requests > 400 || r.Errors > 0 {
			t.Errorf("%d connections: %d requests, %d errors; want those of two seconds", connections, r.Requests, r.Errors)
		}
		if r.Latency.P50 > 200 || r.Latency.P90 < 300 || r.Latency.P99 < 500 || r.Latency.Max < 550 {
			t.Errorf("%d connections: the stall of 600 ms shows as %+v", connections, r.Latency)
		}
	}
}

func TestTheWarmUpIsNotMeasured(t *testing.T) {
	now := time.Now()
	o := serving(t, &stall{began: now, until: now.Add(400 * time.Millisecond)})
	o.Concurrency, o.WarmUp = 4, 600*time.Millisecond
	if r := run1(t, o); r.Requests == 0 || r.Latency.Max > 350 {
		t.Errorf("%d requests, the longest %.1f ms: the warm-up's stall of 400 ms is in it", r.Requests, r.Latency.Max)
	}
}

func TestWhatGetsNoAnswerIsAnErrorOfItsOwnKind(t *testing.T) {
	dead := httptest.NewServer(http.NotFoundHandler())
	dead.Close()
	for want, handle := range map[string]http.HandlerFunc{
		brokenLine: func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		timedOut: func(_ http.ResponseWriter, r *http.Request) {
			select {
			case <-r.Context().Done():
			case <-time.After(time.Second):
			}
		},
		noConnection: nil,
	} {
		o := serving(t, handle)
		o.Rate, o.Duration, o.Timeout = 50, 300*time.Millisecond, 200*time.Millisecond
		if handle == nil {
			o.URL = dead.URL
		}
		r := run1(t, o)
		if len(r.Outcomes) != 1 || r.Outcomes[0].Transport != want || !r.Outcomes[0].Error || r.Share != 1 {
			t.Errorf("%s: %+v", want, r.Outcomes)
		}
		if want == timedOut && r.Latency.P50 < 200 {
			t.Errorf("a time-out of 200 ms took %.1f ms", r.Latency.P50)
		}
	}
}

func TestArrivalsThatNeverFoundAConnectionAreCounted(t *testing.T) {
	o := serving(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-r.Context().Done():
		case <-time.After(time.Second):
		}
	}))
	o.Rate, o.Even, o.Connections, o.Duration, o.Timeout = 100, true, 1, 500*time.Millisecond, 300*time.Millisecond
	r := run1(t, o)
	var never int64
	for _, o := range r.Outcomes {
		if o.Transport == neverSent {
			never = o.Count
		}
	}
	if r.Requests < 48 || r.Requests > 50 || never < 40 {
		t.Errorf("of 49 arrivals %d are counted, %d as never sent", r.Requests, never)
	}
}

func TestACallerComesAgainWhenItWasTold(t *testing.T) {
	o := serving(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "1")
		w.WriteHeader(http.StatusServiceUnavailable)
	}))
	o.Concurrency, o.Duration = 3, 1500*time.Millisecond
	if r := run1(t, o); r.Requests != 6 || r.Errors != 6 || r.Latency.Max > 500 {
		t.Errorf("three callers that were to wait a second asked %d times in one and a half: %+v", r.Requests, r.Latency)
	}
}

func TestAnotherMachineIsRefusedUnlessAllowed(t *testing.T) {
	for url, allowed := range map[string]bool{
		"http://127.0.0.1:1": true, "http://localhost:1/suv/v1": true, "http://[::1]:1": true, "http://127.8.9.10": true,
		"http://10.0.0.1:8080": false, "https://voucherswitch.example": false, "http://localhost.example": false,
		"http://0.0.0.0:8080": false, "http://127.0.0.1.example": false, "ftp://127.0.0.1": false, "127.0.0.1:80": false,
		"http://user:secret@127.0.0.1": false,
	} {
		o := serving(t, http.NotFoundHandler())
		o.URL, o.Rate = url, 1
		if err := o.Check(); (err == nil) != allowed {
			t.Errorf("%s: %v", url, err)
		}
	}
	o := serving(t, http.NotFoundHandler())
	o.URL, o.Rate, o.Remote = "https://voucherswitch.example", 1, true
	if err := o.Check(); err != nil {
		t.Error(err)
	}
}

func TestTheSeedDecidesWhatIsAskedFor(t *testing.T) {
	amounts := func(seed uint64) (all []int64) {
		r := run{o: Options{
			Seed: seed, Amounts: []Share[int64]{{1, 1}, {2, 1}, {3, 2}}, Mix: []Share[string]{{Provision, 1}},
		}}
		for c := r.chooser(0); len(all) < 1000; {
			all = append(all, c.choose().amount)
		}
		return all
	}
	once, again, other := amounts(1), amounts(1), amounts(2)
	if !slices.Equal(once, again) || slices.Equal(once, other) {
		t.Error("the seed does not decide the amounts")
	}
	thirds := 0
	for _, a := range once {
		if a == 3 {
			thirds++
		}
	}
	if thirds < 420 || thirds > 580 {
		t.Errorf("an amount of half the weight came %d times of 1000", thirds)
	}
}

func TestTheReportSaysInJSONWhatTheHelpPromises(t *testing.T) {
	o := serving(t, &stall{})
	o.Rate, o.Duration = 100, 1200*time.Millisecond
	r := run1(t, o)
	var text bytes.Buffer
	if err := r.WriteJSON(&text); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Loop, Arrivals string
		Requests       int64
		Share          *float64           `json:"error_share"`
		PerSecond      float64            `json:"ok_per_second"`
		Latency        map[string]float64 `json:"latency_ms"`
		OK             map[string]float64 `json:"ok_latency_ms"`
		Outcomes       []map[string]any
		Seconds        []map[string]float64
		Distribution   []map[string]float64
	}
	if err := json.Unmarshal(text.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if got.Loop != "open" || got.Arrivals != "poisson" || got.Requests == 0 || got.Share == nil || got.PerSecond <= 0 {
		t.Errorf("%s", &text)
	}
	for _, key := range []string{"mean", "p50", "p90", "p99", "p99_9", "max"} {
		if got.Latency[key] <= 0 || got.OK[key] <= 0 {
			t.Errorf("no %s in %s", key, &text)
		}
	}
	if len(got.Seconds) != 2 || got.Seconds[0]["ok"] == 0 || len(got.Distribution) == 0 || len(got.Outcomes) != 1 {
		t.Errorf("%s", &text)
	}
}

func TestThePageNeedsNoOtherFileAndTakesNoTextForCode(t *testing.T) {
	r := Report{URL: "http://127.0.0.1/</script><script>alert(1)", Loop: "open"}
	var page bytes.Buffer
	if err := r.WriteHTML(&page); err != nil {
		t.Fatal(err)
	}
	if text := page.String(); strings.Contains(text, "<script>alert") || strings.Contains(text, " src=") ||
		strings.Contains(text, " href=") || !strings.Contains(text, "uPlot") {
		t.Error("the page is not one that stands alone")
	}
}

func TestARunThatIsStoppedTellsWhatItMeasured(t *testing.T) {
	o := serving(t, &stall{})
	o.Concurrency, o.Duration = 2, time.Minute
	ctx, cancel := context.WithTimeout(t.Context(), 400*time.Millisecond)
	defer cancel()
	r, err := Run(ctx, o)
	if err != nil || r.Requests == 0 || r.PerSecond == 0 || r.Seconds > 10 {
		t.Errorf("%v %d requests in %g s", err, r.Requests, r.Seconds)
	}
}
