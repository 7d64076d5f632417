package voucher

import "time"

// Move is one line of a transaction's history, appended and never changed. A transaction is its moves, replayed.
type Move struct {
	Transaction TransactionID
	Version     int // 1 for the first
	Fact        Fact
	State       State     // after the move
	At          time.Time // by the database's clock; the journal sets it
	By          string    // whose wish, answer or finding it was: a channel, a provider, the switch, an operator
	Reason      string    // an operator's

	Opening  *Attempt       // of the first move, but a tombstone's
	Owner    ChannelID      // of the first move
	Outcome  *Outcome       // what the provider said, without the voucher
	Approval *Approval      // the voucher: recorded, or evidence
	Advice   *Advice        // the channel's advice
	Response *AdviceOutcome // what the provider said to an advice
	Answer   Answer         // the provision's answer, fixed by this move

	Queues  *Advice  // an advice that enters the queue
	Settles AdviceID // the advice that leaves the queue
	Hastens AdviceID // the advice that is due now
	Opens   Question // the case this move opens; its key is (Transaction, Version)
	Closes  int      // the version of the move whose case this move closes

	Releases []Reservation // what the transaction took, given back to the day of its first move
}

// Decision is what a verb decided. If it writes, the journal appends Move whole or not at all, provided that the
// transaction still stands at Move.Version - 1. Refusal is what the channel is told instead of yes; both may be set.
type Decision struct {
	Move    Move
	Next    Transaction
	Refusal error
}

// Writes reports whether there is a move to append.
func (d Decision) Writes() bool { return d.Move.Version > 0 }

// FixesAnswer reports that this decision ends the provision's own request, so that its answer must be rendered.
func (d Decision) FixesAnswer() bool {
	return d.Writes() && d.Move.Outcome != nil && d.Next.Answer.IsZero()
}

// Answering puts the rendered answer into the move and the next transaction.
func (d Decision) Answering(a Answer) Decision {
	d.Move.Answer, d.Next.Answer = a, a
	return d
}
