package http_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	nethttp "net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"voucherswitch/adapters/http"
	"voucherswitch/domain/money"
	"voucherswitch/domain/voucher"
	"voucherswitch/ports"
)

const (
	channelID = "22222222"
	password  = "correct horse"
	secret    = "5031846027719364"
	reference = "018f6d2e-7c2b-7a11-8c06-52d7e0b9f4aa"
	ownAdvice = "018f6d2e-9000-7a11-8c06-52d7e0b9f4ab"
)

// scripted is a switch that says what a test tells it to, and remembers what it was asked.
type scripted struct {
	reply     func(*scripted) (voucher.Transaction, error)
	catalogue voucher.Catalogue

	calls       []string
	order       voucher.Order
	advice      voucher.Advice
	key         voucher.Key
	channelName string
}

var _ ports.Switch = (*scripted)(nil)

func (s *scripted) answer(call string) (voucher.Transaction, error) {
	s.calls = append(s.calls, call)
	return s.reply(s)
}

func (s *scripted) Provision(_ context.Context, o voucher.Order) (voucher.Transaction, error) {
	s.order = o
	return s.answer("Provision")
}

func (s *scripted) Retry(_ context.Context, o voucher.Order) (voucher.Transaction, error) {
	s.order = o
	return s.answer("Retry")
}

func (s *scripted) Reverse(_ context.Context, a voucher.Advice) (voucher.Transaction, error) {
	s.advice = a
	return s.answer("Reverse")
}

func (s *scripted) Confirm(_ context.Context, a voucher.Advice) (voucher.Transaction, error) {
	s.advice = a
	return s.answer("Confirm")
}

func (s *scripted) Find(_ context.Context, k voucher.Key) (voucher.Transaction, error) {
	s.key = k
	return s.answer("Find")
}

func (s *scripted) Products(_ context.Context, channelName string) (voucher.Catalogue, error) {
	s.channelName = channelName
	_, err := s.answer("Products")
	return s.catalogue, err
}

// says is a reply that does not depend on what was asked.
func says(t voucher.Transaction, err error) func(*scripted) (voucher.Transaction, error) {
	return func(*scripted) (voucher.Transaction, error) { return t, err }
}

// ends is a reply to an order whose sending ends with that outcome.
func ends(o voucher.Outcome) func(*scripted) (voucher.Transaction, error) {
	return func(s *scripted) (voucher.Transaction, error) { return settled(s.order, o), nil }
}

func authenticate(caller http.Caller) (voucher.Channel, time.Duration, bool) {
	return voucher.Channel{
		ID:               voucher.ChannelID(caller.Username),
		SettlementEntity: voucher.Institution{ID: "33333333", Name: "TransactionsRUs"},
	}, 0, caller.Password == password
}

// mobiTalk is the provider of the tests; its receiver is that of the contract's examples.
var mobiTalk = voucher.Provider{
	ID: "mobitalk", Receivers: []voucher.Institution{{ID: "44444444", Name: "MobiTalk"}},
	Capabilities: voucher.Capabilities{Retries: true, Reversals: true, Confirmations: true},
	Timeout:      time.Second, LongestProcessing: time.Second,
}

var draft = voucher.Draft{ID: ownAdvice, Time: time.Date(2026, 11, 22, 8, 15, 31, 0, time.UTC)}

func rand(minor int64) voucher.LedgerAmount {
	return voucher.LedgerAmount{Amount: money.New(minor, "710")}
}

func approval() voucher.Outcome {
	return voucher.Outcome{Kind: voucher.OutcomeApproved, Approval: voucher.Approval{
		Voucher: voucher.Voucher{
			Code: voucher.NewSecret(secret), SerialNumber: "MT0000048213", ExpiryDate: "2027-11-22T23:59:59+02:00",
			RedeemInstructions: []string{"Dial *130*1234# & choose <Redeem>."},
			PIN:                voucher.PIN{Type: voucher.ClearPIN, Value: voucher.NewSecret("90817")},
		},
		Amounts: voucher.Amounts{Request: rand(10000), Approved: rand(10000)},
		Identifiers: []voucher.ThirdPartyIdentifier{
			{InstitutionID: channelID, TransactionIdentifier: "not theirs to change"},
			{InstitutionID: "44444444", TransactionIdentifier: "MT-7741920"},
			{InstitutionID: "55555555", TransactionIdentifier: "extra"},
		},
		Slip: voucher.Slip{Lines: []voucher.SlipLine{{Text: voucher.NewSecret("MobiTalk R100.00")}}, Width: 40},
	}}
}

