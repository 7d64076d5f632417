package voucher

import (
	"fmt"
	"slices"
	"time"

	"voucherswitch/domain/fault"
)

// Transaction is one provision from its intent to its end. It is a value: a verb returns a Decision that holds the
// next one. The zero Transaction is one that does not exist.
type Transaction struct {
	ID      TransactionID
	Owner   ChannelID
	Version int
	State   State
	Attempt Attempt // zero for a tombstone

	OpenedAt, MovedAt, LeaseEnds, Horizon time.Time // by the database's clock; zero until read back

	Outcome   Outcome // what ended the sending, without the voucher
	Approval  *Approval
	Delivered bool   // the transaction has been Provisioned, so Approval is no mere evidence
	Answer    Answer // to the provision, kept for retries
	Withdrawn bool   // a channel reversed while the answer was, or could become, a voucher

	Reversals    []AdviceID    // accepted from the channel, the first one first
	OwnReversal  AdviceID      // the switch's own, after a doubt
	Confirmation AdviceID      // the channel's, or the one on its behalf
	Open         *Advice       // the one advice in the queue
	AdviceAnswer AdviceOutcome // the provider's last final word on an advice
	Cases        []Case        // open ones
}

// Terms are those the transaction was opened under.
func (t Transaction) Terms() Terms { return t.Attempt.Terms }

// IsOwnedBy reports whether the transaction is that channel's. To any other it does not exist (wire contract).
func (t Transaction) IsOwnedBy(channel ChannelID) bool { return t.Owner == channel }

// ReversalID names the reversal in answers: the channel's first, else the switch's own.
func (t Transaction) ReversalID() AdviceID {
	if len(t.Reversals) > 0 {
		return t.Reversals[0]
	}
	return t.OwnReversal
}

// Reply is what a provision or a retry of it is told now: the kept answer; fault.Undecided while there is none;
// fault.AlreadyReversed once the channel withdrew it, so that no voucher leaves after its reversal (lifecycle S8).
func (t Transaction) Reply() (Answer, error) {
	switch {
	case t.State == Barred || t.Withdrawn:
		return Answer{}, refusal(fault.AlreadyReversed)
	case t.Answer.IsZero():
		return Answer{}, refusal(fault.Undecided)
	default:
		return t.Answer, nil
	}
}

// DisclosedTo is what the sender of an order with this id may see of the transaction, and why the order is refused: to
// another channel, or for another sale, only that the id is taken; the voucher only if it was ever delivered.
func (t Transaction) DisclosedTo(o Order) (Transaction, error) {
	if !t.IsOwnedBy(o.Channel.ID) || t.State != Barred && !t.Attempt.Order.SameSale(o) {
		return Transaction{}, refusal(fault.Duplicate)
	}
	if !t.Delivered {
		t.Approval = nil
	}
	return t, t.Ordered()
}

// Bears reports whether the transaction's voucher is the one that the key describes, as far as it does.
func (t Transaction) Bears(key Key) bool {
	if key.SerialNumber == "" && key.Code.IsZero() {
		return true
	}
	if t.Approval == nil || !t.Delivered {
		return false
	}
	v := t.Approval.Voucher
	return (key.SerialNumber == "" || key.SerialNumber == v.SerialNumber) &&
		(key.Code.IsZero() || key.Code.Equal(v.Code))
}

// Lookup is what a channel that looks the transaction up is told instead of its contents; nil in state Sending, which
// is in flight, and where a voucher stands.
func (t Transaction) Lookup() error {
	switch t.State {
	case Sending:
		return nil
	case Provisioned, Confirmed:
		if t.Withdrawn {
			return refusal(fault.AlreadyReversed)
		}
		if !t.Delivered { // an operator found it issued; late evidence is never shown
			return refusal(fault.Unknown)
		}
		return nil
	case Reversing, Reversed:
		return refusal(fault.AlreadyReversed)
	case Parked:
		return refusal(decide(t, FactConfirm).refuse)
	case Absent, Declined, NotSent, Barred:
		return refusal(fault.NotFound)
	default:
		return refusal(fault.NotFound)
	}
}

