package voucher

import (
	"slices"
	"time"

	"voucherswitch/domain/fault"
)

// maxReversals bounds how many different reversals of one provision stand in its history.
const maxReversals = 16

const byTheSwitch = "switch"

// Open is the opening move: the intent, durable before the provider is asked. A journal refuses it with
// fault.Duplicate if the id is taken, and with fault.LimitExceeded if a limit leaves no room for it.
func Open(a Attempt) Decision {
	a.SendBy, a.Order.Channel.Limits = time.Time{}, nil
	m := Move{Transaction: a.Order.ID, By: string(a.Order.Channel.ID), Owner: a.Order.Channel.ID, Opening: &a}
	return Transaction{}.apply(FactOrdered, m, Draft{})
}

// Ordered is what a provision of this id is told when the transaction exists.
func (t Transaction) Ordered() error { return t.apply(FactOrdered, Move{}, Draft{}).Refusal }

// Bar keeps a reversal whose provision is unknown as a tombstone: the id is used up. The channel is told
// fault.NotFound (wire contract).
func Bar(reversal Advice) Decision {
	m := Move{Transaction: reversal.Transaction, By: string(reversal.Channel), Owner: reversal.Channel, Advice: &reversal}
	return Transaction{}.apply(FactReverse, m, Draft{})
}

// Record takes what the provider said to the provision, in time or late. The draft serves for the advice that the
// outcome may call for: a reversal after a doubt, or the confirmation on behalf of a single-messaging channel.
func (t Transaction) Record(o Outcome, draft Draft) Decision {
	m := Move{By: string(t.Terms().Provider)}
	fact := FactInDoubt
	switch o.Kind {
	case OutcomeApproved:
		fact = FactApproved
		if t.Approval != nil && !t.Approval.Voucher.Same(o.Approval.Voucher) {
			fact = FactSecondVoucher
		}
		m.Approval = &o.Approval
	case OutcomeDeclined:
		fact = FactDeclined
	case OutcomeNotSent:
		fact, m.By = FactNotSent, byTheSwitch
	case OutcomeInDoubt:
	}
	m.Outcome = &Outcome{Kind: o.Kind, Doubt: o.Doubt, Decline: o.Decline}
	return t.apply(fact, m, draft)
}

// Lapse resolves a provision whose owner let its lease end: whatever the provider did is reversed. The right to send
// it never moves (lifecycle rule 2).
func (t Transaction) Lapse(draft Draft) Decision {
	timedOut := TimedOut()
	return t.apply(FactLapsed, Move{By: byTheSwitch, Outcome: &timedOut}, draft)
}

// Reverse takes a channel's reversal. Without a provision it bars the id; of another channel's provision it is told
// fault.NotFound and writes nothing (lifecycle S19). The same reversal again writes nothing; another one of the same
// provision stands in the history only.
func (t Transaction) Reverse(a Advice) Decision {
	switch {
	case t.State == Absent:
		return Bar(a)
	case !t.IsOwnedBy(a.Channel):
		return Decision{Refusal: refusal(fault.NotFound)}
	case slices.Contains(t.Reversals, a.ID) || len(t.Reversals) >= maxReversals:
		return Decision{Next: t, Refusal: refusal(decide(t, FactReverse).refuse)}
	default:
		return t.apply(FactReverse, Move{By: string(a.Channel), Advice: &a}, Draft{})
	}
}

// Confirm takes a channel's confirmation. Of no provision, or another channel's, it is told fault.NotFound.
func (t Transaction) Confirm(a Advice) Decision {
	if !t.IsOwnedBy(a.Channel) {
		return Decision{Refusal: refusal(fault.NotFound)}
	}
	return t.apply(FactConfirm, Move{By: string(a.Channel), Advice: &a}, Draft{})
}