func declined(d voucher.Decline) voucher.Outcome {
	return voucher.Outcome{Kind: voucher.OutcomeDeclined, Decline: d}
}

// sending is an order whose provider is being asked.
func sending(o voucher.Order) voucher.Transaction {
	timing := voucher.Timing{SendGuard: time.Second, LeaseMargin: time.Second, ReversalWindow: time.Minute}
	return voucher.Open(voucher.NewAttempt(o, mobiTalk, voucher.Product{}, timing, reference)).Next
}

// settled is an order whose sending ended with that outcome, its answer rendered.
func settled(o voucher.Order, outcome voucher.Outcome) voucher.Transaction {
	d := sending(o).Record(outcome, draft)
	return d.Answering(http.Render(d.Next)).Next
}

// asked is the order that a message becomes.
func asked(t *testing.T, message map[string]any) voucher.Order {
	t.Helper()
	s := &scripted{reply: ends(approval())}
	post(t, s, "/vouchers", encoded(t, message)).mustBe(t, nethttp.StatusCreated)
	return s.order
}

// sold is the contract's example order, provisioned.
func sold(t *testing.T) voucher.Transaction {
	return settled(asked(t, example(t, contract(t), "ProvisionRequest")), approval())
}

func encoded(t testing.TB, message any) string {
	t.Helper()
	body, err := json.Marshal(message)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// answer is a response as a channel receives it.
type answer struct{ *httptest.ResponseRecorder }

func (a answer) mustBe(t *testing.T, status int) {
	t.Helper()
	if a.Code != status {
		t.Fatalf("status %d, want %d: %s", a.Code, status, a.Body)
	}
}

// errorDetail is the body, which must be an ErrorDetail by the published interface.
func (a answer) errorDetail(t *testing.T) map[string]any {
	t.Helper()
	if got := a.Header().Get("Content-Type"); got != "application/json" {
		t.Errorf("Content-Type is %q", got)
	}
	var detail map[string]any
	if err := json.Unmarshal(a.Body.Bytes(), &detail); err != nil {
		t.Fatalf("%v: %s", err, a.Body)
	}
	if err := conforms(contract(t), "ErrorDetail", detail); err != nil {
		t.Errorf("%s: %v", a.Body, err)
	}
	return detail
}

func (a answer) mustRefuse(t *testing.T, status int, errorType string) map[string]any {
	t.Helper()
	a.mustBe(t, status)
	detail := a.errorDetail(t)
	if detail["errorType"] != errorType {
		t.Errorf("errorType is %v, want %s", detail["errorType"], errorType)
	}
	return detail
}

func silent() *slog.Logger { return slog.New(slog.DiscardHandler) }

func newRequest(method, path, body string) *nethttp.Request {
	var content io.Reader
	if body != "" {
		content = strings.NewReader(body)
	}
	r := httptest.NewRequest(method, path, content)
	r.SetBasicAuth(channelID, password)
	if method == nethttp.MethodPost {
		r.Header.Set("Content-Type", "application/json")
	}
	return r
}

func serve(options http.Options, r *nethttp.Request) answer {
	if options.Authenticate == nil {
		options.Authenticate = authenticate
	}
	if options.Log == nil {
		options.Log = silent()
	}
	w := answer{httptest.NewRecorder()}
	w.Body = &bytes.Buffer{}
	http.New(options).ServeHTTP(w, r)
	return w
}

func post(t *testing.T, s *scripted, path, body string) answer {
	t.Helper()
	return serve(http.Options{Switch: s}, newRequest(nethttp.MethodPost, path, body))
}

func get(t *testing.T, s *scripted, path string) answer {
	t.Helper()
	return serve(http.Options{Switch: s}, newRequest(nethttp.MethodGet, path, ""))
}
