package scenarios

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
)

// A client written for Electrum's interface, with field values of its own.

func TestTwoIdentifiersInFourOutInOrder(t *testing.T) {
	t.Parallel()
	request := sale(plain, 12000).with("thirdPartyIdentifiers", []any{
		map[string]any{"institutionId": "88888888", "transactionIdentifier": "shop-9"},
		map[string]any{"institutionId": "22222222", "transactionIdentifier": "till-1-0002"},
	})
	response := common.channel().sold(t, request).want(t, 201)
	list := response["thirdPartyIdentifiers"].([]any)
	var order []string
	for _, each := range list {
		order = append(order, each.(map[string]any)["institutionId"].(string))
	}
	if diff := cmp.Diff([]string{"88888888", "22222222", "33333333", plain}, order); diff != "" {
		t.Fatal("the sender's, the settlement entity's, the receiver's:", diff)
	}
	for party, identifier := range map[string]string{"88888888": "shop-9", "22222222": "till-1-0002"} {
		if parties(response)[party] != identifier {
			t.Errorf("%s's identifier was changed: %v", party, list)
		}
	}
	if parties(response)["33333333"] == "" || parties(response)[plain] == "" {
		t.Errorf("an empty identifier in %v", list)
	}
}

func TestNoInstitutionIsIdentifiedTwice(t *testing.T) {
	t.Parallel()
	request := sale(plain, 12000).with("thirdPartyIdentifiers", []any{
		map[string]any{"institutionId": "22222222", "transactionIdentifier": "till-1-0003"},
		map[string]any{"institutionId": "33333333", "transactionIdentifier": "the-senders"},
		map[string]any{"institutionId": plain, "transactionIdentifier": "the-senders-too"},
	})
	response := common.channel().sold(t, request).want(t, 201)
	if got := len(response["thirdPartyIdentifiers"].([]any)); got != 3 {
		t.Errorf("%d identifiers of three institutions: %s", got, response.bytes())
	}
	if got := parties(response); got["33333333"] != "the-senders" || got[plain] != "the-senders-too" {
		t.Errorf("another party's entry was changed: %v", got)
	}
}

func TestSettlementEntityIsFilledInOrEchoed(t *testing.T) {
	t.Parallel()
	filled := common.channel().sold(t, sale(plain, 12000)).want(t, 201)
	if filled.value("settlementEntity.id") != "33333333" || filled.value("settlementEntity.name") != "TransactionsRUs" {
		t.Errorf("settlementEntity = %v, want the channel's configured one", filled["settlementEntity"])
	}
	own := map[string]any{"id": "12121212", "name": "Own Settlement"}
	echoed := common.channel().sold(t, sale(plain, 12000).with("settlementEntity", own)).want(t, 201)
	if diff := cmp.Diff(own, echoed["settlementEntity"]); diff != "" {
		t.Error(diff)
	}
	if parties(echoed)["12121212"] == "" || parties(echoed)["33333333"] != "" {
		t.Errorf("want an identifier of the request's own settlement entity: %v", parties(echoed))
	}
}

func TestTimesAreEchoedAsTheSameString(t *testing.T) {
	t.Parallel()
	for _, written := range []string{
		"2026-11-22T10:00:00Z", "2026-11-22T10:00:00.000Z", "2026-11-22T10:00:00.123456789+02:00",
		"2026-11-22T10:00:00.1-03:30", "1999-12-31T23:59:59+00:00", "2026-11-22T10:00:00-00:00",
	} {
		request := sale(plain, 12000).with("time", written)
		if got := common.channel().sold(t, request).want(t, 201)["time"]; got != written {
			t.Errorf("time = %v, want %s", got, written)
		}
		undo := reversal(request.id()).with("time", written)
		if got := common.channel().reverse(t, undo).want(t, 202)["time"]; got != written {
			t.Errorf("the advice's time = %v, want %s", got, written)
		}
	}
}

func TestNumberIsAcceptedWhereAStringIsDeclared(t *testing.T) {
	t.Parallel()
	request := sale(plain, 12000).with("amounts.requestAmount.currency", 710).with("stan", 123456)
	response := common.channel().sold(t, request).want(t, 201)
	if got := response.value("amounts.requestAmount.currency"); got != "710" {
		t.Errorf("currency = %#v, want the string 710", got)
	}
	if got := response["stan"]; got != "123456" {
		t.Errorf("stan = %#v, want the string 123456", got)
	}
}

