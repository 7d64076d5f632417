package model

import (
	"fmt"
	"slices"

	"voucherswitch/domain/fault"
	"voucherswitch/domain/voucher"
)

// mayFollow is the lifecycle's table once more, as far as which state may follow which, written apart from it.
var mayFollow = map[voucher.State][]voucher.State{
	voucher.Absent: {voucher.Sending, voucher.Barred},
	voucher.Sending: {voucher.Provisioned, voucher.Declined, voucher.NotSent, voucher.Reversing,
		voucher.Parked},
	voucher.Provisioned: {voucher.Confirmed, voucher.Reversing, voucher.Parked, voucher.Provisioned},
	voucher.Reversing:   {voucher.Reversing, voucher.Reversed, voucher.Parked},
	voucher.Parked:      {voucher.Parked, voucher.Declined, voucher.Reversed},
	voucher.Confirmed:   {voucher.Confirmed},
	voucher.Declined:    {voucher.Declined},
	voucher.NotSent:     {voucher.NotSent},
	voucher.Reversed:    {voucher.Reversed},
	voucher.Barred:      {voucher.Barred},
}

// checkMove holds one move against S6, S9, S10 and S14, when the book meets it first.
func checkMove(before, after voucher.Transaction, m voucher.Move) string {
	switch {
	case m.Version != before.Version+1:
		return "S6: a version is left out"
	case !slices.Contains(mayFollow[before.State], after.State):
		return fmt.Sprintf("S6: %s follows %s", after.State, before.State)
	case before.Open != nil && m.Queues != nil && m.Settles != before.Open.ID:
		return "S14: an advice is queued on top of an open one"
	case before.State == voucher.Provisioned && after.State == voucher.Reversing && m.Advice == nil:
		return "S9: the switch reverses a success by itself"
	case before.State != voucher.Reversing && after.State == voucher.Reversing && m.Queues == nil:
		return "S10: a reversal is owed, and its move queues none"
	default:
		return ""
	}
}

// checkAdvice holds the sending of an advice against S9, S14 and S15.
func (m *machine) checkAdvice(t node) {
	can := m.profile.capabilities
	if t.Open.Kind == voucher.Confirmation {
		m.blames("S15: a provider gets a confirmation that wants none", !can.Confirmations)
		m.blames("S14: a confirmation is sent of what is not confirmed", t.State != voucher.Confirmed)
		return
	}
	m.blames("S15: a provider gets a reversal that takes none", !can.Reversals)
	m.blames("S14: a reversal is sent of what is not being reversed", t.State != voucher.Reversing)
	m.blames("S9: the switch reverses a success by itself", t.Delivered && len(t.Reversals) == 0)
}

// check holds a world, and the step to it, against what must always be so.
func (m *machine) check(from, to world) string {
	t := &m.nodes[to.journal]
	standing, attended := to.books == issued || to.books == confirmed, len(t.Cases) > 0
	switch {
	case to.journal != from.journal && m.nodes[to.journal].parent != from.journal:
		return "S20: a move is lost from the history"
	case t.State == voucher.NotSent && to.calls > 0:
		return "S23: not sent, and yet a byte left"
	case t.State == voucher.Barred && to.calls > 0:
		return "S16: a barred provision was sent"
	case t.State == voucher.Reversing && (t.Open == nil || t.Open.Kind != voucher.Reversal):
		return "S11: a reversal is owed, and none is in the queue"
	case t.State == voucher.Absent && to.books != nothing:
		return "S1: the provider knows what the journal does not"
	case standing && !attended && isOver(t.State):
		return fmt.Sprintf("S7: a voucher stands at the provider, and the sale is %s", t.State)
	case to.books == reversed && (t.State == voucher.Provisioned || t.State == voucher.Confirmed):
		return fmt.Sprintf("S7: the voucher of a sale that is %s was reversed", t.State)
	case to.books == confirmed && t.State != voucher.Confirmed:
		return fmt.Sprintf("S14: the provider was told that the sale stands, and it is %s", t.State)
	case t.State == voucher.Parked && !attended:
		return "S7: a sale is parked, and nobody is asked"
	case m.profile.capabilities == voucher.Capabilities{} && t.Open != nil:
		return "S15: an advice waits for a provider that takes none"
	default:
		return ""
	}
}

// isOver tells the states in which no voucher stands.
func isOver(s voucher.State) bool {
	return s == voucher.Declined || s == voucher.NotSent || s == voucher.Reversed || s == voucher.Barred
}

// tell is an answer to a provision or its retry, decided on a history in the step that tells it. It holds it against
// S3, S4, S5 and S8.
func (m *machine) tell(w *world, h history) {
	if h == failure {
		m.tellBody(w, 0xff, false)
		return
	}
	t := &m.nodes[h]
	m.blames("S4: an answer leaves before it is committed", !m.holds(w.journal, h))
	switch {
	case t.denied == fault.AlreadyReversed:
		m.tellReversed(w)
	case t.denied != fault.Internal: // undecided
	default:
		m.tellBody(w, t.reply, t.Delivered)
	}
}

// failure stands for a final error that no move holds.
const failure history = 0xffff

func (m *machine) tellBody(w *world, body uint8, isVoucher bool) {
	m.blames("S5: a retry gets another body than was told before", w.told != 0 && w.told != body)
	m.blames("S5: a voucher comes back from its reversal", w.hearsay&toldReversed != 0)
	m.blames("S8: a voucher is delivered after its reversal was accepted", isVoucher && w.hearsay&acceptedReversal != 0)
	w.told = body
	if isVoucher {
		w.hearsay |= toldVoucher
	}
}

func (m *machine) tellReversed(w *world) {
	m.blames("S5: a failure turns into a reversal", w.told != 0 && w.hearsay&toldVoucher == 0)
	w.hearsay |= toldReversed
}

// isDrained tells that nothing is owed: nobody waits, nothing is on its way to the journal, in flight or in the queue.
func (m *machine) isDrained(w world) bool {
	for n := range m.bounds.wishes {
		if at := w.requests[n].at; at != unborn && at != done {
			return false
		}
	}
	idle := w.late.at == unborn && w.sweepers == [replicas]task{} && w.lanes == [replicas]delivery{}
	t := &m.nodes[w.journal]
	return idle && w.floating == [2]history{} && t.State != voucher.Sending && t.Open == nil
}
