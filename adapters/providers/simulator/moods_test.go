package simulator_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"regexp"
	"testing"
	"time"

	"voucherswitch/adapters/providers/simulator"
	"voucherswitch/domain/voucher"
)

func TestTheAmountChoosesTheMood(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	approved := voucher.Outcome{Kind: voucher.OutcomeApproved}
	declined := func(reason voucher.DeclineType) voucher.Outcome {
		return voucher.Outcome{Kind: voucher.OutcomeDeclined, Decline: voucher.Decline{Type: reason}}
	}
	answered := func(reason voucher.DeclineType) voucher.Outcome {
		return voucher.Outcome{Doubt: voucher.DoubtAnswered, Decline: voucher.Decline{Type: reason}}
	}
	for cents, c := range map[int64]struct {
		want     voucher.Outcome
		patience time.Duration
		books    simulator.State
	}{
		10000: {approved, patience, simulator.StateIssued},
		12345: {approved, patience, simulator.StateIssued},
		14001: {declined("DO_NOT_HONOUR"), patience, simulator.StateNothing},
		14002: {declined("INSUFFICIENT_FUNDS"), patience, simulator.StateNothing},
		14003: {declined("INVALID_AMOUNT"), patience, simulator.StateNothing},
		15000: {answered("GENERAL_ERROR"), patience, simulator.StateNothing},
		15003: {declined("UPSTREAM_UNAVAILABLE"), patience, simulator.StateNothing},
		15004: {answered("UPSTREAM_UNAVAILABLE"), patience, simulator.StateNothing},
		16001: {voucher.TimedOut(), shortly, simulator.StateIssued},
		16002: {voucher.TimedOut(), shortly, simulator.StateNothing},
		16003: {voucher.TimedOut(), shortly, simulator.StateIssued},
		26003: {approved, patience, simulator.StateIssued}, // whoever waits on gets the late answer
		16004: {voucher.TimedOut(), shortly, simulator.StateNothing},
		17001: {voucher.Broken(), patience, simulator.StateIssued},
		17002: {voucher.Broken(), patience, simulator.StateIssued},
		17003: {voucher.Broken(), patience, simulator.StateIssued},
		17004: {voucher.TimedOut(), shortly, simulator.StateIssued},
		18001: {voucher.Broken(), patience, simulator.StateNothing},
		19001: {approved, patience, simulator.StateIssued},
		19002: {approved, patience, simulator.StateIssued},
	} {
		for _, provider := range []string{"plain", "kiosk"} {
			t.Run(fmt.Sprint(cents, " at ", provider), func(t *testing.T) {
				t.Parallel()
				a := attempt(cents)
				got := w.provision(provider, a, c.patience)
				if got.Kind != c.want.Kind || got.Doubt != c.want.Doubt || got.Decline.Type != c.want.Decline.Type {
					t.Errorf("outcome %v, doubt %v, %q; want %v, %v, %q", got.Kind, got.Doubt, got.Decline.Type,
						c.want.Kind, c.want.Doubt, c.want.Decline.Type)
				}
				e := w.entry(a.Order.ID)
				if e.State != c.books || e.Calls != 1 || e.Amount != cents || e.Currency != "710" {
					t.Errorf("books: %q after %d calls for %d %s", e.State, e.Calls, e.Amount, e.Currency)
				}
			})
		}
	}
}

func TestAnApprovalIsWhatTheBooksSay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for provider, receiver := range map[string]string{"plain": "44444444", "kiosk": "88888888"} {
		a := attempt(10000)
		a.Receiver.ID = receiver
		got, e := w.provision(provider, a, patience).Approval, w.entry(a.Order.ID)
		if !regexp.MustCompile(`^\d{16}$`).MatchString(e.Code) || got.Voucher.Code.Reveal() != e.Code {
			t.Error("the code is not that of the books, or not 16 digits")
		}
		if got.Voucher.SerialNumber != e.Serial || got.Voucher.ExpiryDate != "2030-01-15" {
			t.Errorf("serial %q, expiry %q", got.Voucher.SerialNumber, got.Voucher.ExpiryDate)
		}
		if got.Amounts.Approved.Minor != 10000 || got.Product.ID != "ANY" {
			t.Errorf("amounts %v, product %q", got.Amounts, got.Product.ID)
		}
		if own := got.Identifiers[len(got.Identifiers)-1]; own.InstitutionID != receiver {
			t.Errorf("the provider's own identifier is %v", own)
		}
	}
}