// ConfirmOnBehalf ends the reversal window of a single-messaging channel, before the first byte of the confirmation
// that waits in the queue is sent.
func (t Transaction) ConfirmOnBehalf() Decision {
	return t.apply(FactConfirmOnBehalf, Move{By: byTheSwitch, Advice: t.Open}, Draft{})
}

// apply looks a fact up in the table and fills the move with what the cell asks for.
func (t Transaction) apply(fact Fact, m Move, draft Draft) Decision {
	b := decide(t, fact)
	if b.never {
		return Decision{Next: t, Refusal: fault.New(fault.Internal, "%s is impossible in state %s", fact, t.State)}
	}
	if !b.write {
		return Decision{Next: t, Refusal: refusal(b.refuse)}
	}
	m.Fact, m.State, m.Version = fact, b.to, t.Version+1
	if b.to == Absent {
		m.State = t.State
	}
	if t.Version > 0 {
		m.Transaction = t.ID
	}
	if m.State.isUndone() && !t.State.isUndone() {
		m.Releases = t.Attempt.Reservations
	}
	m.Opens = b.question
	t.fill(&m, b, draft)
	return Decision{Move: m, Next: t.with(m), Refusal: refusal(b.refuse)}
}

func (t Transaction) fill(m *Move, b branch, draft Draft) {
	if b.effects&settle != 0 && t.Open != nil {
		m.Settles = t.Open.ID
	}
	if b.effects&hasten != 0 && t.Open != nil {
		m.Hastens = t.Open.ID
	}
	if b.effects&closeCase != 0 {
		m.Closes = t.endingCase()
	}
	if t.Approval == nil {
		t.Approval = m.Approval // an advice names the identifiers that the approval brought
	}
	switch {
	case b.effects&queueReversal != 0:
		m.Queues = t.advice(Reversal, m.Advice, draft, Due{})
	case b.effects&queueReversalLate != 0:
		m.Queues = t.advice(Reversal, m.Advice, draft, Due{At: t.LeaseEnds})
	case b.effects&queueConfirmation != 0:
		m.Queues = t.advice(Confirmation, m.Advice, draft, Due{})
	case b.effects&queueOwnConfirmation != 0:
		m.Queues = t.advice(Confirmation, nil, draft, Due{In: t.Terms().ReversalWindow})
	}
}

// advice is what goes to the provider: the channel's, or the switch's own. Its identifiers are fixed here, so that
// every attempt sends the same body.
func (t Transaction) advice(kind AdviceKind, given *Advice, draft Draft, due Due) *Advice {
	a := Advice{ID: draft.ID, Kind: kind, Time: draft.Time.UTC().Format(time.RFC3339Nano)}
	if given != nil {
		a = *given
	}
	if kind == Reversal && a.Reason == "" {
		a.Reason = "TIMEOUT"
	}
	a.Transaction, a.Provider, a.Due = t.ID, t.Terms().Provider, due
	a.Identifiers = mergeIdentifiers(a.Identifiers, t.Identifiers()...)
	return &a
}

// endingCase is the version of the open case that asks how the transaction ended.
func (t Transaction) endingCase() int {
	for _, c := range t.Cases {
		if c.Question == OutcomeUnknown || c.Question == CannotReverse || c.Question == ReversalRefused {
			return c.Version
		}
	}
	return 0
}

// refusals are the words for the kinds that the table refuses with.
//
//exhaustive:ignore
var refusals = map[fault.Kind]string{
	fault.NotFound:         "there is no such provision",
	fault.Duplicate:        "the id is used already",
	fault.AlreadyReversed:  "the voucher was reversed",
	fault.AlreadyConfirmed: "the voucher was confirmed; a confirmed voucher is not reversed",
	fault.Unknown:          "the outcome of the provision is unknown; it is being looked into",
	fault.Undecided:        "the provision is still in flight; ask again",
}

func refusal(kind fault.Kind) error {
	if kind == fault.Internal {
		return nil
	}
	return fault.New(kind, "%s", refusals[kind])
}
