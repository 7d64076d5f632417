package http_test

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"voucherswitch/adapters/http"
	"voucherswitch/domain/voucher"
)

func TestAnOutcomeIsRenderedByTheContractsTable(t *testing.T) {
	order := asked(t, example(t, contract(t), "ProvisionRequest"))
	named := voucher.Decline{Type: "INVALID_ACCOUNT", Message: "closed"}
	cases := map[string]struct {
		outcome   voucher.Outcome
		status    int
		errorType string
	}{
		"approved":                   {approval(), 201, ""},
		"declined":                   {declined(voucher.Decline{}), 404, "DO_NOT_HONOUR"},
		"declined with a type":       {declined(named), 404, "INVALID_ACCOUNT"},
		"an error that tells not":    {voucher.Outcome{Doubt: voucher.DoubtAnswered}, 404, "UPSTREAM_UNAVAILABLE"},
		"a named one":                {voucher.Outcome{Doubt: voucher.DoubtAnswered, Decline: named}, 404, "INVALID_ACCOUNT"},
		"no answer in time":          {voucher.TimedOut(), 504, "UPSTREAM_UNAVAILABLE"},
		"broken":                     {voucher.Broken(), 500, "GENERAL_ERROR"},
		"not sent":                   {voucher.NothingSent(), 503, "UPSTREAM_UNAVAILABLE"},
		"approved without a voucher": {voucher.Outcome{Kind: voucher.OutcomeApproved}, 500, "GENERAL_ERROR"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			ended := sending(order)
			ended.Outcome = c.outcome
			if !c.outcome.Approval.Voucher.IsEmpty() {
				ended.Approval = &c.outcome.Approval
			}
			message, status := rendering(t, ended)
			if status != c.status || message["errorType"] != key(c.errorType) || message["id"] != provisionID {
				t.Errorf("%d %v, want %d %s", status, message, c.status, c.errorType)
			}
		})
	}
}

func rendering(t *testing.T, ended voucher.Transaction) (map[string]any, int) {
	t.Helper()
	answer := http.Render(ended)
	var message map[string]any
	if err := json.Unmarshal([]byte(answer.Body.Reveal()), &message); err != nil {
		t.Fatal(err)
	}
	schema := "ErrorDetail"
	if answer.Status == 201 {
		schema = "ProvisionResponse"
	}
	if err := conforms(contract(t), schema, message); err != nil {
		t.Error(err)
	}
	return message, answer.Status
}

func TestAnAnswerNamesTheRequestAsTheChannelSpeltIt(t *testing.T) {
	message := example(t, contract(t), "ProvisionRequest")
	message["id"] = strings.ToUpper(provisionID)
	s := &scripted{reply: ends(declined(voucher.Decline{}))}
	got := post(t, s, "/vouchers", encoded(t, message))
	if detail := got.mustRefuse(t, 404, "DO_NOT_HONOUR"); detail["id"] != message["id"] {
		t.Errorf("id is %v", detail["id"])
	}
	if s.order.ID != provisionID {
		t.Errorf("the switch was asked for %s", s.order.ID)
	}
}

func TestAProvidersLongWordsAreBoundedAndPlain(t *testing.T) {
	words := strings.Repeat("é\x00\n", 500)
	ended := sending(asked(t, example(t, contract(t), "ProvisionRequest")))
	ended.Outcome = declined(voucher.Decline{Message: words, ProviderCode: words, ProviderMessage: words})
	detail, _ := rendering(t, ended)
	for field, limit := range map[string]int{
		"errorMessage": 80, "providerErrorCode": 255, "providerErrorMessage": 255,
	} {
		text := detail[field].(string)
		if utf8.RuneCountInString(text) != limit || strings.ContainsFunc(text, unicode.IsControl) {
			t.Errorf("%s is %q", field, text)
		}
	}
}

func TestAResponseTakesTheProvidersSumsAndSlipAndTheCataloguesProduct(t *testing.T) {
	request := example(t, contract(t), "ProvisionRequest")
	request["product"] = map[string]any{"productId": "MOBITALK100", "name": "asked"}
	request["slipData"] = map[string]any{"slipWidth": 20}
	silent := approval()
	silent.Approval.Amounts, silent.Approval.Slip = voucher.Amounts{}, voucher.Slip{}
	catalogue := voucher.Product{ID: "MOBITALK100", Name: "listed", Fixed: true, Amount: rand(7)}
	described := approval()
	described.Approval.Product = voucher.Product{ID: "MOBITALK100", Name: "given"}
	described.Approval.Amounts = voucher.Amounts{Approved: rand(3)}
	cases := map[string]struct {
		outcome               voucher.Outcome
		product               voucher.Product
		priced                bool
		name                  string
		requested, authorised any
		width                 float64
	}{
		"the provider's":  {described, catalogue, true, "listed", 10000.0, 3.0, 40},
		"no catalogue":    {described, voucher.Product{}, true, "given", 10000.0, 3.0, 40},
		"the request's":   {silent, voucher.Product{}, true, "asked", 10000.0, nil, 20},
		"the catalogue's": {silent, catalogue, false, "listed", nil, 7.0, 20},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if delete(request, "amounts"); c.priced {
				request["amounts"] = map[string]any{"requestAmount": map[string]any{"amount": 10000, "currency": "710"}}
			}
			ended := sending(asked(t, request))
			ended.Attempt.Product, ended.Outcome, ended.Approval = c.product, c.outcome, &c.outcome.Approval
			response, _ := rendering(t, ended)
			got := []any{
				response["product"].(map[string]any)["name"], sum(response, "requestAmount"),
				sum(response, "approvedAmount"), response["slipData"].(map[string]any)["slipWidth"],
			}
			if diff := cmp.Diff([]any{c.name, c.requested, c.authorised, c.width}, got); diff != "" {
				t.Errorf("product, requestAmount, approvedAmount, slipWidth (-want +got):\n%s", diff)
			}
		})
	}
}

func sum(response map[string]any, name string) any {
	amount, ok := response["amounts"].(map[string]any)[name].(map[string]any)
	if !ok {
		return nil
	}
	return amount["amount"]
}

func TestAResponseNamesTheReceiverThatTheRequestLeftOut(t *testing.T) {
	request := example(t, contract(t), "ProvisionRequest")
	delete(request, "receiver")
	s := &scripted{reply: ends(approval())}
	got := post(t, s, "/vouchers", encoded(t, request))
	if got.mustBe(t, 201); !strings.Contains(got.Body.String(), `"receiver":{"id":"44444444","name":"MobiTalk"}`) {
		t.Errorf("no receiver: %s", got.Body)
	}
}

func TestAMessageThatCannotBeReadAgainIsInDoubt(t *testing.T) {
	ended := sold(t)
	ended.Attempt.Order.Message = voucher.NewSecret(`{"id":`)
	if message, status := rendering(t, ended); status != 500 || message["id"] != provisionID {
		t.Errorf("%d %v", status, message)
	}
}
