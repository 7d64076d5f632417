package kiosk

import (
	"slices"

	"voucherswitch/adapters/exchange"
	"voucherswitch/adapters/strictjson"
	"voucherswitch/adapters/suvwire"
	"voucherswitch/domain/voucher"
)

// meaning is what a status says about a sale. The zero value is in doubt.
type meaning int

const (
	unusable       meaning = iota // in doubt: an answer that the vendor should not give
	answered                      // in doubt: an error that does not tell
	approval                      // generated, if the body proves it
	decline                       // nothing was generated, with or without a body
	explainedError                // nothing was generated if a code of the table says so, else as answered
)

// condition is what the body must say, so that an advice's status means what the rule says.
type condition int

const (
	always    condition = iota
	proved              // the changed voucher itself
	explained           // one of the vendor's errors, of whatever code
	unknown             // the vendor's error that it does not know the reference
)

// verdict is what a status says about an advice: means, if the condition holds, else otherwise.
type verdict struct {
	means     voucher.AdviceOutcomeKind
	condition condition
	otherwise voucher.AdviceOutcomeKind
}

var (
	acknowledged = verdict{voucher.AdviceAcknowledged, proved, voucher.AdviceUnanswered}
	notFound     = verdict{voucher.AdviceNotFound, unknown, voucher.AdviceDeferred}
	noSuchSale   = verdict{voucher.AdviceRefused, unknown, voucher.AdviceDeferred}
	refusal      = verdict{voucher.AdviceRefused, explained, voucher.AdviceDeferred}
	later        = verdict{means: voucher.AdviceDeferred}
)

// The tables are the vendor's document. The first rule that fits decides; what fits none gets the zero value, the
// cautious one. 409 tells that the reference is used, which only a replay of our one request can be: never a no. A 404
// that does not come from the vendor's own service (a wrong path, a proxy) says nothing about a sale.
var (
	saleRules = exchange.Rules[meaning]{
		exchange.On(200, 299, approval),
		exchange.On(408, 408, unusable),
		exchange.On(409, 409, answered),
		exchange.On(400, 499, decline),
		exchange.On(503, 503, explainedError),
		exchange.On(500, 599, answered),
	}
	reversalRules     = adviceRules(notFound)
	confirmationRules = adviceRules(noSuchSale)
)

func adviceRules(on404 verdict) exchange.Rules[verdict] {
	return exchange.Rules[verdict]{
		exchange.On(200, 299, acknowledged),
		exchange.On(404, 404, on404),
		exchange.On(400, 400, refusal),
		exchange.On(409, 410, refusal),
		exchange.On(422, 422, refusal),
		exchange.On(400, 499, later),
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
	reason, _ := declineIn(got.Body)
	switch saleRules.Meaning(got.Status) {
	case approval:
		return approvalIn(asked, asks, got.Body)
	case decline:
		return voucher.DeclinedOrInDoubt(true, reason)
	case explainedError:
		return voucher.DeclinedOrInDoubt(reason.Type != "", reason)
	case answered:
		return voucher.DeclinedOrInDoubt(false, reason)
	case unusable:
		return voucher.Broken()
	default:
		return voucher.Broken()
	}
}

// approvalIn is strict (lifecycle rule 6): every field of the vendor's yes must say what was asked for.
func approvalIn(asked voucher.Attempt, asks sale, body []byte) voucher.Outcome {
	yes, err := readSold(body)
	amount, inexact := yes.amount.money()
	if err != nil || inexact != nil || yes.voucherID == "" || yes.sku != asks.SKU || yes.status != generated ||
		!yes.isDeliverable() {
		return voucher.Broken()
	}
	return voucher.Approve(asked, voucher.NewTransactionID(yes.reference), voucher.Approval{
		Voucher: voucher.Voucher{Code: yes.pin, SerialNumber: yes.serial, ExpiryDate: yes.expires},
		Amounts: voucher.Amounts{Approved: voucher.LedgerAmount{Amount: amount}},
		Product: voucher.Product{ID: asked.Order.Product},
		Identifiers: []voucher.ThirdPartyIdentifier{
			{InstitutionID: asked.Receiver.ID, TransactionIdentifier: yes.voucherID},
		},
	})
}

// declineIn is the vendor's reason, and whether it gave one.
func declineIn(body []byte) (reason voucher.Decline, explained bool) {
	p, err := readProblem(body)
	if err != nil || p.code == "" {
		return voucher.Decline{}, false
	}
	words := strictjson.Cut(p.message, suvwire.MaxErrorMessage)
	return voucher.Decline{
		Type: voucher.DeclineType(codes[p.code]), Message: words, ProviderCode: p.code, ProviderMessage: words,
	}, true
}

func (c *Client) adviceOutcomeOf(a voucher.Advice, got exchange.Answer) voucher.AdviceOutcome {
	rules := reversalRules
	if a.Kind == voucher.Confirmation {
		rules = confirmationRules
	}
	reason, isError := declineIn(got.Body)
	yes, err := readChanged(got.Body)
	isProof := err == nil && voucher.NewTransactionID(yes.reference) == a.Transaction && yes.status == changeOf(a).Status
	says := rules.Meaning(got.Status)
	holds := map[condition]bool{
		always: true, proved: isProof, explained: isError,
		unknown: reason.Type == voucher.DeclineType(suvwire.UnableToLocateRecord),
	}[says.condition]
	if !holds {
		return voucher.AdviceOutcome{Kind: says.otherwise}
	}
	outcome := voucher.AdviceOutcome{Kind: says.means}
	switch says.means {
	case voucher.AdviceAcknowledged:
		outcome.Identifiers = c.identified(a, yes.voucherID)
	case voucher.AdviceRefused:
		outcome.Decline = reason
	case voucher.AdviceUnanswered, voucher.AdviceDeferred, voucher.AdviceNotFound:
	}
	return outcome
}

// identified are the parties' references with the vendor's own among them.
func (c *Client) identified(a voucher.Advice, voucherID string) []voucher.ThirdPartyIdentifier {
	own := voucher.ThirdPartyIdentifier{InstitutionID: c.options.Institution, TransactionIdentifier: voucherID}
	if voucherID == "" || slices.ContainsFunc(a.Identifiers, func(i voucher.ThirdPartyIdentifier) bool {
		return i.TransactionIdentifier == voucherID
	}) {
		return a.Identifiers
	}
	others := slices.DeleteFunc(slices.Clone(a.Identifiers), func(i voucher.ThirdPartyIdentifier) bool {
		return i.InstitutionID == own.InstitutionID
	})
	return append(others, own)
}
