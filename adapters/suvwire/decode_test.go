package suvwire

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	provisionID = "7c1f5a0e-3f6b-4d3a-9f52-0d5f6b0f6a11"
	adviceID    = "0b2f9f3e-91f7-4d6c-8a53-4f8f6c0d2b22"
)

func TestEveryFullMessageIsWrittenBackByteForByte(t *testing.T) {
	for _, kind := range kinds {
		t.Run(kind.name, func(t *testing.T) {
			body := sample(t, kind.sample)
			if diff := cmp.Diff(body, kind.rewrite(t, body)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestEveryRequiredFieldIsMissedAndNoOther(t *testing.T) {
	for _, kind := range kinds {
		t.Run(kind.name, func(t *testing.T) {
			message := parsed(t, sample(t, kind.sample))
			var missed []string
			for _, spot := range spots("", message) {
				spot.replace(nil)
				refused := kind.refusal(written(t, message))
				spot.replace(spot.value)
				if refused == nil {
					continue
				}
				missed = append(missed, spot.path)
				want := []FormatError{{Field: spot.path, Msg: spot.path + " may not be null"}}
				if !strings.HasSuffix(spot.path, ".type") { // without its type a PIN's other rules are not known
					if diff := cmp.Diff(want, refused.List); diff != "" {
						t.Errorf("%s: %s", spot.path, diff)
					}
				}
			}
			want := strings.Fields(kind.required)
			slices.Sort(missed)
			slices.Sort(want)
			if diff := cmp.Diff(want, missed); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAnUnknownPropertyIsRefusedInEveryObjectOfAChannelsMessageAndAllowedInAnAnswer(t *testing.T) {
	for _, kind := range kinds {
		t.Run(kind.name, func(t *testing.T) {
			message := parsed(t, sample(t, kind.sample))
			all := append(spots("", message), spot{path: "", value: message})
			for _, spot := range all {
				model, ok := spot.value.(map[string]any)
				if !ok || spot.path == "amounts.additionalAmounts" {
					continue
				}
				model["novelty"] = "SECRET-NOVELTY"
				refused := kind.refusal(written(t, message))
				delete(model, "novelty")
				path := strings.TrimPrefix(spot.path+".novelty", ".")
				var want []string
				if kind.strict {
					want = []string{path + " is not a known property"}
				}
				if diff := cmp.Diff(want, messages(refused)); diff != "" {
					t.Error(diff)
				}
				if strings.Contains(fmt.Sprintf("%+v", refused), "SECRET") {
					t.Errorf("%s: the value shows", path)
				}
			}
		})
	}
}

func TestANameInAnotherCaseIsAnUnknownProperty(t *testing.T) {
	body := edit(t, sample(t, "provision-request-typical.json"), `"amounts"`, `"Amounts"`)
	_, refused := DecodeProvisionRequest([]byte(body))
	if diff := cmp.Diff([]string{"Amounts is not a known property"}, messages(refused)); diff != "" {
		t.Error(diff)
	}
}

func TestUnknownPropertiesEndTheCheck(t *testing.T) {
	body := `{"id":"x","client":{"name":null,"b":1},"a":{"deep":{"er":1}}}`
	_, refused := DecodeProvisionRequest([]byte(body))
	want := []string{"client.b is not a known property", "a is not a known property"}
	if diff := cmp.Diff(want, messages(refused)); diff != "" {
		t.Error(diff)
	}
}

func TestAValueOfTheWrongTypeIsNotCalledUnknown(t *testing.T) {
	body := edit(t, sample(t, "provision-request-typical.json"), `"stan":"000123"`, `"stan":{"deep":1}`)
	_, refused := DecodeProvisionRequest([]byte(body))
	if diff := cmp.Diff([]string{"stan must be a string"}, messages(refused)); diff != "" {
		t.Error(diff)
	}
}

func TestMissingFieldsComeFirstByTheirPositionThenEverythingElseByItsPosition(t *testing.T) {
	body := `{"time":"yesterday","rrn":"1","id":"nonsense","thirdPartyIdentifiers":[{"institutionId":"a"}],
		"client":{"id":"c"},"originator":{"institution":{"id":"i","name":"n"},"terminalId":"short","merchant":{
		"merchantType":"5411","merchantId":"MERCHANT0000001","merchantName":{"name":"n","region":"WC","country":"ZA"}}},
		"amounts":{"requestAmount":{"amount":"1"}},"tranType":"BARTER"}`
	_, refused := DecodeProvisionRequest([]byte(body))
	want := []FormatError{
		{Field: "originator.merchant.merchantName.city", Msg: "originator.merchant.merchantName.city may not be null"},
		{Field: "client.name", Msg: "client.name may not be null"},
		{Field: "thirdPartyIdentifiers[0].transactionIdentifier",
			Msg: "thirdPartyIdentifiers[0].transactionIdentifier may not be null"},
		{Field: "amounts.requestAmount.currency", Msg: "amounts.requestAmount.currency may not be null"},
		{Field: "id", Msg: "id UUID must conform to the format 8-4-4-4-12 hexadecimal values", Value: "nonsense"},
		{Field: "time", Msg: "time must be an RFC 3339 date-time", Value: "yesterday"},
		{Field: "originator.terminalId", Msg: "originator.terminalId size must be exactly 8", Value: "short"},
		{Field: "tranType", Msg: "tranType must be one of " + strings.Join(transactionTypes, ", "), Value: "BARTER"},
		{Field: "amounts.requestAmount.amount",
			Msg: "amounts.requestAmount.amount must be a whole number of 64 bits", Value: "1"},
	}
	if diff := cmp.Diff(want, refused.List); diff != "" {
		t.Error(diff)
	}
}

func TestTheListOfViolationsIsBounded(t *testing.T) {
	for _, element := range []string{"{}", `{"institutionId":[],"transactionIdentifier":[]}`, `{"a":1}`} {
		body := `{"thirdPartyIdentifiers":[` + strings.Repeat(element+",", 900) + element + `]}`
		_, refused := DecodeProvisionRequest([]byte(body))
		if len(refused.List) > 2*maxFormatErrors {
			t.Errorf("%s: %d violations", element, len(refused.List))
		}
	}
}

func TestIdsAreToldWhereTheyCouldBeReadWhateverElseIsWrong(t *testing.T) {
	ids := `"id":"` + adviceID + `","requestId":"` + provisionID + `"`
	for name, body := range map[string]string{
		"missing fields":     `{` + ids + `}`,
		"unknown properties": `{` + ids + `,"x":1}`,
		"duplicate names":    `{` + ids + `,"x":1,"x":2}`,
		"cut off":            `{` + ids + `,"x":`,
		"trailing data":      `{` + ids + `} {}`,
	} {
		t.Run(name, func(t *testing.T) {
			_, refused := DecodeBasicReversal([]byte(body))
			if refused.ID != adviceID || refused.RequestID != provisionID {
				t.Errorf("told %q and %q", refused.ID, refused.RequestID)
			}
		})
	}
}

func TestAnIdThatIsNoUUIDIsNotTold(t *testing.T) {
	for _, body := range []string{``, `[]`, `"id"`, `{"id":1}`, `{"id":"1"}`, `{"x":{"id":"` + adviceID + `"}}`} {
		if _, refused := DecodeBasicReversal([]byte(body)); refused.ID != "" {
			t.Errorf("%s: told %q", body, refused.ID)
		}
	}
}

func TestNullIsTheSameAsAbsent(t *testing.T) {
	body := sample(t, "provision-request-typical.json")
	withNull := edit(t, body, `"stan"`, `"settlementEntity":null,"tenders":null,"basketRef":null,"stan"`)
	rewrite := rewriteOf(DecodeProvisionRequest)
	if diff := cmp.Diff(rewrite(t, body), rewrite(t, withNull)); diff != "" {
		t.Error(diff)
	}
}

func TestANumberIsAcceptedForAString(t *testing.T) {
	body := edit(t, sample(t, "provision-request-typical.json"), `"currency":"710"`, `"currency":710`)
	body = edit(t, body, `"stan":"000123"`, `"stan":1.50`)
	request, refused := DecodeProvisionRequest([]byte(body))
	if refused != nil {
		t.Fatal(refused)
	}
	if request.Amounts.RequestAmount.Currency != "710" || request.Stan != "1.50" {
		t.Errorf("currency %q, stan %q", request.Amounts.RequestAmount.Currency, request.Stan)
	}
}

func TestADoNotHonorFromAProviderIsReadAsDoNotHonour(t *testing.T) {
	detail, refused := DecodeErrorDetail([]byte(`{"errorType":"DO_NOT_HONOR","errorMessage":"no"}`))
	if refused != nil || detail.ErrorType != DoNotHonour {
		t.Errorf("%v, %v", detail, refused)
	}
}

func TestEveryErrorTypeIsAcceptedFromAProvider(t *testing.T) {
	for _, errorType := range errorTypes {
		body := fmt.Sprintf(`{"errorType":%q,"errorMessage":"no"}`, errorType)
		if _, refused := DecodeErrorDetail([]byte(body)); refused != nil {
			t.Error(refused)
		}
	}
}

func TestAProvidersErrorDetailIsReadLeniently(t *testing.T) {
	body := `{"errorType":"INVALID_AMOUNT","errorMessage":"` + strings.Repeat("é", 200) +
		`","detailMessage":{"voucher":{"code":"SECRET"}},"novelty":[1]}`
	detail, refused := DecodeErrorDetail([]byte(body))
	want := &ErrorDetail{ErrorType: InvalidAmount, ErrorMessage: strings.Repeat("é", MaxErrorMessage)}
	if diff := cmp.Diff(want, detail); refused != nil || diff != "" {
		t.Error(refused, diff)
	}
}

func TestWhatIsNoErrorDetailIsRefused(t *testing.T) {
	for _, body := range []string{
		``, `null`, `[]`, `"no"`, `<html></html>`, `{}`,
		`{"errorType":"GENERAL_ERROR"}`, `{"errorMessage":"no"}`, `{"errorType":"GENERAL_ERROR","errorMessage":{}}`,
		`{"ErrorType":"GENERAL_ERROR","errorMessage":"no"}`, `{"errorType":"GENERAL_ERROR","errorMessage":"no"`,
	} {
		if detail, refused := DecodeErrorDetail([]byte(body)); refused == nil || detail != nil {
			t.Errorf("%s was read as %v", body, detail)
		}
	}
}

func TestWhatAProviderSaysIsNotLostOverAForm(t *testing.T) {
	body := `{"id":"7","originalId":"","errorType":"NOVELTY","errorMessage":"no","providerErrorCode":"E17"}`
	detail, refused := DecodeErrorDetail([]byte(body))
	if refused != nil || detail.ErrorType != "NOVELTY" || detail.ErrorType.IsKnown() || detail.ProviderErrorCode != "E17" {
		t.Errorf("read as %v, %v", detail, refused)
	}
}

func TestAProvidersVoucherMayBeEmptyButNotAbsent(t *testing.T) {
	body := sample(t, "provision-request-typical.json")
	if _, refused := DecodeProvisionResponse([]byte(edit(t, body, `"stan"`, `"voucher":{},"stan"`))); refused != nil {
		t.Error(refused)
	}
	_, refused := DecodeProvisionResponse([]byte(body))
	if diff := cmp.Diff([]string{"voucher may not be null"}, messages(refused)); diff != "" {
		t.Error(diff)
	}
}

func TestEncodeWritesMarkupAsItIs(t *testing.T) {
	body, err := Encode(Voucher{Code: NewSecret("<a&b>"), SerialNumber: "<c&d>"})
	if want := `{"code":"<a&b>","serialNumber":"<c&d>"}`; err != nil || string(body) != want {
		t.Errorf("%s, %v", body, err)
	}
}

func TestEncodeFailsOnAValueThatJSONCannotHold(t *testing.T) {
	if _, err := Encode(SlipLine{FontWidthScaleFactor: "wide"}); err == nil {
		t.Error("no error")
	}
}
