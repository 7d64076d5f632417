package voucher

import (
	"slices"
	"time"

	"voucherswitch/domain/fault"
)

// Signature is what an operator signs an act with; both stand in the move. Neither may be empty: fault.Invalid.
type Signature struct{ Operator, Reason string }

func (s Signature) check() error {
	if s.Operator == "" || s.Reason == "" {
		return fault.New(fault.Invalid, "an operator's act needs a name and a reason")
	}
	return nil
}

// Quiet says when nothing more can happen to a transaction at its provider: the database's clock now, and the longest
// that an attempt at an advice lasts, which is the lease of its claim.
type Quiet struct {
	Now        time.Time
	ClaimLease time.Duration
}

// Resolve takes an operator's finding on a parked transaction: issued, or not issued or undone. fault.Invalid in any
// other state; fault.Undecided as long as the provision can still take effect, or an attempt at its reversal be in
// flight, which was then claimed before the last move.
func (t Transaction) Resolve(issued bool, q Quiet, by Signature) Decision {
	fact := FactFoundUndone
	if issued {
		fact = FactFoundIssued
	}
	from := t.MovedAt.Add(q.ClaimLease)
	if t.Horizon.After(from) {
		from = t.Horizon
	}
	switch {
	case t.State != Parked:
		return t.refuse(fault.New(fault.Invalid, "only a parked transaction can be resolved; this one is %s", t.State))
	case q.Now.Before(from):
		when := from.Format(time.RFC3339)
		return t.refuse(fault.New(fault.Undecided, "its provider may still act: resolve it after %s", when))
	default:
		return t.signed(fact, Move{}, by)
	}
}

// CloseCase takes an operator's word that a case is answered. The version is that of the move that opened it.
// fault.NotFound if no such case is open.
func (t Transaction) CloseCase(version int, by Signature) Decision {
	open := func(c Case) bool { return c.Version == version }
	if !slices.ContainsFunc(t.Cases, open) {
		return t.refuse(fault.New(fault.NotFound, "no open case %s/%d", t.ID, version))
	}
	return t.signed(FactCaseClosed, Move{Closes: version}, by)
}

// Hasten makes the open advice due now, at an operator's wish. fault.NotFound if none is open, fault.Invalid while it
// is a confirmation that waits for the end of the reversal window.
func (t Transaction) Hasten(by Signature) Decision {
	switch {
	case t.Open == nil:
		return t.refuse(fault.New(fault.NotFound, "no advice of transaction %s waits", t.ID))
	case t.State == Provisioned:
		return t.refuse(fault.New(fault.Invalid, "the reversal window is open; its end sends the confirmation"))
	default:
		return t.signed(FactHastened, Move{}, by)
	}
}

func (t Transaction) signed(fact Fact, m Move, by Signature) Decision {
	if err := by.check(); err != nil {
		return t.refuse(err)
	}
	m.By, m.Reason = by.Operator, by.Reason
	return t.apply(fact, m, Draft{})
}

func (t Transaction) refuse(why error) Decision { return Decision{Next: t, Refusal: why} }