func TestTransactionPartIsEchoed(t *testing.T) {
	t.Parallel()
	request := sale(plain, 12000)
	for path, value := range map[string]any{
		"basketRef": "basket-ÿ-1", "tranType": "GOODS_AND_SERVICES", "srcAccType": "CHEQUE", "destAccType": "DEFAULT",
		"stan": "000123", "rrn": "000000000123",
		"transactionLabels":     []any{map[string]any{"name": "season", "value": "<summer> & 'sun' \u2028"}},
		"originator.operatorId": "operator 7", "originator.channelId": "lane-4",
		"recipient": map[string]any{"firstName": "Zoë", "msisdn": "+27820000000"},
		"posInfo": map[string]any{"entryMode": map[string]any{
			"panEntryMode": "00", "pinEntryCapability": "2"}, "posConditionCode": "01"},
	} {
		request = request.with(path, value)
	}
	response := common.channel().sold(t, request).want(t, 201)
	for _, field := range []string{"id", "time", "originator", "client", "basketRef", "tranType", "srcAccType",
		"destAccType", "stan", "rrn", "transactionLabels", "recipient", "posInfo"} {
		if diff := cmp.Diff(request[field], response[field]); diff != "" {
			t.Errorf("%s: %s", field, diff)
		}
	}
}

func TestTrailingSlashesAndBothBasePaths(t *testing.T) {
	t.Parallel()
	for _, base := range []string{"/suv/v1", ""} {
		for _, slash := range []string{"", "/"} {
			t.Run(base+" and slash "+slash, func(t *testing.T) {
				c := channel{base: common.api + base, user: "22222222", password: "password"}
				request := sale(dual, 12000)
				created := c.post(t, "/vouchers"+slash, request)
				created.want(t, http.StatusCreated)
				place := channel{base: common.api, user: c.user, password: c.password}
				place.must(t, "GET", created.header.Get("Location"), nil).want(t, http.StatusOK)
				c.post(t, "/vouchers/"+request.id()+"/retry"+slash, request).want(t, http.StatusOK)
				c.must(t, "GET", "/vouchers"+slash+"?provisionRequestId="+request.id(), nil).want(t, http.StatusOK)
				c.must(t, "GET", "/products"+slash, nil).want(t, http.StatusOK)
				c.post(t, "/vouchers/confirmations"+slash, advice(request.id())).want(t, http.StatusAccepted)
				other := sale(dual, 12000)
				c.sold(t, other)
				c.post(t, "/vouchers/reversals"+slash, reversal(other.id())).want(t, http.StatusAccepted)
				for path, body := range map[string]message{
					"/redemptions":               sale(plain, 12000).with("voucher", map[string]any{"code": "1234"}),
					"/redemptions/confirmations": advice(uuid.NewString()),
					"/redemptions/reversals":     reversal(uuid.NewString()),
				} {
					c.post(t, path+slash, body).wantError(t, http.StatusNotImplemented, "FUNCTION_NOT_SUPPORTED")
					c.post(t, path+slash, body.without("id")).wantError(t, http.StatusBadRequest, "FORMAT_ERROR")
				}
			})
		}
	}
}

func TestUnknownFieldsAreRefused(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"surprise", "originator.surprise", "originator.merchant.merchantName.surprise",
		"thirdPartyIdentifiers.0.surprise", "amounts.requestAmount.surprise"} {
		request := sale(plain, 12000)
		common.channel().provision(t, request.with(path, "x")).wantError(t, http.StatusBadRequest, "FORMAT_ERROR")
		common.channel().sold(t, request)
	}
}

func formatErrors(t *testing.T, m message) (lines []string) {
	t.Helper()
	list, _ := m.value("detailMessage.formatErrors").([]any)
	for _, each := range list {
		violation := each.(map[string]any)
		for name := range violation {
			if name != "field" && name != "msg" && name != "value" {
				t.Errorf("a format error has no %s: %v", name, violation)
			}
		}
		lines = append(lines, violation["msg"].(string))
	}
	if len(lines) == 0 {
		t.Fatalf("no detailMessage.formatErrors in %s", m.bytes())
	}
	return lines
}

