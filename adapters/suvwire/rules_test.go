package suvwire

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"voucherswitch/adapters/strictjson"
)

func TestEveryFormatRuleOfTheContract(t *testing.T) {
	long := func(n int) string { return `"` + strings.Repeat("é", n) + `"` }
	list := func(values []string) string { return "must be one of " + strings.Join(values, ", ") }
	for _, rule := range []struct {
		field string // the path, whose last name stands before the value in the sample
		old   string
		good  []string
		bad   []string
		want  string
	}{
		{"id", `"` + provisionID + `"`, []string{`"7C1F5A0E-3F6B-7D3A-0F52-0D5F6B0F6A11"`}, []string{`"7c1f5a0e3f6b4d3a9f520d5f6b0f6a11"`,
			`"7c1f5a0e-3f6b-4d3a-9f52-0d5f6b0f6a1g"`, `"{7c1f5a0e-3f6b-4d3a-9f52-0d5f6b0f6a}"`, `""`}, BadUUID},
		{"time", `"2026-11-22T10:15:30.123+02:00"`, []string{`"2026-11-22T10:15:30Z"`}, []string{`"2026-11-22T10:15:30"`,
			`"2026-02-30T10:15:30Z"`, `"2026-11-22 10:15:30Z"`, `"2026-11-22T10:15:30,5Z"`, `"2026-11-22T1:15:30.5Z"`,
			`"2026-11-22T10:15:30+24:00"`, `"2026-11-22T10:15:30+02:60"`, `"2026-11-22T10:15:30+0200"`, `""`}, "must be an RFC 3339 date-time"},
		{"originator.terminalId", `"TERM0001"`, []string{long(8)}, []string{long(7), long(9)}, "size must be exactly 8"},
		{"originator.operatorId", `"till-7"`, []string{long(30)}, []string{long(31)}, "size must be between 0 and 30"},
		{"originator.channelId", `"app"`, []string{long(50)}, []string{long(51)}, "size must be between 0 and 50"},
		{"originator.merchant.merchantType", `"5411"`, []string{`5411`}, []string{`"541"`, `"54111"`, `"541x"`}, "must match [0-9]{4}"},
		{"originator.merchant.merchantId", `"MERCHANT0000001"`, []string{long(15)}, []string{long(14), long(16)}, "size must be exactly 15"},
		{"originator.merchant.merchantName.name", `"Corner Shop"`, []string{long(23)}, []string{long(24)}, "size must be between 0 and 23"},
		{"originator.merchant.merchantName.city", `"Cape Town"`, []string{long(13)}, []string{long(14)}, "size must be between 0 and 13"},
		{"originator.merchant.merchantName.region", `"WC"`, []string{long(2)}, []string{long(3)}, "size must be between 0 and 2"},
		{"originator.merchant.merchantName.country", `"ZA"`, []string{long(2)}, []string{long(3)}, "size must be between 0 and 2"},
		{"originator.institution.name", `"Bank One"`, []string{long(40)}, []string{long(41)}, "size must be between 0 and 40"},
		{"slipData.slipWidth", `40`, []string{`0`}, []string{`"40"`, `4.5`, `1e1`}, "must be a whole number of 64 bits"},
		{"slipData.issuerReference", `"REF001"`, []string{`"A"`}, []string{`""`, `"ref"`, `"` + strings.Repeat("A", 41) + `"`},
			"must match [A-Z0-9]{1,40}"},
		{"slipData.messageLines[0].fontWidthScaleFactor", `1.0`, []string{`2`, `-0.5e3`}, []string{`"1"`, `true`}, "must be a number"},
		{"slipData.messageLines[0].line", `true`, []string{`false`}, []string{`"true"`, `1`}, "must be true or false"},
		{"tranType", `"GOODS_AND_SERVICES"`, quoted(transactionTypes), []string{`"goods_and_services"`, `""`}, list(transactionTypes)},
		{"srcAccType", `"DEFAULT"`, quoted(accountTypes), []string{`"PIGGY_BANK"`}, list(accountTypes)},
		{"destAccType", `"GIFT_CARD"`, quoted(accountTypes), []string{`"PIGGY_BANK"`}, list(accountTypes)},
		{"amounts.requestAmount.amount", `10000`, []string{`0`, `-1`, `9223372036854775807`}, []string{`9223372036854775808`, `1.0`, `1e2`,
			`"1"`}, "must be a whole number of 64 bits"},
		{"amounts.requestAmount.currency", `"710"`, []string{`710`}, []string{`"ZAR"`, `"0710"`, `7.1`}, "must match [0-9]{3}"},
		{"amounts.approvedAmount.ledgerIndicator", `"DEBIT"`, quoted(ledgerIndicators), []string{`"debit"`}, list(ledgerIndicators)},
		{"tenders[0].tenderType", `"CREDIT_CARD"`, quoted(tenderTypes), []string{`"SHELLS"`}, list(tenderTypes)},
		{"tenders[0].reference", `"slip-1"`, []string{long(40)}, []string{long(41)}, "size must be between 0 and 40"},
		{"voucher.expiryDate", `"2027-11-22T00:00:00Z"`, []string{`"2027-11-22"`}, []string{`"22/11/2027"`, `"2027-02-29"`},
			"must be an RFC 3339 date or date-time"},
		{"voucher.serialNumber", `"SN-42"`, []string{long(40)}, []string{long(41)}, "size must be between 0 and 40"},
		{"product.productId", `"GAME100"`, []string{`100`}, []string{`""`, `"a-b"`, `"` + strings.Repeat("A", 41) + `"`},
			"must match [0-9A-Za-z]{1,40}"},
		{"product.name", `"Game card"`, []string{long(1), long(40)}, []string{`""`, long(41)}, "size must be between 1 and 40"},
		{"product.isFixedValue", `false`, []string{`true`}, []string{`0`, `"false"`}, "must be true or false"},
		{"product.channelProductListings[0].channelName", `"app"`, []string{long(50)}, []string{long(51)}, "size must be between 0 and 50"},
		{"product.channelProductListings[0].productDisplayName", `"Game"`, []string{long(50)}, []string{long(51)},
			"size must be between 0 and 50"},
		{"product.channelProductListings[0].productDisplayCategory", `"Games"`, []string{long(50)}, []string{long(51)},
			"size must be between 0 and 50"},
		{"product.channelProductListings[0].productDisplaySortOrder", `1.5`, []string{`2`}, []string{`"2"`, `1e999`}, "must be a number"},
		{"recipient.firstName", `"Thandi"`, []string{long(40)}, []string{long(41)}, "size must be between 0 and 40"},
		{"recipient.lastName", `"Ndlovu"`, []string{long(40)}, []string{long(41)}, "size must be between 0 and 40"},
		{"recipient.address", `"1 Main Road"`, []string{long(80)}, []string{long(81)}, "size must be between 0 and 80"},
		{"recipient.addressDetails.addressLine1", `"1 Main Road"`, []string{long(100)}, []string{`""`, long(101)},
			"size must be between 1 and 100"},
		{"recipient.addressDetails.addressLine2", `"Flat 2"`, []string{long(100)}, []string{`""`, long(101)},
			"size must be between 1 and 100"},
		{"recipient.addressDetails.city", `"Cape Town"`, []string{long(30)}, []string{`""`, long(31)}, "size must be between 1 and 30"},
		{"recipient.addressDetails.region", `"WC"`, []string{`"AA"`}, []string{`"wc"`, `"WCX"`, `""`}, "must match [A-Z]{2}"},
		{"recipient.addressDetails.country", `"ZA"`, []string{`"AA"`}, []string{`"za"`, `"ZAF"`, `""`}, "must match [A-Z]{2}"},
		{"recipient.addressDetails.postalCode", `"8001"`, []string{`"SW1A 2AA"`, `"1-2"`}, []string{`""`, `"8_1"`,
			`"` + strings.Repeat("1", 21) + `"`}, "must match [A-Za-z0-9 -]{1,20}"},
		{"recipient.dateOfBirth", `"1990-01-31"`, []string{`"1990-01-31T00:00:00Z"`}, []string{`"1990-1-31"`},
			"must be an RFC 3339 date or date-time"},
		{"recipient.msisdn", `"+27821234567"`, []string{`"1"`, `123456789012345`}, []string{`""`, `"+"`, `"0821234567"`,
			`"1234567890123456"`, `"++1"`, `"+27 82"`}, `must match ^\+?[1-9]\d{0,14}`},
		{"paymentMethods[0].type", `"AN_32_TOKEN"`, nil, []string{`"BARTER"`}, list(paymentMethodTypes)},
		{"paymentMethods[0].proxy", `"27821234567"`, []string{long(40)}, []string{long(41)}, "size must be between 0 and 40"},
		{"paymentMethods[0].proxyType", `"MSISDN"`, quoted(proxyTypes), []string{`"PIGEON"`}, list(proxyTypes)},
	} {
		t.Run(rule.field, func(t *testing.T) {
			for _, value := range rule.good {
				if _, refused := DecodeProvisionRequest([]byte(withField(t, rule.field, rule.old, value))); refused != nil {
					t.Errorf("%s: %v", value, refused)
				}
			}
			for _, value := range rule.bad {
				_, refused := DecodeProvisionRequest([]byte(withField(t, rule.field, rule.old, value)))
				shown := strictjson.Cut(strings.Trim(value, `"`), maxValue)
				want := []FormatError{{Field: rule.field, Msg: rule.field + " " + rule.want, Value: shown}}
				if refused == nil {
					t.Errorf("%s was accepted", value)
				} else if diff := cmp.Diff(want, refused.List); diff != "" {
					t.Errorf("%s: %s", value, diff)
				}
			}
		})
	}
}

