package kiosk_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"voucherswitch/adapters/exchange"
	"voucherswitch/adapters/providers/kiosk"
	"voucherswitch/domain/money"
	"voucherswitch/domain/voucher"
)

// vendor keeps every request and refuses what is no request for a token. Each token is good for so many requests.
type vendor struct {
	*httptest.Server
	good   int
	tokens int
	used   int
	got    []string // method, path and body
}

func newVendor(t *testing.T, good int) *vendor {
	v := &vendor{good: good}
	v.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || r.Header.Get("Content-Type") != "application/json" || r.Header.Get("Idempotency-Key") != "" {
			t.Errorf("%v, headers %v", err, r.Header)
		}
		v.got = append(v.got, r.Method+" "+r.URL.Path+" "+string(body))
		switch {
		case r.URL.Path == "/kd/oauth/token":
			v.tokens, v.used = v.tokens+1, 0
			_, _ = fmt.Fprintf(w, `{"access_token": "token-%d", "expires_in": 3600}`, v.tokens)
		case r.Header.Get("Authorization") != fmt.Sprintf("Bearer token-%d", v.tokens) || v.used == v.good:
			w.WriteHeader(http.StatusUnauthorized)
		default:
			v.used++
			w.WriteHeader(http.StatusUnprocessableEntity)
		}
	}))
	t.Cleanup(v.Close)
	return v
}

func (v *vendor) client(t *testing.T) *kiosk.Client {
	t.Helper()
	return v.clientBehind(t, exchange.Guard{Anywhere: true})
}

