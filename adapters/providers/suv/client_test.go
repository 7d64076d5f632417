package suv_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"voucherswitch/adapters/providers/suv"
	"voucherswitch/domain/voucher"
	"voucherswitch/ports"
	"voucherswitch/test/contract"
)

// received is what a vendor got.
type received struct {
	Path, User, Password string
	Header               http.Header
	Body                 map[string]any
}

// recorder is a vendor that keeps every request and answers 400.
func recorder(t *testing.T) (url string, requests *[]received) {
	t.Helper()
	requests = &[]received{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got := received{Path: r.URL.Path, Header: r.Header}
		got.User, got.Password, _ = r.BasicAuth()
		if err := json.NewDecoder(r.Body).Decode(&got.Body); err != nil {
			t.Error(err)
		}
		*requests = append(*requests, got)
		w.WriteHeader(http.StatusBadRequest)
	}))
	t.Cleanup(server.Close)
	return server.URL + "/suv/v1/", requests
}

const order = `{"id": "7C1F5A0E-3F6B-4D3A-9F52-0D5F6B0F6A11", "time": "2026-11-22T10:15:30.123+02:00",
	"originator": {"institution": {"id": "22222222", "name": "TransAcquire Co"}, "terminalId": "TERM0001",
		"merchant": {"merchantType": "5411", "merchantId": "MERCHANT0000001", "merchantName":
			{"name": "Corner Shop", "city": "Cape Town", "region": "WC", "country": "ZA"}}},
	"client": {"id": "22222222", "name": "TransAcquire Co"}, "rrn": "000000000009",
	"thirdPartyIdentifiers": [{"institutionId": "22222222", "transactionIdentifier": "t-1"}],
	"recipient": {"msisdn": "+27821234567"}}`

func attempt() voucher.Attempt {
	return voucher.Attempt{
		Order: voucher.Order{
			ID: "7c1f5a0e-3f6b-4d3a-9f52-0d5f6b0f6a11", Message: voucher.NewSecret(order),
			SettlementEntity: voucher.Institution{ID: "33333333", Name: "TransactionsRUs"},
			Identifiers:      []voucher.ThirdPartyIdentifier{{InstitutionID: "22222222", TransactionIdentifier: "t-1"}},
		},
		Receiver:  voucher.Institution{ID: "44444444", Name: "MobiTalk"},
		Reference: "ours-1", SendBy: time.Now().Add(10 * time.Second),
	}
}

func open(t *testing.T, url string) ports.Provider {
	t.Helper()
	return contract.SUV(suv.New).Open(t, url)
}

func TestProvisionIsTheChannelsMessageFromUs(t *testing.T) {
	url, requests := recorder(t)
	open(t, url).Provision(t.Context(), attempt())
	var want map[string]any
	if err := json.Unmarshal([]byte(order), &want); err != nil {
		t.Fatal(err)
	}
	institution := func(id, name string) any { return map[string]any{"id": id, "name": name} }
	want["id"] = "7c1f5a0e-3f6b-4d3a-9f52-0d5f6b0f6a11"
	want["client"] = institution("switch-1", "switch-1")
	want["settlementEntity"] = institution("33333333", "TransactionsRUs")
	want["receiver"] = institution("44444444", "MobiTalk")
	want["thirdPartyIdentifiers"] = []any{
		map[string]any{"institutionId": "22222222", "transactionIdentifier": "t-1"},
		map[string]any{"institutionId": "33333333", "transactionIdentifier": "ours-1"},
	}
	if len(*requests) != 1 {
		t.Fatalf("%d requests", len(*requests))
	}
	got := (*requests)[0]
	if diff := cmp.Diff(want, got.Body); diff != "" {
		t.Errorf("body (-want +got):\n%s", diff)
	}
	if got.Path != "/suv/v1/vouchers" || got.User != "switch-1" || got.Password == "" {
		t.Errorf("sent to %s as %q", got.Path, got.User)
	}
	if got.Header.Get("Content-Type") != "application/json" || got.Header.Get("Idempotency-Key") != "" {
		t.Errorf("headers %v", got.Header)
	}
}

