package quokka

import (
	"voucherswitch/adapters/exchange"
	"voucherswitch/adapters/strictjson"
	"voucherswitch/adapters/suvwire"
	"voucherswitch/domain/voucher"
)

// The tables are the vendor's document. The first rule that fits decides; what fits none gets the zero value, the
// cautious one: a sale is in doubt, an advice is repeated.
var (
	saleRules = exchange.Rules[exchange.Meaning]{
		exchange.On(409, 409, exchange.Replay),   // fact: the statuses of a sale that it knows already; may be a 2xx
		exchange.On(200, 299, exchange.Approval), // fact: the statuses of a sale that is made now
		exchange.On(408, 408, exchange.Unusable),
		exchange.On(400, 499, exchange.Decline),  // fact: the statuses that tell for certain that nothing was issued
		exchange.On(400, 599, exchange.Answered), // fact: the errors that do not tell, such as any 4xx it does not explain
	}
	adviceRules = map[voucher.AdviceKind]exchange.Rules[exchange.Verdict]{
		voucher.Reversal: {
			exchange.On(200, 299, exchange.Acknowledged),
			exchange.On(404, 404, exchange.NotFound), // fact: the statuses of a reversal whose sale the vendor does not know
			exchange.On(422, 422, exchange.Refused),  // fact: the statuses of a reversal that is refused for good
			exchange.On(400, 499, exchange.Later),
		},
		voucher.Confirmation: {
			exchange.On(200, 299, exchange.Acknowledged),
			exchange.On(404, 404, exchange.NoSuchSale), // fact: those of a confirmation whose sale it does not know
			exchange.On(422, 422, exchange.Refused),    // fact: the statuses of a confirmation that is refused for good
			exchange.On(400, 499, exchange.Later),
		},
	}
)

// codes are the vendor's reasons in the wire contract's words. Any other is shown to the channel as it is.
var codes = map[string]suvwire.ErrorType{
	"SOLD_ALREADY": suvwire.DuplicateRecord,        // fact: its code for a sale that it knows already
	"NO_SUCH_SALE": suvwire.UnableToLocateRecord,   // fact: its code for a sale that it does not know
	"SPENT":        suvwire.VoucherAlreadyRedeemed, // fact: its code for a voucher that is spent
	"NO_FUNDS":     suvwire.InsufficientFunds,      // fact: its code for an account of ours that is empty
	"BAD_AMOUNT":   suvwire.InvalidAmount,          // fact: its code for an amount that it does not sell
	"BAD_KEY":      suvwire.AuthenticationError,    // fact: its code for credentials that it does not know
}

func outcomeOf(account exchange.Account, asked voucher.Attempt, got exchange.Answer) voucher.Outcome {
	yes := func(body []byte) voucher.Outcome { return approvalIn(account, asked, readSold(body)) }
	return exchange.Outcome(saleRules.Meaning(got.Status), got, declineIn(got.Body), yes)
}

// approvalIn is strict (lifecycle rule 6): every field of the vendor's yes must say what was asked for.
func approvalIn(account exchange.Account, asked voucher.Attempt, yes sold) voucher.Outcome {
	if !yes.readable || yes.state != soldState || yes.product != asked.Order.Product ||
		yes.amount != asked.Price().Amount || !suvwire.IsDeliverable(yes.voucher, yes.receipt) {
		return voucher.Broken()
	}
	return voucher.Approve(asked, yes.id, voucher.Approval{
		Voucher: yes.voucher, Product: voucher.Product{ID: yes.product},
		Amounts:     voucher.Amounts{Approved: voucher.LedgerAmount{Amount: yes.amount}},
		Identifiers: []voucher.ThirdPartyIdentifier{account.Reference(yes.receipt)},
	})
}

// declineIn is the vendor's reason, zero if it gave none.
func declineIn(body []byte) voucher.Decline {
	no := readProblem(body)
	if no.code == "" {
		return voucher.Decline{}
	}
	words := strictjson.Cut(no.words, suvwire.MaxErrorMessage)
	return voucher.Decline{
		Type: voucher.DeclineType(codes[no.code]), Message: words, ProviderCode: no.code, ProviderMessage: words,
	}
}

func adviceOutcomeOf(account exchange.Account, a voucher.Advice, got exchange.Answer) voucher.AdviceOutcome {
	yes := readSold(got.Body)
	return exchange.AdviceOutcome(adviceRules[a.Kind].Meaning(got.Status), a, exchange.Said{
		Sale:   yes.readable && yes.id == a.Transaction && yes.state == states[a.Kind],
		Reason: declineIn(got.Body), Reference: account.Reference(yes.receipt),
	})
}
