package simulator_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"voucherswitch/adapters/exchange"
	"voucherswitch/adapters/providers/kiosk"
	"voucherswitch/adapters/providers/simulator"
	"voucherswitch/adapters/providers/suv"
	"voucherswitch/domain/money"
	"voucherswitch/domain/voucher"
	"voucherswitch/ports"
)

const (
	patience = 30 * time.Second       // with what answers
	shortly  = 400 * time.Millisecond // with what does not
)

// world is a simulator with the development mode's providers, and a client of each.
type world struct {
	*testing.T
	path      string
	simulator *simulator.Simulator
	url       string
	now       atomic.Int64 // seconds
	chance    float64
}

func newWorld(t *testing.T) *world {
	w := &world{T: t, path: filepath.Join(t.TempDir(), "ledger.jsonl")}
	w.simulator = w.open()
	w.serve()
	return w
}

func (w *world) serve() {
	server := httptest.NewServer(w.simulator)
	w.Cleanup(server.Close)
	w.url = server.URL
}

// open opens the books; a second time as after a kill, since nobody closes them.
func (w *world) open() *simulator.Simulator {
	w.Helper()
	profile := func(id voucher.ProviderID, receiver string, c voucher.Capabilities) simulator.Profile {
		return simulator.Profile{
			Provider: voucher.Provider{
				ID: id, Capabilities: c, LongestProcessing: 4 * time.Second,
				Receivers: []voucher.Institution{{ID: receiver, Name: string(id)}},
			},
			Username: "switch", Password: voucher.NewSecret("let me in"), SKUs: []string{"KD-ANY"},
		}
	}
	s, err := simulator.New(simulator.Options{
		Ledger: w.path, Delay: 2 * shortly, Drip: 2 * time.Millisecond,
		Clock:  func() time.Time { return time.Unix(1_800_000_000+w.now.Load(), 0) },
		Chance: func() float64 { return w.chance },
		Profiles: []simulator.Profile{
			profile("plain", "44444444", voucher.Capabilities{
				Retries: true, Reversals: true, Confirmations: true, ClientCodes: true,
			}),
			profile("stellr", "55555555", voucher.Capabilities{}),
			profile("kiosk", "88888888", voucher.Capabilities{Reversals: true, Confirmations: true}),
			profile("elephant", "66666666", voucher.Capabilities{Reversals: true, RemembersReversals: true}),
		},
	})
	if err != nil {
		w.Fatal(err)
	}
	w.Cleanup(func() { _ = s.Close() })
	return s
}

// client speaks to a provider in its wire.
func (w *world) client(provider, password string) ports.Provider {
	w.Helper()
	if provider != "kiosk" {
		return w.suvClient(provider, password)
	}
	client, err := kiosk.New(exchange.Account{
		Options:  exchange.Options{URL: w.url + "/kiosk", Dial: exchange.Guard{Anywhere: true}.Dial},
		Username: "switch", Password: voucher.NewSecret(password), Institution: "88888888",
		ProductIDs: map[voucher.ProductID]string{"ANY": "KD-ANY"},
	})
	if err != nil {
		w.Fatal(err)
	}
	return client
}

func (w *world) suvClient(provider, password string) *suv.Client {
	w.Helper()
	client, err := suv.New(exchange.Account{
		Options:  exchange.Options{URL: w.url + "/" + provider + "/suv/v1", Dial: exchange.Guard{Anywhere: true}.Dial},
		Username: "switch", Password: voucher.NewSecret(password),
	})
	if err != nil {
		w.Fatal(err)
	}
	return client
}

// provision asks for an amount of cents, the last digits of which are the mood.
func (w *world) provision(provider string, a voucher.Attempt, patience time.Duration) voucher.Outcome {
	w.Helper()
	ctx, cancel := context.WithTimeout(w.Context(), patience)
	defer cancel()
	return w.client(provider, "let me in").Provision(ctx, a)
}

func (w *world) advise(provider string, kind voucher.AdviceKind, id voucher.TransactionID) voucher.AdviceOutcome {
	w.Helper()
	ctx, cancel := context.WithTimeout(w.Context(), patience)
	defer cancel()
	return w.client(provider, "let me in").Advise(ctx, voucher.Advice{
		ID: "0b2f9f3e-91f7-4d6c-8a53-4f8f6c0d2b22", Transaction: id, Kind: kind, Time: "2026-11-22T08:16:30Z",
		Reason:      "TIMEOUT",
		Identifiers: []voucher.ThirdPartyIdentifier{{InstitutionID: "33333333", TransactionIdentifier: "ours"}},
	})
}

// entry is the provider's own record.
func (w *world) entry(id voucher.TransactionID) simulator.Entry {
	w.Helper()
	for _, e := range w.simulator.Ledger() {
		if e.ID == id {
			return e
		}
	}
	return simulator.Entry{}
}

func (w *world) state(id voucher.TransactionID, want simulator.State) {
	w.Helper()
	if got := w.entry(id).State; got != want {
		w.Errorf("the provider's books say %q, want %q", got, want)
	}
}

// send posts, gets or deletes, and gives status and body.
func (w *world) send(method, path, body string) (int, string) {
	w.Helper()
	request, err := http.NewRequestWithContext(w.Context(), method, w.url+path, strings.NewReader(body))
	if err != nil {
		w.Fatal(err)
	}
	request.SetBasicAuth("switch", "let me in")
	return w.do(request)
}

func (w *world) do(request *http.Request) (int, string) {
	w.Helper()
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		w.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		w.Fatal(err)
	}
	return response.StatusCode, string(content)
}

var ids atomic.Int64

func message(id voucher.TransactionID, client string, cents int64, code string) string {
	chosen := ""
	if code != "" {
		chosen = fmt.Sprintf(`"voucher": {"code": %q},`, code)
	}
	return fmt.Sprintf(`{"id": %q, "time": "2026-11-22T10:15:30.123+02:00",
		"originator": {"institution": {"id": "22222222", "name": "TransAcquire Co"}, "terminalId": "TERM0001",
			"merchant": {"merchantType": "5411", "merchantId": "MERCHANT0000001", "merchantName":
				{"name": "Corner Shop", "city": "Cape Town", "region": "WC", "country": "ZA"}}},
		"client": {"id": %q, "name": "Somebody"}, "thirdPartyIdentifiers": [], %s
		"amounts": {"requestAmount": {"amount": %d, "currency": "710"}}, "product": {"productId": "ANY"}}`,
		id, client, chosen, cents)
}

func attempt(cents int64, code ...string) voucher.Attempt {
	id := voucher.TransactionID(fmt.Sprintf("7c1f5a0e-3f6b-4d3a-9f52-%012d", ids.Add(1)))
	chosen := strings.Join(code, "")
	return voucher.Attempt{
		Order: voucher.Order{
			ID: id, Message: voucher.NewSecret(message(id, "22222222", cents, chosen)), Product: "ANY",
			Amounts: voucher.Amounts{Request: voucher.LedgerAmount{Amount: money.New(cents, "710")}},
			Code:    voucher.NewSecret(chosen),
		},
		Reference: "ours", SendBy: time.Now().Add(time.Minute),
	}
}

func decoded[T any](t *testing.T, body string) (value T) {
	t.Helper()
	if err := json.Unmarshal([]byte(body), &value); err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	return value
}