func TestProvisionKeepsTheReceiverThatTheChannelNamed(t *testing.T) {
	url, requests := recorder(t)
	a := attempt()
	named := strings.Replace(order, `"rrn"`, `"receiver": {"id": "55555555", "name": "Stellr"}, "rrn"`, 1)
	a.Order.Message = voucher.NewSecret(named)
	open(t, url).Provision(t.Context(), a)
	want := map[string]any{"id": "55555555", "name": "Stellr"}
	if diff := cmp.Diff(want, (*requests)[0].Body["receiver"]); diff != "" {
		t.Errorf("receiver (-want +got):\n%s", diff)
	}
}

func TestAdviceIsTheChannelsMessageWithAllReferences(t *testing.T) {
	identifiers := []voucher.ThirdPartyIdentifier{{InstitutionID: "33333333", TransactionIdentifier: "ours-1"}}
	references := []any{map[string]any{"institutionId": "33333333", "transactionIdentifier": "ours-1"}}
	own := map[string]any{
		"id": "0b2f9f3e-91f7-4d6c-8a53-4f8f6c0d2b22", "requestId": "7c1f5a0e-3f6b-4d3a-9f52-0d5f6b0f6a11",
		"time": "2026-11-22T08:16:30Z", "thirdPartyIdentifiers": references,
	}
	with := func(name string, value any) map[string]any {
		body := map[string]any{name: value}
		for field, v := range own {
			body[field] = v
		}
		return body
	}
	const channels = `{"id": "0B2F9F3E-91F7-4D6C-8A53-4F8F6C0D2B22", "time": "2026-11-22T08:16:30Z",
		"requestId": "7C1F5A0E-3F6B-4D3A-9F52-0D5F6B0F6A11", "thirdPartyIdentifiers": [], "stan": "7"`
	reversed, confirmed := with("reversalReason", "CANCELLED"), with("tenders", []any{map[string]any{
		"tenderType": "CASH", "amount": map[string]any{"amount": 5., "currency": "710"}}})
	reversed["stan"], confirmed["stan"] = "7", "7"
	for name, c := range map[string]struct {
		kind    voucher.AdviceKind
		message string
		path    string
		want    map[string]any
	}{
		"own reversal":     {voucher.Reversal, "", "/suv/v1/vouchers/reversals", with("reversalReason", "TIMEOUT")},
		"own confirmation": {voucher.Confirmation, "", "/suv/v1/vouchers/confirmations", own},
		"channel's reversal": {voucher.Reversal, channels + `, "reversalReason": "CANCELLED"}`,
			"/suv/v1/vouchers/reversals", reversed},
		"channel's confirmation": {voucher.Confirmation,
			channels + `, "tenders": [{"tenderType": "CASH", "amount": {"amount": 5, "currency": "710"}}]}`,
			"/suv/v1/vouchers/confirmations", confirmed},
	} {
		t.Run(name, func(t *testing.T) {
			url, requests := recorder(t)
			open(t, url).Advise(t.Context(), voucher.Advice{
				ID: "0b2f9f3e-91f7-4d6c-8a53-4f8f6c0d2b22", Transaction: "7c1f5a0e-3f6b-4d3a-9f52-0d5f6b0f6a11",
				Kind: c.kind, Time: "2026-11-22T08:16:30Z", Reason: "TIMEOUT", Identifiers: identifiers,
				Message: voucher.NewSecret(c.message),
			})
			if len(*requests) != 1 || (*requests)[0].Path != c.path {
				t.Fatalf("requests: %v", *requests)
			}
			if diff := cmp.Diff(c.want, (*requests)[0].Body); diff != "" {
				t.Errorf("body (-want +got):\n%s", diff)
			}
		})
	}
}
