package voucher

// Sent is what held when a reversal was sent; the settle rule asks for it.
type Sent struct {
	AfterHorizon bool // read from the database's clock in the claim
	Approved     bool // an approval had been recorded
}

// Repeat says when an advice is to be tried again.
type Repeat int

// The repeats.
const (
	RepeatNever     Repeat = iota // the answer was final
	RepeatLater                   // no final answer: with backoff
	RepeatAtHorizon               // the acknowledgement is provisional until the provision can no longer take effect
	RepeatAtOnce                  // an approval has been recorded meanwhile
)

// Advised takes what the provider said to an advice. If the answer is not final, nothing is written and Repeat says
// when to try again. The answer to a confirmation that was answered or superseded before changes nothing.
func (t Transaction) Advised(a Advice, sent Sent, o AdviceOutcome) (Decision, Repeat) {
	if a.Kind == Confirmation && t.State == Confirmed && (t.Open == nil || t.Open.ID != a.ID) {
		return Decision{Next: t}, RepeatNever
	}
	fact, repeat := t.judge(a.Kind, sent, o)
	if repeat != RepeatNever {
		return Decision{Next: t}, repeat
	}
	return t.apply(fact, Move{By: string(t.Terms().Provider), Response: &o}, Draft{}), RepeatNever
}

func (t Transaction) judge(kind AdviceKind, sent Sent, o AdviceOutcome) (Fact, Repeat) {
	if o.Kind == AdviceUnanswered || o.Kind == AdviceDeferred {
		return 0, RepeatLater
	}
	if kind == Confirmation {
		if o.Kind == AdviceAcknowledged {
			return FactConfirmationSettled, RepeatNever
		}
		return FactConfirmationRefused, RepeatNever
	}
	if o.Kind == AdviceRefused {
		return FactReversalRefused, RepeatNever
	}
	return t.settles(sent, o.Kind == AdviceAcknowledged)
}

// settles is the settle rule (lifecycle rule 1). The dangerous race is the reversal that overtakes its provision: the
// provider answers "not found" and then issues. So an acknowledgement is final only if the provision could no longer
// take effect when the reversal was sent, or had been answered before, or the provider remembers reversals; and
// "not found" never settles against a recorded approval.
func (t Transaction) settles(sent Sent, acknowledged bool) (Fact, Repeat) {
	approved := t.Approval != nil
	final := sent.AfterHorizon || sent.Approved || t.Terms().Capabilities.RemembersReversals
	switch {
	case acknowledged && final:
		return FactReversalSettled, RepeatNever
	case !acknowledged && (sent.Approved || approved && sent.AfterHorizon):
		return FactReversalRefused, RepeatNever
	case !acknowledged && approved:
		return 0, RepeatAtOnce
	case !acknowledged && final:
		return FactReversalSettled, RepeatNever
	case approved:
		return 0, RepeatAtOnce
	default:
		return 0, RepeatAtHorizon
	}
}