func TestAllFormatViolationsAreListedAtOnceInOrder(t *testing.T) {
	t.Parallel()
	request := sale(plain, 12000).
		without("originator.merchant.merchantName.city").
		without("thirdPartyIdentifiers.0.transactionIdentifier").
		with("time", "yesterday").
		with("originator.terminalId", "Till00001").
		with("originator.merchant.merchantType", "54a1").
		with("tranType", "BUY").
		with("amounts.requestAmount.currency", "ZAR")
	refused := common.channel().provision(t, request).wantError(t, http.StatusBadRequest, "FORMAT_ERROR")
	got := formatErrors(t, refused.names(t, request.id(), ""))
	want := []string{
		"originator.merchant.merchantName.city may not be null",
		"thirdPartyIdentifiers[0].transactionIdentifier may not be null",
		"time ", "originator.terminalId ", "originator.merchant.merchantType ", "tranType ",
		"amounts.requestAmount.currency ",
	}
	if len(got) != len(want) {
		t.Fatalf("%d violations listed, want %d:\n%s", len(got), len(want), strings.Join(got, "\n"))
	}
	for i := range want {
		if !strings.HasPrefix(got[i], want[i]) {
			t.Errorf("violation %d is %q, want it to begin with %q", i+1, got[i], want[i])
		}
	}
	bad := common.channel().provision(t, sale(plain, 12000).with("id", "12345")).
		wantError(t, http.StatusBadRequest, "FORMAT_ERROR")
	if text := formatErrors(t, bad)[0]; !strings.Contains(text,
		"UUID must conform to the format 8-4-4-4-12 hexadecimal values") {
		t.Errorf("a bad UUID is called %q", text)
	}
}

func TestFormatErrorsNeverShowASecret(t *testing.T) {
	t.Parallel()
	secret := "SECRET" + strings.Repeat("7", 40)
	for name, voucher := range map[string]map[string]any{
		"code":     {"code": secret},
		"PIN":      {"pin": map[string]any{"type": "CLEAR_PIN", "pin": secret}},
		"block":    {"pin": map[string]any{"type": "ENCRYPTED_PIN", "pinBlock": secret}},
		"hash":     {"pin": map[string]any{"type": "HASHED_PIN", "hash": secret}},
		"kind":     {"code": map[string]any{"inner": secret}},
		"pin kind": {"pin": secret},
		"unknown":  {"codes": secret},
	} {
		t.Run(name, func(t *testing.T) {
			refused := common.channel().provision(t, sale(plain, 12000).with("voucher", voucher))
			refused.wantError(t, http.StatusBadRequest, "FORMAT_ERROR")
			if strings.Contains(string(refused.body), "SECRET") {
				t.Errorf("a secret was shown: %s", refused.body)
			}
		})
	}
}

func TestChosenCodeIsHonouredAndItsExpiryNeverJudged(t *testing.T) {
	t.Parallel()
	chosen := map[string]any{"code": "CHOSEN-BY-THE-TILL", "expiryDate": "2001-01-01"}
	for range 2 { // codes are not unique
		request := sale(plain, 12000).with("voucher", chosen)
		if response := common.channel().sold(t, request).want(t, 201); response.code() != chosen["code"] {
			t.Errorf("voucher = %v, want the requested code unchanged: %v", response["voucher"], chosen)
		}
		if written := common.ledger(t)[request.id()]; written.Code != chosen["code"] {
			t.Errorf("the provider issued %+v", written)
		}
	}
	refused := sale(stellr, 12000).with("voucher", chosen)
	common.channel().provision(t, refused).
		wantError(t, http.StatusBadRequest, "FUNCTION_NOT_SUPPORTED").names(t, refused.id(), "")
	if _, asked := common.ledger(t)[refused.id()]; asked {
		t.Error("the provider was asked")
	}
}

// listed finds a product of a receiver in the catalogue, by whether its price is fixed.
func listed(t *testing.T, receiver string, fixed bool) message {
	t.Helper()
	for _, each := range common.channel().must(t, "GET", "/products", nil).want(t, 200)["products"].([]any) {
		product := message(each.(map[string]any))
		if product.value("receiver.id") == receiver && product["isFixedValue"] == fixed {
			return product
		}
	}
	t.Fatalf("no product of %s", receiver)
	return nil
}

func (m message) cents(t *testing.T, path string) int64 {
	t.Helper()
	number, ok := m.value(path + ".amount").(json.Number)
	amount, err := number.Int64()
	if !ok || err != nil {
		t.Fatalf("no amount at %s in %s", path, m.bytes())
	}
	return amount
}

