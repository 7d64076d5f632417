package suv

import (
	"cmp"

	"voucherswitch/adapters/exchange"
	"voucherswitch/adapters/suvwire"
	"voucherswitch/domain/voucher"
)

// meaning is what a status says about a provision. The zero value is in doubt.
type meaning int

const (
	unusable       meaning = iota // in doubt: an answer that no provider should give
	answered                      // in doubt: an error that does not tell
	approval                      // issued, if the body proves it
	decline                       // nothing was issued, with or without a body
	explainedError                // nothing was issued if an ErrorDetail says so, else as answered
)

// The tables are the wire contract's "Delivery to providers" and section 2. The first rule that fits decides; what fits
// none gets the zero value, the cautious one.
var (
	provisionRules = exchange.Rules[meaning]{
		exchange.On(200, 299, approval),
		exchange.On(408, 408, unusable),
		exchange.On(400, 499, decline),
		exchange.On(501, 501, decline),
		exchange.On(503, 503, explainedError),
		exchange.On(500, 599, answered),
	}
	reversalRules = exchange.Rules[voucher.AdviceOutcomeKind]{
		exchange.On(200, 299, voucher.AdviceAcknowledged),
		exchange.On(404, 404, voucher.AdviceNotFound),
		exchange.On(400, 400, voucher.AdviceRefused),
		exchange.On(410, 410, voucher.AdviceRefused),
		exchange.On(422, 422, voucher.AdviceRefused),
		exchange.On(501, 501, voucher.AdviceRefused),
		exchange.On(400, 499, voucher.AdviceDeferred),
	}
	confirmationRules = exchange.Rules[voucher.AdviceOutcomeKind]{
		exchange.On(200, 299, voucher.AdviceAcknowledged),
		exchange.On(400, 400, voucher.AdviceRefused),
		exchange.On(404, 404, voucher.AdviceRefused),
		exchange.On(410, 410, voucher.AdviceRefused),
		exchange.On(422, 422, voucher.AdviceRefused),
		exchange.On(501, 501, voucher.AdviceRefused),
		exchange.On(400, 499, voucher.AdviceDeferred),
	}
)

func outcomeOf(asked voucher.Attempt, got exchange.Answer) voucher.Outcome {
	reason, explained := declineIn(got.Body)
	switch provisionRules.Meaning(got.Status) {
	case approval:
		return approvalIn(asked, got.Body)
	case decline:
		return voucher.DeclinedOrInDoubt(true, reason)
	case explainedError:
		return voucher.DeclinedOrInDoubt(explained, reason)
	case answered:
		return voucher.DeclinedOrInDoubt(false, reason)
	case unusable:
		return voucher.Broken()
	default:
		return voucher.Broken()
	}
}

// approvalIn is strict (lifecycle rule 6): a body that does not prove the voucher leaves the provision in doubt.
func approvalIn(asked voucher.Attempt, body []byte) voucher.Outcome {
	m, refused := suvwire.DecodeProvisionResponse(body)
	if refused != nil {
		return voucher.Broken()
	}
	return voucher.Approve(asked, voucher.NewTransactionID(m.ID), voucher.Approval{
		Voucher: m.Voucher.Domain(), Amounts: m.Amounts.Domain(), Product: m.Product.Domain(),
		Identifiers: suvwire.IdentifiersDomain(m.ThirdPartyIdentifiers), Slip: m.SlipData.Domain(),
	})
}

// declineIn is the provider's reason, and whether it gave a valid ErrorDetail of a type that the interface knows. Its
// own provider's code and words come before its own: the switch may stand in front of another one.
func declineIn(body []byte) (reason voucher.Decline, explained bool) {
	m, refused := suvwire.DecodeErrorDetail(body)
	if refused != nil {
		return voucher.Decline{}, false
	}
	var known voucher.DeclineType
	if m.ErrorType.IsKnown() {
		known = voucher.DeclineType(m.ErrorType)
	}
	return voucher.Decline{
		Type: known, Message: m.ErrorMessage,
		ProviderCode:    cmp.Or(m.ProviderErrorCode, string(m.ErrorType)),
		ProviderMessage: cmp.Or(m.ProviderErrorMessage, m.ErrorMessage),
	}, known != ""
}

func adviceOutcomeOf(a voucher.Advice, got exchange.Answer) voucher.AdviceOutcome {
	rules := reversalRules
	if a.Kind == voucher.Confirmation {
		rules = confirmationRules
	}
	outcome := voucher.AdviceOutcome{Kind: rules.Meaning(got.Status)}
	switch outcome.Kind {
	case voucher.AdviceAcknowledged:
		echo, refused := suvwire.DecodeAdviceResponse(got.Body)
		if refused == nil && voucher.NewTransactionID(echo.RequestID) == a.Transaction {
			outcome.Identifiers = suvwire.IdentifiersDomain(echo.ThirdPartyIdentifiers)
		}
	case voucher.AdviceRefused:
		outcome.Decline, _ = declineIn(got.Body)
	case voucher.AdviceUnanswered, voucher.AdviceDeferred, voucher.AdviceNotFound:
	}
	return outcome
}
