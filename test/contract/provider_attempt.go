package contract

import (
	"testing"
	"time"

	"voucherswitch/domain/money"
	"voucherswitch/domain/voucher"
)

func providerOutcome(t *testing.T, name string, got, want voucher.Outcome) {
	t.Helper()
	if got.Kind != want.Kind || got.Doubt != want.Doubt {
		t.Errorf("%s: %s, want %s", name, saleWords(got), saleWords(want))
	}
}

// ProviderReplayed is what an answer means that tells of a sale which the vendor knows already: in doubt, by a vendor
// that is well.
func ProviderReplayed() voucher.Outcome {
	return voucher.DeclinedOrInDoubt(true, voucher.Decline{Type: "DUPLICATE_RECORD"})
}

// providerAttempt asks for ProviderProduct at 100.00 rand, with ten seconds to send it.
func providerAttempt() voucher.Attempt {
	rand := voucher.LedgerAmount{Amount: money.New(10000, "710")}
	return voucher.Attempt{
		Order: voucher.Order{
			ID: providerID, Time: "2026-11-22T10:15:30.123+02:00", Product: ProviderProduct,
			Client:           voucher.Institution{ID: "22222222", Name: "TransAcquire Co"},
			SettlementEntity: voucher.Institution{ID: "33333333", Name: "TransactionsRUs"},
			Amounts:          voucher.Amounts{Request: rand}, Message: voucher.NewSecret(providerMessage),
			Identifiers: []voucher.ThirdPartyIdentifier{{InstitutionID: "22222222", TransactionIdentifier: "t-1"}},
		},
		Receiver:  voucher.Institution{ID: ProviderInstitution, Name: "MobiTalk"},
		Reference: "our-reference",
		SendBy:    time.Now().Add(10 * time.Second),
	}
}

// providerMessage is what the channel wrote.
const providerMessage = `{"id": "7C1F5A0E-3F6B-4D3A-9F52-0D5F6B0F6A11", "time": "2026-11-22T10:15:30.123+02:00",
	"originator": {"institution": {"id": "22222222", "name": "TransAcquire Co"}, "terminalId": "TERM0001",
		"merchant": {"merchantType": "5411", "merchantId": "MERCHANT0000001", "merchantName":
			{"name": "Corner Shop", "city": "Cape Town", "region": "WC", "country": "ZA"}}},
	"client": {"id": "22222222", "name": "TransAcquire Co"},
	"thirdPartyIdentifiers": [{"institutionId": "22222222", "transactionIdentifier": "t-1"}],
	"amounts": {"requestAmount": {"amount": 10000, "currency": "710"}}, "product": {"productId": "GAME100"},
	"recipient": {"msisdn": "+27821234567"}}`
