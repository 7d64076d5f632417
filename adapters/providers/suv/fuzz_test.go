package suv

import (
	"encoding/json"
	"os"
	"strconv"
	"strings"
	"testing"

	"voucherswitch/adapters/exchange"
	"voucherswitch/adapters/suvwire"
	"voucherswitch/domain/money"
	"voucherswitch/domain/voucher"
	"voucherswitch/test/fuzzing"
)

const (
	askedID  = "7c1f5a0e-3f6b-4d3a-9f52-0d5f6b0f6a11"
	adviceID = "0b2f9f3e-91f7-4d6c-8a53-4f8f6c0d2b22"
)

// sampleOf is a message of the interface's samples.
func sampleOf(f *testing.F, name string) []byte {
	body, err := os.ReadFile("../../suvwire/testdata/" + name)
	if err != nil {
		f.Fatal(err)
	}
	return body
}

// FuzzOutcome: a voucher is believed only if the answer proves it, by another reader's word; a no only where the wire
// contract calls it one.
func FuzzOutcome(f *testing.F) {
	yes := sampleOf(f, "provision-response.json")
	message, refused := suvwire.DecodeProvisionResponse(yes)
	if refused != nil {
		f.Fatal(refused)
	}
	asked := voucher.Attempt{Order: voucher.Order{
		ID: voucher.NewTransactionID(message.ID), Product: voucher.ProductID(message.Product.ProductID),
		Amounts: voucher.Amounts{Request: message.Amounts.RequestAmount.Domain()},
	}}
	if got := outcomeOf(asked, exchange.Answer{Status: 201, Body: yes}); got.Kind != voucher.OutcomeApproved {
		f.Fatalf("the sample is no yes: %v", got.Kind)
	}
	price := asked.Order.Amounts.Request.Amount
	for _, status := range []uint16{200, 201, 204, 302, 400, 404, 408, 409, 500, 501, 503, 504} {
		f.Add(status, yes)
		f.Add(status, sampleOf(f, "error-detail.json"))
		f.Add(status, []byte(`{"errorType":"DUPLICATE_RECORD","errorMessage":"x"}`))
		f.Add(status, []byte(nil))
	}
	for from, to := range map[string]string{
		`"` + message.ID + `"`: `"` + adviceID + `"`, `"code"`: `"Code"`, `"productId"`: `"productid"`, `"710"`: `"840"`,
	} {
		f.Add(uint16(201), []byte(strings.ReplaceAll(string(yes), from, to)))
	}
	var whole map[string]any
	if err := json.Unmarshal(yes, &whole); err != nil {
		f.Fatal(err)
	}
	for _, name := range []string{"requestAmount", "approvedAmount"} {
		lie, _ := whole["amounts"].(map[string]any)
		said := lie[name]
		lie[name] = map[string]any{"amount": price.Minor + 1, "currency": "710"}
		body, err := json.Marshal(whole)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(uint16(201), body)
		lie[name] = said
	}
	f.Fuzz(func(t *testing.T, status uint16, body []byte) {
		status = 100 + (status+400)%500 // of HTTP, and as it is where it is one
		got := outcomeOf(asked, exchange.Answer{Status: int(status), Body: body})
		switch got.Kind {
		case voucher.OutcomeApproved:
			if flaw := fuzzing.Flaw(body, fuzzing.Elements); status/100 != 2 || flaw != "" {
				t.Fatalf("%d is a yes; %s", status, flaw)
			}
			provesVoucher(t, fuzzing.Value(body), message.ID, message.Product.ProductID, price)
		case voucher.OutcomeDeclined:
			explained := status == 503 && fuzzing.Flaw(body, fuzzing.Elements) == ""
			if status == 408 || status/100 != 4 && status != 501 && !explained {
				t.Errorf("%d is a no: %s", status, body)
			}
			if code := got.Decline.ProviderCode; strings.EqualFold(code, "DUPLICATE_RECORD") {
				t.Errorf("a replay is a no: %s", body)
			}
		case voucher.OutcomeInDoubt:
		case voucher.OutcomeNotSent:
			t.Error("what was answered was sent")
		}
	})
}

