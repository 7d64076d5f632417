package voucher

// State is where a transaction stands.
type State int

// The states of the lifecycle. Declined, NotSent, Confirmed, Reversed and Barred are final.
const (
	Absent      State = iota // there is no such transaction
	Sending                  // the intent is durable; the provider may be being asked
	Provisioned              // the voucher is recorded and may be delivered
	Declined                 // the provider definitely issued nothing
	NotSent                  // it is proved that not one byte of the request left
	Confirmed                // the sale stands; no reversal any more
	Reversing                // a reversal is owed to the provider
	Reversed                 // the reversal is acknowledged and settled, or nothing was there to undo
	Parked                   // no message can mend it: a person decides
	Barred                   // the reversal came before its provision; the id is used up
)

const states = int(Barred) + 1 // how many there are

var stateNames = [states]string{"(absent)", "Sending", "Provisioned", "Declined", "NotSent", "Confirmed", "Reversing",
	"Reversed", "Parked", "Barred"}

// String is the state's name.
func (s State) String() string { return stateNames[s] }

// IsFinal reports that the transaction ends here. Provisioned is not: it may be confirmed or reversed.
func (s State) IsFinal() bool {
	switch s {
	case Declined, NotSent, Confirmed, Reversed, Barred:
		return true
	case Absent, Sending, Provisioned, Reversing, Parked:
		return false
	default:
		return false
	}
}

// isUndone reports that nothing was sold, or that it is undone. No way leads out of these states, so that a transaction
// comes into one of them once.
func (s State) isUndone() bool { return s == Declined || s == NotSent || s == Reversed }

// Fact is what happened: a channel's wish, a provider's answer, a lapsed clock, an operator's finding.
type Fact int

// The facts that the table knows.
const (
	FactOrdered             Fact = iota // a channel asks for a voucher
	FactApproved                        // the provider issued the voucher
	FactSecondVoucher                   // the provider issued another voucher than the recorded one
	FactDeclined                        // the provider definitely issued nothing
	FactNotSent                         // not one byte left
	FactInDoubt                         // the owner cannot know
	FactLapsed                          // the owner's lease ended without an outcome
	FactConfirm                         // a channel confirms
	FactConfirmOnBehalf                 // the reversal window of a single-messaging channel ended
	FactReverse                         // a channel reverses
	FactReversalSettled                 // the provider's answer to the reversal is final (the settle rule)
	FactReversalRefused                 // the provider will not reverse
	FactConfirmationSettled             // the provider acknowledged the confirmation
	FactConfirmationRefused             // the provider refused the confirmation
	FactFoundIssued                     // an operator: it was issued
	FactFoundUndone                     // an operator: it was not issued, or is undone
	FactCaseClosed                      // an operator closes a case
	FactHastened                        // an operator wants the open advice to be tried now
)

const facts = int(FactHastened) + 1 // how many there are

var factNames = [facts]string{"ordered", "approved", "second voucher", "declined", "not sent", "in doubt",
	"lease lapsed", "confirm", "confirm on behalf", "reverse", "reversal settled", "reversal refused",
	"confirmation settled", "confirmation refused", "found issued", "found undone", "case closed", "hastened"}

// String is the fact's name.
func (f Fact) String() string { return factNames[f] }