func TestRoutesAndAmountsAreCheckedBeforeTheProviderIsAsked(t *testing.T) {
	t.Parallel()
	fixed, open := listed(t, plain, true), listed(t, plain, false)
	price, least, most := fixed.cents(t, "amount"), open.cents(t, "minAmount"), open.cents(t, "maxAmount")
	of := func(product message, amount int64) message {
		return sale(plain, amount).with("product", map[string]any{"productId": product["productId"]})
	}
	for name, test := range map[string]struct {
		request   message
		errorType string
	}{
		"unknown receiver":      {sale("10101010", 12000), "ROUTING_ERROR"},
		"no receiver":           {sale(plain, 12000).without("receiver"), "ROUTING_ERROR"},
		"not the fixed price":   {of(fixed, price+1), "INVALID_AMOUNT"},
		"below the minimum":     {of(open, least-1), "INVALID_AMOUNT"},
		"above the maximum":     {of(open, most+1), "INVALID_AMOUNT"},
		"in another currency":   {of(open, least).with("amounts.requestAmount.currency", "840"), "INVALID_AMOUNT"},
		"no amount, open price": {of(open, least).without("amounts"), "INVALID_AMOUNT"},
	} {
		t.Run(name, func(t *testing.T) {
			common.channel().provision(t, test.request).
				wantError(t, http.StatusBadRequest, test.errorType).names(t, test.request.id(), "")
			if _, asked := common.ledger(t)[test.request.id()]; asked {
				t.Error("the provider was asked")
			}
		})
	}
	for _, amount := range []int64{least, most} {
		common.channel().sold(t, of(open, amount))
	}
	other := listed(t, netcare, true)
	byProduct := of(other, other.cents(t, "amount")).without("receiver")
	response := common.channel().sold(t, byProduct).want(t, 201)
	if common.ledger(t)[byProduct.id()].Provider != "netcare" || response.value("receiver.id") != netcare {
		t.Errorf("the product's provider was not asked: %s", response.bytes())
	}
}

func TestCredentialsAreTheClients(t *testing.T) {
	t.Parallel()
	request := sale(plain, 12000)
	wrong := common.channel()
	wrong.password = "guess"
	for name, refused := range map[string]answer{
		"wrong": wrong.provision(t, request),
		"none":  common.channel().must(t, "POST", "/vouchers", request.bytes(), "Authorization", ""),
		"other": common.channel().must(t, "POST", "/vouchers", request.bytes(), "Authorization", "Bearer x"),
		"body":  wrong.must(t, "POST", "/vouchers", []byte("{")),
	} {
		refused.wantError(t, http.StatusUnauthorized, "AUTHENTICATION_ERROR")
		if kind := refused.header.Get("WWW-Authenticate"); !strings.HasPrefix(kind, "Basic") {
			t.Errorf("%s credentials: WWW-Authenticate %q, want Basic", name, kind)
		}
	}
	foreign := common.channel().provision(t, asStranger(request)).
		wantError(t, http.StatusBadRequest, "AUTHENTICATION_ERROR").names(t, request.id(), "")
	if foreign.value("detailMessage.freeString") == nil || foreign.value("detailMessage.client") == nil {
		t.Errorf("want detailMessage {freeString, client} in %s", foreign.bytes())
	}
	common.channel().provision(t, asStranger(request).without("time")).
		wantError(t, http.StatusBadRequest, "FORMAT_ERROR") // the username is compared last
	common.channel().sold(t, request)
}

func TestUpperCaseIdIsTheSameTransactionAndEchoedAsWritten(t *testing.T) {
	t.Parallel()
	upper := sale(plain, 12000)
	upper = upper.with("id", strings.ToUpper(upper.id()))
	first := common.channel().sold(t, upper)
	if got := first.want(t, 201)["id"]; got != upper.id() {
		t.Errorf("id = %v, want %s", got, upper.id())
	}
	lower := upper.with("id", strings.ToLower(upper.id()))
	same(t, first, common.channel().retry(t, lower))
	common.channel().provision(t, lower).wantError(t, http.StatusBadRequest, "DUPLICATE_RECORD")
	if written := common.ledger(t)[lower.id()]; written.Calls != 1 {
		t.Errorf("the provider's books say %+v, want one call", written)
	}
}