func (v *vendor) clientBehind(t *testing.T, guard exchange.Guard) *kiosk.Client {
	t.Helper()
	client, err := kiosk.New(exchange.Account{
		Options:  exchange.Options{URL: v.URL + "/kd/", Dial: guard.Dial},
		Username: "switch-1", Password: voucher.NewSecret("let me in"), Institution: "88888888",
		ProductIDs: map[voucher.ProductID]string{"GAME100": "KD-GAME100", kiosk.Unnamed: "KD-OPEN"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return client
}

const order = `{"id": "7c1f5a0e-3f6b-4d3a-9f52-0d5f6b0f6a11", "time": "2026-11-22T10:15:30.123+02:00",
	"originator": {"institution": {"id": "22222222", "name": "TransAcquire Co"}, "terminalId": "TERM0001",
		"merchant": {"merchantType": "5411", "merchantId": "MERCHANT0000001", "merchantName":
			{"name": "Corner Shop", "city": "Cape Town", "region": "WC", "country": "ZA"}}},
	"client": {"id": "22222222", "name": "TransAcquire Co"}, "thirdPartyIdentifiers": []%s}`

func attempt(product voucher.ProductID, amount money.Amount, more string) voucher.Attempt {
	return voucher.Attempt{
		Order: voucher.Order{
			ID: "7c1f5a0e-3f6b-4d3a-9f52-0d5f6b0f6a11", Product: product,
			Amounts: voucher.Amounts{Request: voucher.LedgerAmount{Amount: amount}},
			Message: voucher.NewSecret(fmt.Sprintf(order, more)),
		},
		SendBy: time.Now().Add(10 * time.Second),
	}
}

func TestASaleIsAskedForInTheVendorsWords(t *testing.T) {
	rand := money.New(10000, "710")
	priced := attempt("GAME100", money.Amount{}, "")
	priced.Product = voucher.Product{ID: "GAME100", Fixed: true, Amount: voucher.LedgerAmount{Amount: rand}}
	for name, c := range map[string]struct {
		asked voucher.Attempt
		want  string
	}{
		"to a telephone": {attempt("GAME100", rand, `, "recipient": {"msisdn": "+27821234567"}`),
			`"sku":"KD-GAME100","amount":{"value":"100.00","currency":"ZAR"},"msisdn":"+27821234567"`},
		"without a product":  {attempt("", rand, ""), `"sku":"KD-OPEN","amount":{"value":"100.00","currency":"ZAR"}`},
		"at the fixed price": {priced, `"sku":"KD-GAME100","amount":{"value":"100.00","currency":"ZAR"}`},
		"in yen": {attempt("GAME100", money.New(500, "392"), ""),
			`"sku":"KD-GAME100","amount":{"value":"500","currency":"JPY"}`},
		"in dinars": {attempt("GAME100", money.New(1, "414"), ""),
			`"sku":"KD-GAME100","amount":{"value":"0.001","currency":"KWD"}`},
	} {
		v := newVendor(t, 9)
		v.client(t).Provision(t.Context(), c.asked)
		want := []string{
			`POST /kd/oauth/token {"grant_type":"client_credentials","client_id":"switch-1","client_secret":"let me in"}`,
			`POST /kd/v2/vouchers {"clientReference":"7c1f5a0e-3f6b-4d3a-9f52-0d5f6b0f6a11",` + c.want + `}`,
		}
		if diff := cmp.Diff(want, v.got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// The way to a token is guarded like the way to a sale, so that our secret leads nowhere else either.
func TestNoTokenIsAskedForWhereNoVendorMayBe(t *testing.T) {
	v := newVendor(t, 9)
	sold := v.clientBehind(t, exchange.Guard{}).Provision(t.Context(), attempt("", money.New(10000, "710"), ""))
	if sold.Kind != voucher.OutcomeNotSent || len(v.got) > 0 {
		t.Errorf("%v, after the vendor got %q", sold, v.got)
	}
}

func TestAnAdviceChangesTheSaleItself(t *testing.T) {
	const path = "PATCH /kd/v2/vouchers/7c1f5a0e-3f6b-4d3a-9f52-0d5f6b0f6a11 "
	for kind, want := range map[voucher.AdviceKind]string{
		voucher.Reversal:     `{"status":"REVERSED","requestId":"0b2f9f3e-91f7-4d6c-8a53-4f8f6c0d2b22","reason":"TIMEOUT"}`,
		voucher.Confirmation: `{"status":"CONFIRMED","requestId":"0b2f9f3e-91f7-4d6c-8a53-4f8f6c0d2b22"}`,
	} {
		v := newVendor(t, 9)
		v.client(t).Advise(t.Context(), voucher.Advice{
			ID: "0b2f9f3e-91f7-4d6c-8a53-4f8f6c0d2b22", Transaction: "7c1f5a0e-3f6b-4d3a-9f52-0d5f6b0f6a11",
			Kind: kind, Reason: "TIMEOUT",
		})
		if diff := cmp.Diff(path+want, v.got[len(v.got)-1]); diff != "" {
			t.Errorf("%v (-want +got):\n%s", kind, diff)
		}
	}
}

func TestWhatTheVendorDoesNotSellIsDeclinedUnasked(t *testing.T) {
	rand := money.New(10000, "710")
	chosen := attempt("GAME100", rand, "")
	chosen.Order.Code = voucher.NewSecret("MY-CODE")
	for name, c := range map[string]struct {
		asked voucher.Attempt
		want  voucher.DeclineType
	}{
		"a product of others":     {attempt("GAME999", rand, ""), "ROUTING_ERROR"},
		"no amount":               {attempt("GAME100", money.Amount{}, ""), "INVALID_AMOUNT"},
		"a currency that is none": {attempt("GAME100", money.New(1, "000"), ""), "INVALID_AMOUNT"},
		"gold":                    {attempt("GAME100", money.New(1, "959"), ""), "INVALID_AMOUNT"},
		"less than nothing":       {attempt("GAME100", money.New(-1, "710"), ""), "INVALID_AMOUNT"},
		"a code of the channel's": {chosen, "FUNCTION_NOT_SUPPORTED"},
	} {
		v := newVendor(t, 9)
		got := v.client(t).Provision(t.Context(), c.asked)
		if got.Kind != voucher.OutcomeDeclined || got.Decline.Type != c.want || len(v.got) != 0 {
			t.Errorf("%s: %v %q after %d requests", name, got.Kind, got.Decline.Type, len(v.got))
		}
	}
}

func TestARefusedTokenIsADeclineAndTheNextCallHasANewOne(t *testing.T) {
	v := newVendor(t, 1)
	client, asked := v.client(t), attempt("GAME100", money.New(10000, "710"), "")
	for call := range 4 {
		before := len(v.got)
		if got := client.Provision(t.Context(), asked); got.Kind != voucher.OutcomeDeclined {
			t.Errorf("call %d: %v", call, got.Kind)
		}
		sales := 0
		for _, request := range v.got[before:] {
			if strings.HasPrefix(request, "POST /kd/v2/") {
				sales++
			}
		}
		if sales != 1 {
			t.Errorf("call %d sent %d sales", call, sales)
		}
	}
	if v.tokens != 2 {
		t.Errorf("%d tokens for four calls, every other one of which was refused", v.tokens)
	}
}

// No byte of a sale leaves without a token, so that is proved.
func TestWithoutATokenNothingIsSent(t *testing.T) {
	slow := func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	for name, desk := range map[string]http.HandlerFunc{
		"refused": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) },
		"failing": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) },
		"noise":   func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>") },
		"no life": func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{"access_token":"t"}`) },
		"a text as life": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, `{"access_token":"t","expires_in":"9"}`)
		},
		"two tokens": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, `{"access_token":"t","access_token":"u","expires_in":9}`)
		},
		"none": func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{"expires_in":3600}`) },
		"slow": slow,
	} {
		v := &vendor{}
		v.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			v.got = append(v.got, r.URL.Path)
			_, _ = io.Copy(io.Discard, r.Body)
			desk(w, r)
		}))
		asked := attempt("GAME100", money.New(10000, "710"), "")
		asked.SendBy = time.Now().Add(300 * time.Millisecond)
		client := v.client(t)
		if got := client.Provision(t.Context(), asked); got.Kind != voucher.OutcomeNotSent {
			t.Errorf("%s: a sale was %v", name, got.Kind)
		}
		if late := time.Since(asked.SendBy); late > time.Second {
			t.Errorf("%s: waited %s longer than the sale may be sent", name, late)
		}
		v.CloseClientConnections()
		v.Close()
		for _, path := range v.got {
			if path != "/kd/oauth/token" {
				t.Errorf("%s: asked for %s", name, path)
			}
		}
	}
}

func TestTheVendorsTokenSampleIsUnderstood(t *testing.T) {
	body, err := os.ReadFile("testdata/token.json")
	if err != nil {
		t.Fatal(err)
	}
	got := ""
	v := &vendor{}
	v.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/kd/oauth/token" {
			_, _ = w.Write(body)
		}
		got = r.Header.Get("Authorization")
	}))
	t.Cleanup(v.Close)
	v.client(t).Provision(t.Context(), attempt("GAME100", money.New(10000, "710"), ""))
	if got != "Bearer kd.8f1c2b" {
		t.Errorf("authorized by %q", got)
	}
}
