package http_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"voucherswitch/adapters/http"
	"voucherswitch/domain/voucher"
)

var revealed = cmp.Comparer(func(a, b voucher.Secret) bool { return a.Equal(b) })

func TestAMessageBecomesTheOrderThatItAsksFor(t *testing.T) {
	message := example(t, contract(t), "ProvisionRequest")
	message["id"] = strings.ToUpper(provisionID)
	message["voucher"] = map[string]any{"code": secret}
	message["product"] = map[string]any{"productId": "MOBITALK100"}
	body := encoded(t, message)
	channel, _, _ := authenticate(http.Caller{Username: channelID, Password: password})
	want := voucher.Order{
		ID: provisionID, Channel: channel, Time: "2026-11-22T10:15:30.123+02:00",
		Client:           voucher.Institution{ID: channelID, Name: "TransAcquire Co"},
		SettlementEntity: voucher.Institution{ID: "33333333", Name: "TransactionsRUs"},
		Receiver:         voucher.Institution{ID: "44444444", Name: "MobiTalk"},
		Product:          "MOBITALK100", Amounts: voucher.Amounts{Request: rand(10000)},
		Code:        voucher.NewSecret(secret),
		Identifiers: []voucher.ThirdPartyIdentifier{{InstitutionID: channelID, TransactionIdentifier: "TAC-90017"}},
		Message:     voucher.NewSecret(body),
	}
	for _, path := range []string{"/vouchers", "/vouchers/" + provisionID + "/retry"} {
		s := &scripted{reply: ends(voucher.Broken())}
		post(t, s, path, body)
		if diff := cmp.Diff(want, s.order, revealed); diff != "" {
			t.Errorf("%s (-want +got):\n%s", path, diff)
		}
	}
}

func TestTheChannelsSettlementEntityServesAMessageWithoutOne(t *testing.T) {
	message := example(t, contract(t), "ProvisionRequest")
	message["settlementEntity"] = map[string]any{"id": "66666666", "name": "Another"}
	if got := asked(t, message).SettlementEntity.ID; got != "66666666" {
		t.Errorf("the message's own became %s", got)
	}
	delete(message, "settlementEntity")
	if got := asked(t, message).SettlementEntity.ID; got != "33333333" {
		t.Errorf("none became %s", got)
	}
}

func TestAMessageBecomesTheAdviceThatItGives(t *testing.T) {
	for name, c := range map[string]struct {
		path   string
		call   string
		kind   voucher.AdviceKind
		reason string
		names  int
	}{
		"BasicReversal": {"/vouchers/reversals", "Reverse", voucher.Reversal, "TIMEOUT", 1},
		"TenderAdvice":  {"/vouchers/confirmations", "Confirm", voucher.Confirmation, "", 2},
	} {
		message := example(t, contract(t), name)
		id := message["id"].(string)
		message["id"], message["requestId"] = strings.ToUpper(id), strings.ToUpper(provisionID)
		body := encoded(t, message)
		want := voucher.Advice{
			ID: voucher.AdviceID(id), Transaction: provisionID, Channel: channelID, Kind: c.kind, Reason: c.reason,
			Time: message["time"].(string), Message: voucher.NewSecret(body),
			Identifiers: []voucher.ThirdPartyIdentifier{
				{InstitutionID: channelID, TransactionIdentifier: "TAC-90017"},
				{InstitutionID: "44444444", TransactionIdentifier: "MT-7741920"},
			}[:c.names],
		}
		s := &scripted{reply: says(voucher.Transaction{}, nil)}
		post(t, s, c.path, body).mustBe(t, 202)
		if diff := cmp.Diff(want, s.advice, revealed); diff != "" || s.calls[0] != c.call {
			t.Errorf("%v (-want +got):\n%s", s.calls, diff)
		}
	}
}

func TestAKeptAnswerIsSentByteForByte(t *testing.T) {
	body := encoded(t, example(t, contract(t), "ProvisionRequest"))
	kept := "{ \"voucher\" : \"<as it was> \u2028\" }\n"
	for _, status := range []int{200, 201, 404, 503} {
		answered := voucher.Transaction{Answer: voucher.Answer{Status: status, Body: voucher.NewSecret(kept)}}
		got := post(t, &scripted{reply: says(answered, nil)}, "/vouchers", body)
		if got.Code != status || got.Body.String() != kept {
			t.Errorf("%d %q", got.Code, got.Body)
		}
		if located := got.Header().Get("Location") != ""; located != (status == 201) {
			t.Errorf("%d: Location is %q", status, got.Header().Get("Location"))
		}
	}
}

func TestALookupAsksForWhatItsParametersDescribe(t *testing.T) {
	s := &scripted{reply: says(sold(t), nil)}
	get(t, s, "/vouchers?provisionRequestId="+strings.ToUpper(provisionID)+
		"&voucherSerialNumber=MT%200&voucherCode="+secret+"&colour=red").mustBe(t, 200)
	want := voucher.Key{
		Channel: channelID, ID: provisionID, SerialNumber: "MT 0", Code: voucher.NewSecret(secret),
	}
	if diff := cmp.Diff(want, s.key, revealed); diff != "" {
		t.Errorf("key (-want +got):\n%s", diff)
	}
}

func TestAListingThatIsStillTheSameIsNotSentAgain(t *testing.T) {
	s := &scripted{reply: says(voucher.Transaction{}, nil), catalogue: onSale}
	first := get(t, s, "/products?channelName=Mobile%20app")
	tag := first.Header().Get("ETag")
	if s.channelName != "Mobile app" || tag == "" {
		t.Fatalf("channelName %q, ETag %q", s.channelName, tag)
	}
	ask := func(held string) answer {
		r := newRequest("GET", "/products", "")
		r.Header.Set("If-None-Match", held)
		return serve(http.Options{Switch: s}, r)
	}
	for held, status := range map[string]int{
		tag: 304, "W/" + tag: 304, `"other", ` + tag: 304, "*": 304, `"other"`: 200, strings.Trim(tag, `"`): 200,
	} {
		got := ask(held)
		if got.Code != status || got.Header().Get("ETag") != tag || (got.Body.Len() == 0) != (status == 304) {
			t.Errorf("%s: %d %s", held, got.Code, got.Body)
		}
	}
	s.catalogue = voucher.Catalogue{}
	if got := ask(tag); got.Code != 200 || got.Body.String() != `{"products":[]}` {
		t.Errorf("an empty listing: %d %s", got.Code, got.Body)
	}
}
