package kiosk

import (
	"voucherswitch/adapters/exchange"
	"voucherswitch/adapters/strictjson"
	"voucherswitch/adapters/suvwire"
	"voucherswitch/domain/voucher"
)

// The tables are the vendor's document. The first rule that fits decides; what fits none gets the zero value, the
// cautious one. 409 tells that the reference is used, which only a replay of our one request can be: never a no. A 404
// that does not come from the vendor's own service (a wrong path, a proxy) says nothing about a sale.
var (
	saleRules = exchange.Rules[exchange.Meaning]{
		exchange.On(200, 299, exchange.Approval),
		exchange.On(408, 408, exchange.Unusable),
		exchange.On(409, 409, exchange.Replay),
		exchange.On(400, 499, exchange.Decline),
		exchange.On(503, 503, exchange.ExplainedError),
		exchange.On(500, 599, exchange.Answered),
	}
	reversalRules     = adviceRules(exchange.NotFound)
	confirmationRules = adviceRules(exchange.NoSuchSale)
)

func adviceRules(on404 exchange.Verdict) exchange.Rules[exchange.Verdict] {
	return exchange.Rules[exchange.Verdict]{
		exchange.On(200, 299, exchange.Acknowledged),
		exchange.On(404, 404, on404),
		exchange.On(400, 400, exchange.Refused),
		exchange.On(409, 410, exchange.Refused),
		exchange.On(422, 422, exchange.Refused),
		exchange.On(400, 499, exchange.Later),
	}
}

// codes are the vendor's reasons in the wire contract's words. Any other is shown to the channel as it is.
var codes = map[string]suvwire.ErrorType{
	"KD-1001": suvwire.FormatErrorType,
	"KD-1002": suvwire.AuthenticationError,
	"KD-1004": suvwire.RoutingError,
	"KD-1009": suvwire.DuplicateRecord, // sold under this reference already
	"KD-1020": suvwire.InvalidAmount,
	"KD-1042": suvwire.InsufficientFunds,
	"KD-1050": suvwire.LimitExceeded,
	"KD-1099": suvwire.DoNotHonour,
	"KD-2004": suvwire.UnableToLocateRecord,
	"KD-2010": suvwire.VoucherAlreadyConfirmed,
	"KD-2011": suvwire.VoucherAlreadyReversed,
	"KD-2012": suvwire.VoucherAlreadyRedeemed,
	"KD-9000": suvwire.GeneralError,
	"KD-9003": suvwire.UpstreamUnavailable,
}

func outcomeOf(asked voucher.Attempt, asks sale, got exchange.Answer) voucher.Outcome {
	return exchange.Outcome(saleRules.Meaning(got.Status), got, declineIn(got.Body), func(body []byte) voucher.Outcome {
		return approvalIn(asked, asks, body)
	})
}

// approvalIn is strict (lifecycle rule 6): every field of the vendor's yes must say what was asked for.
func approvalIn(asked voucher.Attempt, asks sale, body []byte) voucher.Outcome {
	yes, err := readSold(body)
	amount, inexact := yes.amount.money()
	v := voucher.Voucher{Code: yes.pin, SerialNumber: yes.serial, ExpiryDate: yes.expires}
	if err != nil || inexact != nil || yes.voucherID == "" || yes.sku != asks.SKU || yes.status != generated ||
		!suvwire.IsDeliverable(v, yes.voucherID) {
		return voucher.Broken()
	}
	return voucher.Approve(asked, voucher.NewTransactionID(yes.reference), voucher.Approval{
		Voucher: v,
		Amounts: voucher.Amounts{Approved: voucher.LedgerAmount{Amount: amount}},
		Product: voucher.Product{ID: asked.Order.Product},
		Identifiers: []voucher.ThirdPartyIdentifier{
			{InstitutionID: asked.Receiver.ID, TransactionIdentifier: yes.voucherID},
		},
	})
}

// declineIn is the vendor's reason, zero if it gave none.
func declineIn(body []byte) voucher.Decline {
	p, err := readProblem(body)
	if err != nil || p.code == "" {
		return voucher.Decline{}
	}
	words := strictjson.Cut(p.message, suvwire.MaxErrorMessage)
	return voucher.Decline{
		Type: voucher.DeclineType(codes[p.code]), Message: words, ProviderCode: p.code, ProviderMessage: words,
	}
}

func (c *Client) adviceOutcomeOf(a voucher.Advice, got exchange.Answer) voucher.AdviceOutcome {
	rules := reversalRules
	if a.Kind == voucher.Confirmation {
		rules = confirmationRules
	}
	yes, err := readChanged(got.Body)
	return exchange.AdviceOutcome(rules.Meaning(got.Status), a, exchange.Said{
		Sale:   err == nil && voucher.NewTransactionID(yes.reference) == a.Transaction && yes.status == changeOf(a).Status,
		Reason: declineIn(got.Body), Reference: c.account.Reference(yes.voucherID),
	})
}