// Identifiers are every party's references, in the wire contract's order: the sender's; the settlement entity's,
// minted by us; the receiver's, from the provider, else our reference for it; then what else the provider added.
func (t Transaction) Identifiers() []ThirdPartyIdentifier {
	var provided []ThirdPartyIdentifier
	if t.Approval != nil {
		provided = t.Approval.Identifiers
	}
	receiver := ThirdPartyIdentifier{t.Attempt.Receiver.ID, t.Attempt.Reference}
	if theirs := identifierOf(provided, receiver.InstitutionID); theirs != "" {
		receiver.TransactionIdentifier = theirs
	}
	return mergeIdentifiers(mergeIdentifiers(t.Attempt.Identifiers(), receiver), provided...)
}

// Replay makes a transaction from its moves, in the order of their versions.
func Replay(moves []Move) (Transaction, error) {
	var t Transaction
	for _, m := range moves {
		if m.Version != t.Version+1 {
			return Transaction{}, fault.New(fault.Internal, "transaction %s: version %d follows version %d",
				m.Transaction, m.Version, t.Version)
		}
		t = t.with(m)
	}
	return t, nil
}

// with is the transaction after a move. Deciding and replaying both come through here, so that they cannot differ.
func (t Transaction) with(m Move) Transaction {
	from := t.State
	t.ID, t.Version, t.State, t.MovedAt = m.Transaction, m.Version, m.State, m.At
	if m.Version == 1 {
		t.open(m)
	}
	if m.Outcome != nil && from == Sending {
		t.Outcome = *m.Outcome
	}
	if m.Approval != nil && t.Approval == nil {
		t.Approval = m.Approval
	}
	t.Delivered = t.Delivered || m.State == Provisioned
	if !m.Answer.IsZero() {
		t.Answer = m.Answer
	}
	if m.Response != nil {
		t.AdviceAnswer = *m.Response
	}
	t.advise(m, from)
	t.question(m)
	return t
}

func (t *Transaction) open(m Move) {
	t.Owner = m.Owner
	if m.Opening == nil {
		return
	}
	t.Attempt = *m.Opening
	if !m.At.IsZero() {
		t.OpenedAt = m.At
		t.LeaseEnds = m.At.Add(t.Terms().Lease)
		t.Horizon = m.At.Add(t.Terms().Horizon)
	}
}

func (t *Transaction) advise(m Move, from State) {
	if t.Open != nil && t.Open.ID == m.Settles {
		t.Open = nil
	}
	if m.Queues != nil {
		t.Open = m.Queues
		if m.Queues.IsOwn() && m.Queues.Kind == Reversal {
			t.OwnReversal = m.Queues.ID
		}
	}
	if m.Advice == nil {
		return
	}
	switch m.Advice.Kind {
	case Reversal:
		t.Reversals = append(slices.Clip(t.Reversals), m.Advice.ID)
		t.Withdrawn = t.Withdrawn || from == Sending || from == Provisioned
	case Confirmation:
		t.Confirmation = m.Advice.ID
	}
}

func (t *Transaction) question(m Move) {
	if m.Opens != NoQuestion {
		opened := Case{Transaction: m.Transaction, Version: m.Version, Question: m.Opens, OpenedAt: m.At}
		t.Cases = append(slices.Clip(t.Cases), opened)
	}
	if m.Closes > 0 {
		t.Cases = slices.DeleteFunc(slices.Clone(t.Cases), func(c Case) bool { return c.Version == m.Closes })
	}
}

// String names the transaction without any of its contents.
func (t Transaction) String() string {
	return fmt.Sprintf("%s %s v%d", t.ID, t.State, t.Version)
}
