package suv

import (
	"cmp"

	"voucherswitch/adapters/exchange"
	"voucherswitch/adapters/suvwire"
	"voucherswitch/domain/voucher"
)

// The tables are the wire contract's "Delivery to providers" and section 2. The first rule that fits decides; what fits
// none gets the zero value, the cautious one.
var (
	provisionRules = exchange.Rules[exchange.Meaning]{
		exchange.On(200, 299, exchange.Approval),
		exchange.On(408, 408, exchange.Unusable),
		exchange.On(400, 499, exchange.Decline),
		exchange.On(501, 501, exchange.Decline),
		exchange.On(503, 503, exchange.ExplainedError),
		exchange.On(500, 599, exchange.Answered),
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
	says, reason := provisionRules.Meaning(got.Status), voucher.Decline{}
	if says != exchange.Approval {
		reason = declineIn(got.Body)
	}
	return exchange.Outcome(says, got, reason, func(body []byte) voucher.Outcome {
		return approvalIn(asked, body)
	})
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

// declineIn is the provider's reason, zero if it gave no valid ErrorDetail, and without a type if that is none that the
// interface knows. Its own provider's code and words come before its own: the switch may stand in front of another one.
func declineIn(body []byte) voucher.Decline {
	m, refused := suvwire.DecodeErrorDetail(body)
	if refused != nil {
		return voucher.Decline{}
	}
	var known voucher.DeclineType
	if m.ErrorType.IsKnown() {
		known = voucher.DeclineType(m.ErrorType)
	}
	return voucher.Decline{
		Type: known, Message: m.ErrorMessage,
		ProviderCode:    cmp.Or(m.ProviderErrorCode, string(m.ErrorType)),
		ProviderMessage: cmp.Or(m.ProviderErrorMessage, m.ErrorMessage),
	}
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
		outcome.Decline = declineIn(got.Body)
	case voucher.AdviceUnanswered, voucher.AdviceDeferred, voucher.AdviceNotFound:
	}
	return outcome
}