func TestSecretFieldsAreCheckedButNeverRepeated(t *testing.T) {
	for _, rule := range []struct {
		field, old, want string
		bad              []string
	}{
		{"tenders[0].cardNumber", `"411111******1111"`, "must match [0-9]{6}[0-9*]{0,13}", []string{`"4111"`, `"41111*"`, `"4111 1111"`,
			`"41111111111111111111"`}},
		{"voucher.code", `"SECRET-CODE-4711"`, "size must be between 0 and 40", []string{`"` + strings.Repeat("7", 41) + `"`}},
		{"voucher.code", `"SECRET-CODE-4711"`, "may not contain control characters", []string{`"47\n11"`, `"47\u000011"`}},
		{"voucher.code", `"SECRET-CODE-4711"`, "must be a string", []string{`["4711"]`, `true`, `{"a":"4711"}`}},
		{"voucher", `{"code":"SECRET-CODE-4711","expiryDate":"2027-11-22T00:00:00Z","redeemInstructions":` +
			`["Open the app\nEnter the code"],"serialNumber":"SN-42","pin":{"type":"CLEAR_PIN","pin":"90817"}}`,
			"must be an object", []string{`"4711"`, `4711`}},
		{"voucher.pin", `{"type":"CLEAR_PIN","pin":"90817"}`, "must be an object", []string{`"4711"`, `4711`, `["4711"]`}},
		{"voucher.pin.type", `"CLEAR_PIN"`, "must be one of CLEAR_PIN, ENCRYPTED_PIN, HASHED_PIN", []string{`"4711"`}},
		{"voucher.pin.pin", `"90817"`, "size must be between 0 and 20", []string{`"471147114711471147114"`}},
		{"paymentMethods[0].pin.pinBlock", `"0123456789abCDEF"`, "must match [a-fA-F0-9]{16}", []string{`"4711"`, `"0123456789abcdeg"`}},
		{"paymentMethods[0].pin.encryptionParameters.accountNumber", `"111111111111"`, "must match [0-9]{12}", []string{`"4711"`}},
		{"paymentMethods[2].pin.hash", `"0A1B2C3D"`, "must match [0-9A-F]{1,512}", []string{`"0a"`, `""`, `"4711x"`}},
	} {
		for _, value := range rule.bad {
			t.Run(rule.field+value, func(t *testing.T) {
				_, refused := DecodeProvisionRequest([]byte(withField(t, rule.field, rule.old, value)))
				want := &FormatErrors{ID: provisionID, List: []FormatError{{Field: rule.field, Msg: rule.field + " " + rule.want}}}
				if diff := cmp.Diff(want, refused); diff != "" {
					t.Error(diff)
				}
			})
		}
	}
}