func provesVoucher(t *testing.T, yes any, id, product string, price money.Amount) {
	t.Helper()
	said := func(names ...string) string { return textOf(fuzzing.Member(yes, names...)) }
	if !strings.EqualFold(said("id"), id) {
		t.Errorf("the yes is of %q", said("id"))
	}
	if said("voucher", "code")+said("voucher", "pin", "pin")+said("voucher", "pin", "pinBlock")+
		said("voucher", "pin", "hash") == "" {
		t.Error("the voucher is empty")
	}
	if got := said("product", "productId"); got != "" && got != product {
		t.Errorf("the product is %v", got)
	}
	for _, name := range []string{"requestAmount", "approvedAmount"} {
		minor, currency := said("amounts", name, "amount"), said("amounts", name, "currency")
		if minor+currency == "" {
			continue
		}
		got, err := strconv.ParseInt(minor, 10, 64)
		if err != nil || money.New(got, money.Currency(currency)) != price {
			t.Errorf("%s is %s %s, want %v", name, minor, currency, price)
		}
	}
}

// FuzzAdviceOutcome: an advice is done only by a 2xx, refused or not found only by an error, and no reference is taken
// from an answer about another sale.
func FuzzAdviceOutcome(f *testing.F) {
	echo, no := sampleOf(f, "basic-reversal.json"), sampleOf(f, "error-detail.json")
	for _, status := range []uint16{200, 202, 204, 301, 400, 401, 404, 410, 422, 429, 500, 501, 503} {
		f.Add(status, true, echo)
		f.Add(status, false, no)
		f.Add(status, true, []byte("<html>"))
	}
	message, refused := suvwire.DecodeAdviceResponse(echo)
	if refused != nil {
		f.Fatal(refused)
	}
	f.Fuzz(func(t *testing.T, status uint16, reverses bool, body []byte) {
		status = 100 + (status+400)%500 // of HTTP, and as it is where it is one
		a := voucher.Advice{Kind: voucher.Confirmation, Transaction: voucher.NewTransactionID(message.RequestID)}
		if reverses {
			a.Kind = voucher.Reversal
		}
		got := adviceOutcomeOf(a, exchange.Answer{Status: int(status), Body: body})
		lawful := map[voucher.AdviceOutcomeKind]bool{
			voucher.AdviceUnanswered:   status/100 != 2 && status/100 != 4,
			voucher.AdviceAcknowledged: status/100 == 2,
			voucher.AdviceNotFound:     status == 404 && reverses,
			voucher.AdviceRefused:      status/100 == 4 || status == 501,
			voucher.AdviceDeferred:     status/100 == 4,
		}
		if !lawful[got.Kind] {
			t.Errorf("%d to an advice is %v", status, got.Kind)
		}
		if len(got.Identifiers) > 0 {
			about, _ := fuzzing.Member(fuzzing.Value(body), "requestId").(string)
			if got.Kind != voucher.AdviceAcknowledged || !strings.EqualFold(about, message.RequestID) {
				t.Errorf("references are taken from %s", body)
			}
		}
	})
}

// FuzzOffer: of a list of products each is taken whole or told to be left out, none is lost, and none has a price that
// is not in the list.
func FuzzOffer(f *testing.F) {
	for _, seed := range []string{
		`{"products":[]}`, `{"products":[{"productId":"A1","amount":{"amount":1,"currency":"710"}},{"productId":"B C"}]}`,
		`{"products":[{"productId":"A","minAmount":{"amount":1,"currency":"710"},"isFixedValue":true},7,null]}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		list, refused := suvwire.DecodeProductList(body)
		if refused != nil {
			return
		}
		offer := offerIn(list)
		listed, _ := fuzzing.Member(fuzzing.Value(body), "products").([]any)
		if len(offer.Products)+len(offer.LeftOut) != len(listed) {
			t.Fatalf("%d taken, %d left out, of %d", len(offer.Products), len(offer.LeftOut), len(listed))
		}
		told := map[string]bool{}
		for _, product := range listed {
			told[textOf(fuzzing.Member(product, "productId"))+" "+textOf(fuzzing.Member(product, "amount", "amount"))] = true
		}
		for _, p := range offer.Products {
			price := ""
			if !p.Amount.IsZero() {
				price = json.Number(strings.Fields(p.Amount.String())[0]).String()
			}
			if !told[string(p.ID)+" "+price] && !told[string(p.ID)+" -"+price] {
				t.Errorf("%s for %q is not in the list", p.ID, price)
			}
		}
	})
}

func textOf(value any) string {
	switch v := value.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	default:
		return ""
	}
}
