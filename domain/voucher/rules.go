package voucher

import "voucherswitch/domain/fault"

// cell is what a fact does in a state: the first branch whose condition holds.
type cell []branch

// branch is one line of a cell. Without write nothing is stored: the kept answer stands.
type branch struct {
	when     condition
	write    bool
	to       State
	effects  effect
	question Question   // of the case it opens
	refuse   fault.Kind // what the channel is told instead of yes; Internal (zero) means yes
	never    bool       // a bug of ours, or a lying provider
}

// condition is a question that a transaction answers about itself.
type condition int

const (
	always condition = iota
	takesReversals
	wantsConfirmations
	confirmsOnBehalf
	everApproved
	neverApproved
	acknowledged
	reversalAccepted
)

func (c condition) holds(t Transaction) bool {
	switch c {
	case always:
		return true
	case takesReversals:
		return t.Terms().Capabilities.Reversals
	case wantsConfirmations:
		return t.Terms().Capabilities.Confirmations
	case confirmsOnBehalf:
		return t.Terms().confirmsOnBehalf()
	case everApproved:
		return t.Approval != nil
	case neverApproved:
		return t.Approval == nil
	case acknowledged:
		return t.AdviceAnswer.Kind == AdviceAcknowledged
	case reversalAccepted:
		return len(t.Reversals) > 0
	default:
		return false
	}
}

// effect is what a move brings with it, all in one commit.
type effect int

const (
	evidence             effect = 1 << iota // the voucher is kept, sealed
	queueReversal                           // a reversal advice is queued, due at once
	queueReversalLate                       // a reversal advice is queued, due at the lease's end
	queueConfirmation                       // the channel's confirmation is queued, due at once
	queueOwnConfirmation                    // the switch's confirmation is queued, due when the reversal window ends
	hasten                                  // the open advice is due now
	settle                                  // the open advice, if any, leaves the queue
	closeCase                               // the case that asks how it ended is closed
)

func to(state State, effects ...effect) branch {
	b := branch{write: true, to: state}
	for _, e := range effects {
		b.effects |= e
	}
	return b
}

// stay is a harmless repeat: nothing is written.
func stay() branch { return branch{} }

// note is a move to the same state: a line of history and its effects.
func note(effects ...effect) branch { return to(Absent, effects...) }

func refuse(kind fault.Kind) branch { return branch{refuse: kind} }

func never() branch { return branch{never: true} }

func (b branch) asking(q Question) branch { b.question = q; return b }

func (b branch) refusing(k fault.Kind) branch { b.refuse = k; return b }

func when(c condition, b branch) branch { b.when = c; return b }

func only(b branch) cell { return cell{b} }

func either(c condition, yes, no branch) cell { return cell{when(c, yes), no} }

// decide is the first branch that holds. A cell that is empty, or without a branch that holds, is a never.
func decide(t Transaction, fact Fact) branch {
	for _, b := range transitions[t.State][fact] {
		if b.when.holds(t) {
			return b
		}
	}
	return never()
}