func TestControlCharactersAreRefusedExceptLayoutInProse(t *testing.T) {
	for _, field := range []struct{ path, old, layout string }{
		{"basketRef", `"basket-9"`, "basketRef may not contain control characters"},
		{"client.id", `"bank-one"`, "client.id may not contain control characters"},
		{"recipient.emailAddress", `"thandi@example.com"`, "recipient.emailAddress may not contain control characters"},
		{"slipData.messageLines[0].text", `"Thank you\n\tCall again"`, ""},
		{"product.description", `"A game card <100> & more"`, ""},
		{"voucher.redeemInstructions[0]", `"Open the app\nEnter the code"`, ""},
	} {
		t.Run(field.path, func(t *testing.T) {
			_, refused := DecodeProvisionRequest([]byte(withField(t, field.path, field.old, `"a\nb\tc\r"`)))
			if got := strings.Join(messages(refused), ";"); got != field.layout {
				t.Errorf("layout: %q", got)
			}
			for _, control := range []string{`"a\u0000"`, `"\u001Fa"`, `"\u007f"`, `"\b"`} {
				_, refused := DecodeProvisionRequest([]byte(withField(t, field.path, field.old, control)))
				if got, want := strings.Join(messages(refused), ";"), field.path+" may not contain control characters"; got != want {
					t.Errorf("%s: %q", control, got)
				}
			}
		})
	}
}

