package suv

import (
	"testing"

	"voucherswitch/adapters/exchange"
	"voucherswitch/domain/voucher"
	"voucherswitch/test/contract"
)

func TestWhatAnErrorSaysCountsHoweverItIsWritten(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		body   string
		want   voucher.Outcome
	}{
		"a replay whose id is no UUID is in doubt": {409,
			`{"id":"7","errorType":"DUPLICATE_RECORD","errorMessage":"dup"}`,
			voucher.Outcome{Doubt: voucher.DoubtAnswered, Decline: voucher.Decline{
				Type: "DUPLICATE_RECORD", Message: "dup", ProviderCode: "DUPLICATE_RECORD", ProviderMessage: "dup"}}},
		"a replay told in the provider's own code is in doubt": {400,
			`{"errorType":"DO_NOT_HONOUR","errorMessage":"no","providerErrorCode":"voucher_already_provisioned"}`,
			voucher.Outcome{Doubt: voucher.DoubtAnswered, Decline: voucher.Decline{
				Type: "DO_NOT_HONOUR", Message: "no", ProviderCode: "voucher_already_provisioned", ProviderMessage: "no"}}},
		"a type of its own is kept as its code": {400,
			`{"errorType":"CARD_EXPIRED","errorMessage":"expired"}`,
			voucher.Outcome{Kind: voucher.OutcomeDeclined, Decline: voucher.Decline{
				Message: "expired", ProviderCode: "CARD_EXPIRED", ProviderMessage: "expired"}}},
		"a type of its own explains no 503": {503,
			`{"errorType":"RESTING","errorMessage":"later"}`,
			voucher.Outcome{Doubt: voucher.DoubtAnswered, Decline: voucher.Decline{
				Message: "later", ProviderCode: "RESTING", ProviderMessage: "later"}}},
	} {
		got := outcomeOf(voucher.Attempt{}, exchange.Answer{Status: c.status, Body: []byte(c.body)})
		if got.Kind != c.want.Kind || got.Doubt != c.want.Doubt || got.Decline != c.want.Decline {
			t.Errorf("%s: got %+v, want %+v", name, got, c.want)
		}
	}
}

func TestEveryRuleCanBeReached(t *testing.T) {
	contract.Reachable(t, provisionRules, reversalRules, confirmationRules)
}
