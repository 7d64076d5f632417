package gormstore

import (
	"fmt"

	"voucherswitch/domain/voucher"
)

// The codes stand in the database for ever: a name may change in the domain, never here.
var (
	factCodes = map[voucher.Fact]string{
		voucher.FactOrdered:             "ordered",
		voucher.FactApproved:            "approved",
		voucher.FactSecondVoucher:       "second_voucher",
		voucher.FactDeclined:            "declined",
		voucher.FactNotSent:             "not_sent",
		voucher.FactInDoubt:             "in_doubt",
		voucher.FactLapsed:              "lapsed",
		voucher.FactConfirm:             "confirm",
		voucher.FactConfirmOnBehalf:     "confirm_on_behalf",
		voucher.FactReverse:             "reverse",
		voucher.FactReversalSettled:     "reversal_settled",
		voucher.FactReversalRefused:     "reversal_refused",
		voucher.FactConfirmationSettled: "confirmation_settled",
		voucher.FactConfirmationRefused: "confirmation_refused",
		voucher.FactFoundIssued:         "found_issued",
		voucher.FactFoundUndone:         "found_undone",
		voucher.FactCaseClosed:          "case_closed",
		voucher.FactHastened:            "hastened",
	}
	// Absent is never written.
	//exhaustive:ignore
	stateCodes = map[voucher.State]string{
		voucher.Sending:     "sending",
		voucher.Provisioned: "provisioned",
		voucher.Declined:    "declined",
		voucher.NotSent:     "not_sent",
		voucher.Confirmed:   "confirmed",
		voucher.Reversing:   "reversing",
		voucher.Reversed:    "reversed",
		voucher.Parked:      "parked",
		voucher.Barred:      "barred",
	}
	questionCodes = map[voucher.Question]string{
		voucher.NoQuestion:         "",
		voucher.OutcomeUnknown:     "outcome_unknown",
		voucher.CannotReverse:      "cannot_reverse",
		voucher.ReversalRefused:    "reversal_refused",
		voucher.ConfirmationDenied: "confirmation_denied",
		voucher.UnexpectedVoucher:  "unexpected_voucher",
		voucher.SecondVoucher:      "second_voucher",
		voucher.ConfirmedReversed:  "confirmed_reversed",
	}
	adviceCodes = map[voucher.AdviceKind]string{
		voucher.Reversal:     "reversal",
		voucher.Confirmation: "confirmation",
	}
	messagingCodes = map[voucher.Messaging]string{
		voucher.SingleMessaging: "single",
		voucher.DualMessaging:   "dual",
	}
	outcomeCodes = map[voucher.OutcomeKind]string{
		voucher.OutcomeInDoubt:  "in_doubt",
		voucher.OutcomeApproved: "approved",
		voucher.OutcomeDeclined: "declined",
		voucher.OutcomeNotSent:  "not_sent",
	}
	doubtCodes = map[voucher.Doubt]string{
		voucher.DoubtBroken:   "broken",
		voucher.DoubtTimedOut: "timed_out",
		voucher.DoubtAnswered: "answered",
	}
	responseCodes = map[voucher.AdviceOutcomeKind]string{
		voucher.AdviceUnanswered:   "unanswered",
		voucher.AdviceAcknowledged: "acknowledged",
		voucher.AdviceNotFound:     "not_found",
		voucher.AdviceRefused:      "refused",
		voucher.AdviceDeferred:     "deferred",
	}

	factsOf      = inverse(factCodes)
	statesOf     = inverse(stateCodes)
	questionsOf  = inverse(questionCodes)
	advicesOf    = inverse(adviceCodes)
	messagingsOf = inverse(messagingCodes)
	outcomesOf   = inverse(outcomeCodes)
	doubtsOf     = inverse(doubtCodes)
	responsesOf  = inverse(responseCodes)
)

func inverse[V comparable](codes map[V]string) map[string]V {
	values := make(map[string]V, len(codes))
	for value, code := range codes {
		values[code] = value
	}
	return values
}

// mapper looks codes up and remembers the first that is missing, so that a mapping reads as a list of fields.
type mapper struct{ err error }

func look[K, V comparable](m *mapper, table map[K]V, key K) V {
	value, ok := table[key]
	if !ok && m.err == nil {
		m.err = fmt.Errorf("no code for the %T %v", key, key)
	}
	return value
}
