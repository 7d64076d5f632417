package trial

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"voucherswitch/domain/voucher"
)

// saleWords tell what an answer to a sale means, and nothing of the voucher but which parts it has.
func saleWords(o voucher.Outcome, timeout time.Duration) string {
	switch o.Kind {
	case voucher.OutcomeApproved:
		return "approved, with " + strings.Join(parts(o.Approval), ", ")
	case voucher.OutcomeDeclined:
		return "declined" + reasonWords(o.Decline)
	case voucher.OutcomeNotSent:
		return "not sent"
	case voucher.OutcomeInDoubt:
		switch o.Doubt {
		case voucher.DoubtTimedOut:
			return fmt.Sprintf("in doubt: no whole answer within %s", timeout)
		case voucher.DoubtAnswered:
			return "in doubt: an error that does not tell" + reasonWords(o.Decline)
		case voucher.DoubtBroken:
		}
		return "in doubt: the line broke, or the answer is not whole and valid, or of another id, product or amount"
	}
	return "in doubt"
}

func parts(a voucher.Approval) (parts []string) {
	for name, there := range map[string]bool{
		"a code": !a.Voucher.Code.IsZero(), "a PIN": !a.Voucher.PIN.IsZero(),
		"a serial number": a.Voucher.SerialNumber != "", "an expiry date": a.Voucher.ExpiryDate != "",
		"references": len(a.Identifiers) > 0, "a slip": !a.Slip.IsZero(),
	} {
		if there {
			parts = append(parts, name)
		}
	}
	slices.Sort(parts)
	return parts
}

// reasonWords are the vendor's reason, as the adapter understands it.
func reasonWords(d voucher.Decline) string {
	if d == (voucher.Decline{}) {
		return ", without a reason"
	}
	return fmt.Sprintf(": %s (%s)", cmp.Or(string(d.Type), "a reason of the vendor's own"),
		cmp.Or(strings.TrimSpace(d.ProviderCode+" "+d.ProviderMessage), d.Message))
}

func adviceWords(o voucher.AdviceOutcome) string {
	switch o.Kind {
	case voucher.AdviceAcknowledged:
		return "acknowledged"
	case voucher.AdviceNotFound:
		return "not found"
	case voucher.AdviceRefused:
		return "refused" + reasonWords(o.Decline)
	case voucher.AdviceDeferred:
		return "answered with a 4xx that is not final: the switch would repeat it"
	case voucher.AdviceUnanswered:
	}
	return "no answer, or none of use: the switch would repeat it"
}
