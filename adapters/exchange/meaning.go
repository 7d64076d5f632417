package exchange

import "voucherswitch/domain/voucher"

// Meaning is what a status says about a sale. The zero value is in doubt.
type Meaning int

// The meanings.
const (
	Unusable       Meaning = iota // in doubt: an answer that no vendor should give
	Answered                      // in doubt: an error that does not tell
	Replay                        // in doubt: the vendor knows our only request already, so somebody repeated it
	Approval                      // issued, if the body proves it
	Decline                       // nothing was issued, with or without a body
	ExplainedError                // nothing was issued if the body gives a reason of the wire contract, else as Answered
)

// Outcome judges an answer to a sale by its status, and then by its body: yes reads an approval, reason is what the
// body of an error said, zero if that was nothing.
func Outcome(
	says Meaning, got Answer, reason voucher.Decline, yes func(body []byte) voucher.Outcome,
) voucher.Outcome {
	switch says {
	case Approval:
		return yes(got.Body)
	case Decline:
		return voucher.DeclinedOrInDoubt(true, reason)
	case ExplainedError:
		return voucher.DeclinedOrInDoubt(reason.Type != "", reason)
	case Replay:
		reason.Type = "DUPLICATE_RECORD"
		return voucher.DeclinedOrInDoubt(false, reason)
	case Answered:
		return voucher.DeclinedOrInDoubt(false, reason)
	case Unusable:
		return voucher.Broken()
	default:
		return voucher.Broken()
	}
}
