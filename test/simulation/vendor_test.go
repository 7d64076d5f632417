package simulation

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"voucherswitch/adapters/providers/simulator"
	"voucherswitch/domain/money"
	"voucherswitch/domain/voucher"
)

// providers are the profiles, by what they can do; the receiver's id leads to each.
var providers = []voucher.Provider{
	profile("plain", "44444444", voucher.Capabilities{Retries: true, Reversals: true, ClientCodes: true}),
	profile("remembers", "44444445", voucher.Capabilities{Retries: true, Reversals: true, RemembersReversals: true}),
	profile("stellr", "55555555", voucher.Capabilities{}),
	profile("netcare", "66666666", voucher.Capabilities{Reversals: true, Confirmations: true}),
	profile("dual", "77777777", voucher.Capabilities{Retries: true, Reversals: true, Confirmations: true}),
}

func profile(id, receiver string, caps voucher.Capabilities) voucher.Provider {
	return voucher.Provider{
		ID: voucher.ProviderID(id), Capabilities: caps, Timeout: timeout, LongestProcessing: longest,
		Receivers: []voucher.Institution{{ID: receiver, Name: id}},
	}
}

// catalogue has a product of a fixed price and one of any for each provider.
var catalogue = func() (list voucher.Catalogue) {
	for _, p := range providers {
		sells := []voucher.ProviderID{p.ID}
		list.Products = append(list.Products,
			voucher.Product{ID: voucher.ProductID(p.ID + "Fixed"), Providers: sells, Receiver: p.Institution(),
				Fixed: true, Amount: rands(50000)},
			voucher.Product{ID: voucher.ProductID(p.ID + "Any"), Providers: sells, Receiver: p.Institution(),
				Min: rands(100), Max: rands(100000000)})
	}
	return list.Indexed()
}()

func rands(minor int64) voucher.LedgerAmount {
	return voucher.LedgerAmount{Amount: money.New(minor, "710")}
}

// vendor is the providers' server: the simulator, behind what may stand before such a server.
type vendor struct {
	*simulator.Simulator
	w      *world
	door   *door
	server *http.Server
	stop   context.CancelFunc // ends the calls that wait for their callers to go
}

func newVendor(w *world) *vendor {
	o := simulator.Options{
		Digits: func(id voucher.TransactionID, count int64) string {
			return w.digits(count, "digits", string(id), string(rune('a'+count)))
		},
		Chance: func() float64 { return 1 },
		Drip:   100 * time.Millisecond,
	}
	for _, p := range providers {
		o.Profiles = append(o.Profiles, simulator.Profile{
			Provider: p, Username: "switch", Password: voucher.NewSecret(password),
		})
	}
	simulated, err := simulator.New(o)
	if err != nil {
		panic(err)
	}
	v := &vendor{Simulator: simulated, w: w, door: newDoor(address("provider"))}
	ctx, cancel := context.WithCancel(context.Background())
	v.stop = cancel
	v.server = &http.Server{
		Handler: v, BaseContext: func(net.Listener) context.Context { return ctx },
		ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, WriteTimeout: 30 * time.Second,
		IdleTimeout: time.Minute, ErrorLog: log.New(io.Discard, "", 0),
	}
	go func() { _ = v.server.Serve(v.door) }()
	return v
}

// ServeHTTP lets a request wait before it takes effect, and a proxy repeat it.
func (v *vendor) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	id := idIn(body)
	v.w.note("provider %s is asked %s", r.URL.Path, id)
	again := func() *http.Request {
		r.Body = io.NopCloser(bytes.NewReader(body))
		return r
	}
	foundLate := bytes.Contains(body, []byte(`6004,"currency"`)) // it takes its own time
	if isSale(r.URL.Path) && !foundLate && v.w.strikes(issuesLate, id, "slow") {
		time.Sleep(v.w.between(time.Second, longest-100*time.Millisecond, "slow", id, instant()))
	}
	if v.denies(r.URL.Path, id) {
		rw.WriteHeader(http.StatusNotFound)
		_, _ = fmt.Fprintf(rw, `{"originalId": %q, "errorType": "UNABLE_TO_LOCATE_RECORD", "errorMessage": "no such"}`, id)
		return
	}
	if v.w.strikes(requestReplayed, id, r.URL.Path) {
		gone, cancel := context.WithCancel(r.Context())
		cancel()
		func() {
			defer func() { _ = recover() }()
			v.Simulator.ServeHTTP(httptest.NewRecorder(), again().WithContext(gone))
		}()
	}
	v.Simulator.ServeHTTP(rw, again())
}

// denies tells whether a reversal of a sale is answered as if there were none, though the switch has proof of it.
func (v *vendor) denies(path, id string) bool {
	v.w.mu.Lock()
	proved := v.w.recorded[id]
	v.w.mu.Unlock()
	if !proved || !strings.HasSuffix(path, "/reversals") || !v.w.strikes(deniesSales, id) {
		return false
	}
	v.w.mu.Lock()
	defer v.w.mu.Unlock()
	v.w.denied[id] = true
	return true
}

func isSale(path string) bool { return strings.HasSuffix(path, "/vouchers") }

// idIn is the id of the sale that a message is about.
func idIn(message []byte) string {
	if _, body, split := bytes.Cut(message, []byte("\r\n\r\n")); split {
		message = body
	}
	var m struct {
		ID        string `json:"id"`
		RequestID string `json:"requestId"`
	}
	_ = json.Unmarshal(message, &m)
	if m.RequestID != "" {
		return strings.ToLower(m.RequestID)
	}
	return strings.ToLower(m.ID)
}