func TestAPaymentMethodHasOnlyTheFieldsOfItsType(t *testing.T) {
	for _, test := range []struct{ method, want string }{
		{`{"type":"WALLET","walletId":"1"}`, ""},
		{`{"type":"WALLET","pan":"1"}`, "paymentMethods[0].pan is not a known property"},
		{`{"type":"BARTER","pan":"1"}`, "paymentMethods[0].type " + enumOfPaymentMethodTypes("")},
	} {
		body := edit(t, sample(t, "provision-request-typical.json"), `"stan"`, `"paymentMethods":[`+test.method+`],"stan"`)
		_, refused := DecodeProvisionRequest([]byte(body))
		if got := strings.Join(messages(refused), ";"); got != test.want {
			t.Errorf("%s: %q", test.method, got)
		}
	}
}

func TestAReversalReasonIsOneOfThree(t *testing.T) {
	body := sample(t, "basic-reversal.json")
	for _, reason := range reversalReasons {
		if _, refused := DecodeBasicReversal([]byte(edit(t, body, `"TIMEOUT"`, `"`+reason+`"`))); refused != nil {
			t.Error(refused)
		}
	}
	_, refused := DecodeBasicReversal([]byte(edit(t, body, `"TIMEOUT"`, `"BOREDOM"`)))
	if diff := cmp.Diff([]string{"reversalReason " + enumOfReversalReasons("")}, messages(refused)); diff != "" {
		t.Error(diff)
	}
}

func TestAnOffendingValueIsCutShort(t *testing.T) {
	_, refused := DecodeProvisionRequest([]byte(withField(t, "tranType", `"GOODS_AND_SERVICES"`, `"`+strings.Repeat("é", 999)+`"`)))
	if want := strings.Repeat("é", maxValue); refused.List[0].Value != want {
		t.Errorf("value %q", refused.List[0].Value)
	}
}

// withField gives the full request with one field's value replaced: the first of that name and value behind the
// path's outermost name.
func withField(t *testing.T, path, old, value string) string {
	t.Helper()
	body := sample(t, "provision-request.json")
	start := 0
	for step := range strings.SplitSeq(path, ".") {
		name, index, _ := strings.Cut(strings.TrimSuffix(step, "]"), "[")
		start += strings.Index(body[start:], `"`+name+`":`)
		if index == "2" {
			start += strings.Index(body[start:], `{"type":"CARD"`)
		}
	}
	return body[:start] + edit(t, body[start:], old, value)
}

func quoted(values []string) []string {
	list := make([]string, len(values))
	for i, value := range values {
		list[i] = `"` + value + `"`
	}
	return list
}

func TestTheWrongKindOfValueIsNamedWithoutRepeatingIt(t *testing.T) {
	for _, test := range []struct{ addition, want string }{
		{`"tenders":{"a":1}`, "tenders must be an array"},
		{`"tenders":"4711"`, "tenders must be an array"},
		{`"tenders":["4711"]`, "tenders[0] must be an object"},
		{`"settlementEntity":"4711"`, "settlementEntity must be an object"},
		{`"voucher":{"redeemInstructions":[{"a":"4711"}]}`, "voucher.redeemInstructions[0] must be a string"},
		{`"basketRef":true`, "basketRef must be a string"},
	} {
		body := edit(t, sample(t, "provision-request-typical.json"), `"stan"`, test.addition+`,"stan"`)
		_, refused := DecodeProvisionRequest([]byte(body))
		if got := strings.Join(messages(refused), ";"); got != test.want || strings.Contains(refused.List[0].Value, "4711") {
			t.Errorf("%s: %q, value %q", test.addition, got, refused.List[0].Value)
		}
	}
}

func TestAdditionalAmountsAreAnObjectOfPrintableNames(t *testing.T) {
	for _, test := range []struct{ amounts, want string }{
		{`{}`, ""},
		{`{"tip":{"amount":1,"currency":710}}`, ""},
		{`[]`, "amounts.additionalAmounts must be an object"},
		{`{"tip":1}`, "amounts.additionalAmounts.tip must be an object"},
		{`{"a\nb":{"amount":1,"currency":710}}`, `amounts.additionalAmounts."a\nb" may not contain control characters`},
	} {
		body := edit(t, sample(t, "provision-request-typical.json"), `"amounts":{`, `"amounts":{"additionalAmounts":`+test.amounts+`,`)
		_, refused := DecodeProvisionRequest([]byte(body))
		if got := strings.Join(messages(refused), ";"); got != test.want {
			t.Errorf("%s: %q", test.amounts, got)
		}
	}
}
