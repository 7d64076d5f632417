package exchange

import (
	"slices"

	"voucherswitch/domain/voucher"
)

// Condition is what a body must say, so that an advice's status means what its verdict says.
type Condition int

// The conditions.
const (
	Always    Condition = iota
	Proved              // the sale itself, as it now stands
	Explained           // one of the vendor's errors, of whatever code
	Unknown             // the vendor's error that it does not know the sale
)

// Verdict is what a status says about an advice: Means, if the body holds to the condition, else Otherwise.
type Verdict struct {
	Means     voucher.AdviceOutcomeKind
	If        Condition
	Otherwise voucher.AdviceOutcomeKind
}

// The verdicts of a vendor whose status alone proves nothing: a wrong path or a proxy answers with one too.
var (
	Acknowledged = Verdict{voucher.AdviceAcknowledged, Proved, voucher.AdviceUnanswered}
	NotFound     = Verdict{voucher.AdviceNotFound, Unknown, voucher.AdviceDeferred}
	NoSuchSale   = Verdict{voucher.AdviceRefused, Unknown, voucher.AdviceDeferred} // to a confirmation
	Refused      = Verdict{voucher.AdviceRefused, Explained, voucher.AdviceDeferred}
	Later        = Verdict{Means: voucher.AdviceDeferred}
)

// Said is what the body of an answer to an advice says.
type Said struct {
	Sale      bool                         // the sale of the advice, as it now stands
	Reason    voucher.Decline              // an error, with the vendor's code
	Reference voucher.ThirdPartyIdentifier // the vendor's own, if it gave one
}

func (s Said) holds(c Condition) bool {
	switch c {
	case Always:
		return true
	case Proved:
		return s.Sale
	case Explained:
		return s.Reason.ProviderCode != ""
	case Unknown:
		return s.Reason.Type == "UNABLE_TO_LOCATE_RECORD"
	default:
		return false
	}
}

// AdviceOutcome judges an answer to an advice by its status, and then by its body.
func AdviceOutcome(says Verdict, a voucher.Advice, said Said) voucher.AdviceOutcome {
	if !said.holds(says.If) {
		return voucher.AdviceOutcome{Kind: says.Otherwise}
	}
	outcome := voucher.AdviceOutcome{Kind: says.Means}
	switch says.Means {
	case voucher.AdviceAcknowledged:
		outcome.Identifiers = identified(a.Identifiers, said.Reference)
	case voucher.AdviceRefused:
		outcome.Decline = said.Reason
	case voucher.AdviceUnanswered, voucher.AdviceDeferred, voucher.AdviceNotFound:
	}
	return outcome
}

// identified are the parties' references with the vendor's own among them. Ours stood for it while nobody knew it;
// other parties' are never touched.
func identified(list []voucher.ThirdPartyIdentifier, own voucher.ThirdPartyIdentifier) []voucher.ThirdPartyIdentifier {
	if own.TransactionIdentifier == "" || slices.ContainsFunc(list, func(i voucher.ThirdPartyIdentifier) bool {
		return i.TransactionIdentifier == own.TransactionIdentifier
	}) {
		return list
	}
	others := slices.DeleteFunc(slices.Clone(list), func(i voucher.ThirdPartyIdentifier) bool {
		return i.InstitutionID == own.InstitutionID
	})
	return append(others, own)
}
