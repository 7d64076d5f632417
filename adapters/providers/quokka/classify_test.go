package quokka

import (
	"testing"

	"voucherswitch/adapters/exchange"
	"voucherswitch/domain/money"
	"voucherswitch/domain/voucher"
	"voucherswitch/test/contract"
)

const (
	reference = "7c1f5a0e-3f6b-4d3a-9f52-0d5f6b0f6a11" // fact: our reference in the sample of a sale
	product   = "CINEMA50"                             // fact: the product in the sample of a sale
	amount    = "50.00"                                // fact: the amount in the sample of a sale, as a decimal
	currency  = "ZAR"                                  // fact: the currency in the sample of a sale, of three letters
	code      = "QK-4410-9925-3371"                    // fact: the voucher's code in the sample of a sale
	reason    = "INSUFFICIENT_FUNDS"                   // fact: the reason in the sample of an error, in the switch's words

	saleStatus     = 201 // fact: the status of the sample of a sale
	errorStatus    = 400 // fact: the status of the sample of an error
	reversalStatus = 200 // fact: the status of the sample of a reversal
)

var account = exchange.Account{Institution: "99999999"}

func asked() voucher.Attempt {
	number, _ := money.CurrencyOf(currency)
	price, _ := money.ParseDecimal(amount, number)
	return voucher.Attempt{Order: voucher.Order{
		ID: voucher.NewTransactionID(reference), Product: product,
		Amounts: voucher.Amounts{Request: voucher.LedgerAmount{Amount: price}},
	}}
}

func TestTheVendorsSampleOfASaleIsUnderstood(t *testing.T) {
	body := contract.Sample(t, "testdata/sale.json")
	got := outcomeOf(account, asked(), exchange.Answer{Status: saleStatus, Body: body})
	if got.Kind != voucher.OutcomeApproved || got.Approval.Voucher.Code.Reveal() != code {
		t.Errorf("outcome %v with doubt %v", got.Kind, got.Doubt)
	}
}

func TestTheVendorsSampleOfAnErrorIsUnderstood(t *testing.T) {
	body := contract.Sample(t, "testdata/error.json")
	got := outcomeOf(account, asked(), exchange.Answer{Status: errorStatus, Body: body})
	if got.Kind != voucher.OutcomeDeclined || got.Decline.Type != reason {
		t.Errorf("outcome %v, decline %+v", got.Kind, got.Decline)
	}
}

func TestTheVendorsSampleOfAReversalIsUnderstood(t *testing.T) {
	body := contract.Sample(t, "testdata/reversal.json")
	a := voucher.Advice{Transaction: asked().Order.ID, Kind: voucher.Reversal}
	got := adviceOutcomeOf(account, a, exchange.Answer{Status: reversalStatus, Body: body})
	if got.Kind != voucher.AdviceAcknowledged || len(got.Identifiers) != 1 {
		t.Errorf("outcome %v with %v", got.Kind, got.Identifiers)
	}
}

func TestEveryRuleCanBeReached(t *testing.T) {
	contract.Reachable(t, saleRules, adviceRules[voucher.Reversal], adviceRules[voucher.Confirmation])
}