func TestTheClientMayChooseTheCodeWhereTheProviderLetsIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	got := w.provision("plain", attempt(10000, "MY-CODE-1"), patience)
	if got.Kind != voucher.OutcomeApproved || got.Approval.Voucher.Code.Reveal() != "MY-CODE-1" {
		t.Errorf("outcome %v", got.Kind)
	}
	a := attempt(10000, "MY-CODE-1")
	got = w.provision("stellr", a, patience)
	if got.Decline.Type != "FUNCTION_NOT_SUPPORTED" || w.entry(a.Order.ID).Code != "" {
		t.Errorf("%v %q", got.Kind, got.Decline.Type)
	}
}

// Mood 6004 is the dangerous race of the settle rule: the reversal overtakes its provision.
func TestNotFoundAndThenIssued(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := attempt(16004)
	w.provision("plain", a, shortly)
	if got := w.advise("plain", voucher.Reversal, a.Order.ID).Kind; got != voucher.AdviceNotFound {
		t.Fatalf("first reversal: %v", got)
	}
	for w.entry(a.Order.ID).State == simulator.StateNothing {
		time.Sleep(time.Millisecond) // the answer is out before the voucher is
	}
	w.state(a.Order.ID, simulator.StateIssued)
	if got := w.advise("plain", voucher.Reversal, a.Order.ID).Kind; got != voucher.AdviceAcknowledged {
		t.Fatalf("second reversal: %v", got)
	}
	w.state(a.Order.ID, simulator.StateReversed)
}

func TestNothingIsIssuedLaterThanTheProviderDeclares(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := attempt(16004)
	w.provision("plain", a, shortly)
	w.now.Add(4)
	for range 2 {
		if got := w.advise("plain", voucher.Reversal, a.Order.ID).Kind; got != voucher.AdviceNotFound {
			t.Fatalf("reversal after the horizon: %v", got)
		}
	}
	w.state(a.Order.ID, simulator.StateNothing)
}

func TestARuleGivesAMoodForAWhile(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	post := func(rule string) {
		t.Helper()
		if status, body := w.send(http.MethodPost, "/moods", rule); status != http.StatusCreated {
			t.Fatalf("%d %s", status, body)
		}
	}
	expect := func(provider string, cents int64, want voucher.DeclineType) {
		t.Helper()
		if got := w.provision(provider, attempt(cents), patience).Decline.Type; got != want {
			t.Errorf("%s, %d: %q, want %q", provider, cents, got, want)
		}
	}
	post(`{"mood": "4002", "for": "60s"}`)
	post(`{"provider": "stellr", "mood": "4003", "probability": 0.5, "for": "30s"}`)
	w.chance = 0.4
	expect("stellr", 10000, "INVALID_AMOUNT")
	expect("plain", 14001, "INSUFFICIENT_FUNDS")
	w.chance = 0.6
	expect("stellr", 10000, "INSUFFICIENT_FUNDS")
	w.chance = 0
	w.now.Add(30)
	expect("stellr", 10000, "INSUFFICIENT_FUNDS")
	_, body := w.send(http.MethodGet, "/moods", "")
	if rules := decoded[[]simulator.Rule](t, body); len(rules) != 1 || rules[0].Mood != "4002" {
		t.Errorf("rules: %v", rules)
	}
	w.send(http.MethodDelete, "/moods", "")
	expect("stellr", 14001, "DO_NOT_HONOUR")
}

func TestARuleThatMakesNoSenseIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, rule := range []string{
		``, `{}`, `{"mood": "4002"}`, `{"mood": "1234", "for": "1s"}`, `{"mood": "4002", "for": "-1s"}`,
		`{"mood": "4002", "for": "1s", "probability": 2}`, `{"mood": "4002", "for": "1s", "probability": -1}`,
		`{"mood": "4002", "for": "1s", "provider": "nobody"}`, `{"mood": "4002", "for": "1s", "bogus": 1}`,
		`{"mood": "refuse", "for": "1s"}`, // this listener is not the simulator's own
	} {
		if status, _ := w.send(http.MethodPost, "/moods", rule); status != http.StatusBadRequest {
			t.Errorf("%s: %d", rule, status)
		}
	}
}

func TestRefuseClosesTheListenerForAWhile(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	ctx, end := context.WithCancel(t.Context())
	go func() { ended <- w.simulator.Serve(ctx, listener) }()
	w.url = "http://" + listener.Addr().String()
	provision := func() voucher.OutcomeKind { return w.provision("plain", attempt(10000), patience).Kind }
	if got := provision(); got != voucher.OutcomeApproved {
		t.Fatalf("before: %v", got)
	}
	kept := w.client("plain", "let me in")
	kept.Provision(t.Context(), attempt(10000))
	time.Sleep(shortly) // until the server knows that the connection is idle
	if status, body := w.send(http.MethodPost, "/moods", `{"mood": "refuse", "for": "1s"}`); status != 201 {
		t.Fatalf("%d %s", status, body)
	}
	if got := provision(); got != voucher.OutcomeNotSent {
		t.Errorf("while refusing: %v", got)
	}
	if got := kept.Provision(t.Context(), attempt(10000)).Kind; got != voucher.OutcomeNotSent {
		t.Errorf("while refusing, over a kept connection: %v", got)
	}
	for deadline := time.Now().Add(patience); provision() != voucher.OutcomeApproved; {
		if time.Now().After(deadline) {
			t.Fatal("the listener does not come back")
		}
		time.Sleep(10 * time.Millisecond)
	}
	end()
	if err := <-ended; err != nil {
		t.Errorf("ended with %v", err)
	}
}

func TestStrangersAndMalformedMessagesAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	guess := w.client("plain", "guess").Provision(t.Context(), attempt(10000))
	if guess.Decline.Type != "AUTHENTICATION_ERROR" {
		t.Errorf("wrong password: %q", guess.Decline.Type)
	}
	const vouchers = "/plain/suv/v1/vouchers"
	for name, c := range map[string]struct {
		method, path, body string
		status             int
		errorType          string
	}{
		"another client": {"POST", vouchers, message("7c1f5a0e-3f6b-4d3a-9f52-0d5f6b0f6a11", "else", 1, ""),
			400, "AUTHENTICATION_ERROR"},
		"no message":       {"POST", vouchers, "{}", 400, "FORMAT_ERROR"},
		"no reversal":      {"POST", vouchers + "/reversals", "{", 400, "FORMAT_ERROR"},
		"no confirmation":  {"POST", vouchers + "/confirmations", "[]", 400, "FORMAT_ERROR"},
		"too much":         {"POST", vouchers, string(make([]byte, 2<<20)), 413, "FORMAT_ERROR"},
		"unknown path":     {"GET", "/plain", "", 404, "FORMAT_ERROR"},
		"unknown provider": {"POST", "/nobody/suv/v1/vouchers", "{}", 401, "AUTHENTICATION_ERROR"},
	} {
		status, body := w.send(c.method, c.path, c.body)
		got := decoded[map[string]any](t, body)
		if status != c.status || got["errorType"] != c.errorType {
			t.Errorf("%s: %d %v", name, status, got)
		}
	}
	if n := len(w.simulator.Ledger()); n != 0 {
		t.Errorf("%d entries in the books", n)
	}
}
