package kiosk

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"voucherswitch/adapters/exchange"
	"voucherswitch/adapters/suvwire"
	"voucherswitch/domain/money"
	"voucherswitch/domain/voucher"
	"voucherswitch/test/contract"
)

func sample(t *testing.T, name string) []byte {
	t.Helper()
	body, err := os.ReadFile(filepath.Join("testdata", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	return body
}

var asks = sale{Reference: "7c1f5a0e-3f6b-4d3a-9f52-0d5f6b0f6a11", SKU: "KD-GAME100", Amount: sum{"100.00", "ZAR"}}

func asked() voucher.Attempt {
	return voucher.Attempt{
		Order: voucher.Order{ID: asks.Reference, Product: "GAME100", Amounts: voucher.Amounts{
			Request: voucher.LedgerAmount{Amount: money.New(10000, "710")},
		}},
		Receiver: voucher.Institution{ID: "88888888", Name: "Kiosk Digital"},
	}
}

func TestTheVendorsSamplesAreUnderstood(t *testing.T) {
	got := outcomeOf(asked(), asks, exchange.Answer{Status: 201, Body: sample(t, "generated")})
	want := voucher.Outcome{Kind: voucher.OutcomeApproved, Approval: voucher.Approval{
		Voucher: voucher.Voucher{
			Code: voucher.NewSecret("8123-4455-0091-7736"), SerialNumber: "KD0000817736", ExpiryDate: "2029-11-22",
		},
		Amounts:     voucher.Amounts{Approved: voucher.LedgerAmount{Amount: money.New(10000, "710")}},
		Product:     voucher.Product{ID: "GAME100"},
		Identifiers: []voucher.ThirdPartyIdentifier{{InstitutionID: "88888888", TransactionIdentifier: "kd-v-000081"}},
	}}
	if diff := cmp.Diff(want, got, cmpopts.EquateComparable(money.Amount{})); diff != "" {
		t.Errorf("generated (-want +got):\n%s", diff)
	}
	for name, c := range map[string]struct {
		status int
		kind   voucher.OutcomeKind
		means  voucher.DeclineType
	}{
		"insufficient": {402, voucher.OutcomeDeclined, "INSUFFICIENT_FUNDS"},
		"used":         {409, voucher.OutcomeInDoubt, "DUPLICATE_RECORD"},
	} {
		got := outcomeOf(asked(), asks, exchange.Answer{Status: c.status, Body: sample(t, name)})
		if got.Kind != c.kind || got.Decline.Type != c.means || got.Decline.ProviderCode == "" {
			t.Errorf("%s: %v %+v", name, got.Kind, got.Decline)
		}
	}
	client := Client{account: exchange.Account{Institution: "88888888"}}
	for name, c := range map[string]struct {
		kind   voucher.AdviceKind
		status int
		want   voucher.AdviceOutcomeKind
	}{
		"reversed":  {voucher.Reversal, 200, voucher.AdviceAcknowledged},
		"confirmed": {voucher.Confirmation, 200, voucher.AdviceAcknowledged},
		"unknown":   {voucher.Reversal, 404, voucher.AdviceNotFound},
		"redeemed":  {voucher.Reversal, 409, voucher.AdviceRefused},
	} {
		a := voucher.Advice{Transaction: asks.Reference, Kind: c.kind}
		got := client.adviceOutcomeOf(a, exchange.Answer{Status: c.status, Body: sample(t, name)})
		if got.Kind != c.want {
			t.Errorf("%s: %v, want %v", name, got.Kind, c.want)
		}
	}
}

// A voucher that the answer does not prove is in doubt, whatever the status.
func TestApprovedOnlyIfEveryFieldSaysWhatWasAsked(t *testing.T) {
	whole := string(sample(t, "generated"))
	for name, c := range map[string]struct{ old, new string }{
		"another state":           {`"GENERATED"`, `"PENDING"`},
		"the switch's product id": {`"KD-GAME100"`, `"GAME100"`},
		"another product":         {`"KD-GAME100"`, `"KD-GAME200"`},
		"another currency":        {`"ZAR"`, `"USD"`},
		"a currency's number":     {`"ZAR"`, `"710"`},
		"no currency":             {`"ZAR"`, `""`},
		"another amount":          {`"100.00"`, `"100.01"`},
		"another scale":           {`"100.00"`, `"100.000"`},
		"no scale":                {`"100.00"`, `"100"`},
		"a sign":                  {`"100.00"`, `"+100.00"`},
		"an exponent":             {`"100.00"`, `"1.00e2"`},
		"a number":                {`"100.00"`, `100.00`},
		"an overflow":             {`"100.00"`, `"18446744073709561616.00"`},
		"no amount":               {`"amount"`, `"amounts"`},
		"an amount of text":       {`{"value": "100.00", "currency": "ZAR"}`, `"100.00"`},
		"another spelling":        {`"sku"`, `"SKU"`},
		"a name twice":            {`"sku"`, `"sku": "KD-GAME100", "sku"`},
		"a pin twice":             {`"pin"`, `"pin": "1", "pin"`},
		"no pin":                  {`"8123-4455-0091-7736"`, `null`},
		"an empty pin":            {`"8123-4455-0091-7736"`, `""`},
		"a pin that is a number":  {`"8123-4455-0091-7736"`, `8123`},
		"a pin too long":          {`"8123-4455-0091-7736"`, `"` + strings.Repeat("8", 41) + `"`},
		"a pin that breaks lines": {`"8123-4455-0091-7736"`, `"8123\n4455"`},
		"no id of the vendor's":   {`"kd-v-000081"`, `""`},
		"a date that is none":     {`"2029-11-22"`, `"2029-13-22"`},
		"a date of words":         {`"2029-11-22"`, `"next year"`},
		"another reference":       {`6a11"`, `6a12"`},
		"data after the end":      {"}\n", "}]"},
		"half a body":             {`"status": "GENERATED",` + "\n", ""},
	} {
		body := strings.Replace(whole, c.old, c.new, 1)
		if body == whole {
			t.Fatalf("%s: the sample does not hold %s", name, c.old)
		}
		got := outcomeOf(asked(), asks, exchange.Answer{Status: 201, Body: []byte(body)})
		if got.Kind != voucher.OutcomeInDoubt || got.Doubt != voucher.DoubtBroken {
			t.Errorf("%s: outcome %v, doubt %v", name, got.Kind, got.Doubt)
		}
	}
}

func TestEveryReasonIsOneOfTheWireContracts(t *testing.T) {
	for code, errorType := range codes {
		if !errorType.IsKnown() || !strings.HasPrefix(code, "KD-") {
			t.Errorf("%s means %s", code, errorType)
		}
	}
}

func TestAReasonOfItsOwnKeepsItsCode(t *testing.T) {
	body := []byte(`{"code": "KD-7777", "message": "` + strings.Repeat("long ", 100) + `"}`)
	got := outcomeOf(asked(), asks, exchange.Answer{Status: 422, Body: body})
	want := strings.Repeat("long ", 16)
	if got.Kind != voucher.OutcomeDeclined || got.Decline.Type != "" || got.Decline.ProviderCode != "KD-7777" ||
		got.Decline.ProviderMessage != want || len(want) != suvwire.MaxErrorMessage {
		t.Errorf("%v %+v", got.Kind, got.Decline)
	}
	for _, body := range []string{`{"message": "no code"}`, `{"Code": "KD-1042"}`, `{"code": 1042}`, `[]`, ``} {
		got := outcomeOf(asked(), asks, exchange.Answer{Status: 422, Body: []byte(body)})
		if got.Kind != voucher.OutcomeDeclined || got.Decline != (voucher.Decline{}) {
			t.Errorf("%s: %v %+v", body, got.Kind, got.Decline)
		}
	}
}

func TestAYesToAnAdviceShowsTheVoucherAsItNowStands(t *testing.T) {
	client := Client{account: exchange.Account{Institution: "88888888"}}
	a := voucher.Advice{Transaction: asks.Reference, Kind: voucher.Reversal}
	for name, body := range map[string]string{
		"as it stood":        `{"voucherId": "v", "clientReference": "7c1f5a0e-3f6b-4d3a-9f52-0d5f6b0f6a11", "status": "GENERATED"}`,
		"the other advice's": string(sample(t, "confirmed")),
		"another voucher":    `{"voucherId": "v", "clientReference": "7c1f5a0e-3f6b-4d3a-9f52-0d5f6b0f6a12", "status": "REVERSED"}`,
		"another spelling":   `{"voucherId": "v", "clientReference": "7c1f5a0e-3f6b-4d3a-9f52-0d5f6b0f6a11", "Status": "REVERSED"}`,
		"nothing":            ``,
	} {
		if got := client.adviceOutcomeOf(a, exchange.Answer{Status: 200, Body: []byte(body)}).Kind; got != voucher.AdviceUnanswered {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// Our reference stood for the vendor's while nobody knew it; other parties' are never touched.
func TestTheVendorsReferenceTakesItsPlaceAmongTheParties(t *testing.T) {
	client := Client{account: exchange.Account{Institution: "88888888"}}
	channel := voucher.ThirdPartyIdentifier{InstitutionID: "22222222", TransactionIdentifier: "t-1"}
	theirs := voucher.ThirdPartyIdentifier{InstitutionID: "88888888", TransactionIdentifier: "kd-v-000081"}
	ours := voucher.ThirdPartyIdentifier{InstitutionID: "88888888", TransactionIdentifier: "ours"}
	for name, before := range map[string][]voucher.ThirdPartyIdentifier{
		"known": {channel, theirs}, "ours instead": {ours, channel}, "none": {channel},
	} {
		a := voucher.Advice{Transaction: asks.Reference, Kind: voucher.Reversal, Identifiers: before}
		got := client.adviceOutcomeOf(a, exchange.Answer{Status: 200, Body: sample(t, "reversed")}).Identifiers
		if diff := cmp.Diff([]voucher.ThirdPartyIdentifier{channel, theirs}, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestEveryRuleCanBeReached(t *testing.T) {
	contract.Reachable(t, saleRules, reversalRules, confirmationRules)
}
