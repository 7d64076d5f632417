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

// ResolvableFrom is the earliest time, by the database's clock, at which an operator may resolve a parked transaction:
// the provision can take no effect any more, and no attempt at its reversal is in flight. Such an attempt belongs to a
// claim that was made before the last move, and lasts no longer than a claim's lease.
func (t Transaction) ResolvableFrom(claimLease time.Duration) time.Time {
	quiet := t.MovedAt.Add(claimLease)
	if t.Horizon.After(quiet) {
		return t.Horizon
	}
	return quiet
}

// Resolve takes an operator's finding on a parked transaction: issued, or not issued or undone. The caller sees to it
// that it is ResolvableFrom now. fault.Invalid in any other state.
func (t Transaction) Resolve(issued bool, by Signature) Decision {
	fact := FactFoundUndone
	if issued {
		fact = FactFoundIssued
	}
	if t.State != Parked {
		return t.refuse(fault.New(fault.Invalid, "only a parked transaction can be resolved; this one is %s", t.State))
	}
	return t.signed(fact, Move{}, by)
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
