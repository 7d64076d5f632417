package simulator

import (
	"net/http"

	"voucherswitch/adapters/suvwire"
)

// verdict is a no, in the words of the wire contract.
type verdict struct {
	status    int
	errorType suvwire.ErrorType // empty: a yes
	text      string
	mood      Mood // that asked for it; empty if the books did
}

var (
	accepted     = verdict{}
	failing      = verdict{http.StatusInternalServerError, suvwire.GeneralError, "the simulator was told to fail", ""}
	notFound     = verdict{http.StatusNotFound, suvwire.UnableToLocateRecord, "no such provision", ""}
	notSupported = verdict{
		http.StatusNotImplemented, suvwire.FunctionNotSupported, "the provider takes none of these", "",
	}
	broken = verdict{http.StatusInternalServerError, suvwire.GeneralError, "the books cannot be written", ""}
)

// reverse undoes the exchange's sale; accept answers a yes.
func (s *Simulator) reverse(x *exchange, accept func()) {
	if !x.profile.Provider.Capabilities.Reversals {
		x.refuse(x, notSupported)
		return
	}
	s.advise(x, accept, func(e *Entry) verdict {
		says := reversalOf(*e)
		e.Reversals++
		switch {
		case says == accepted && e.State == StateIssued:
			e.State, e.ReversedAt = StateReversed, s.Clock().UTC()
		case says == notFound && x.profile.Provider.Capabilities.RemembersReversals:
			e.State = StateBarred
		}
		return says
	})
	if x.entry.Mood == moodFoundTooLate && x.entry.State == StateNothing {
		_ = http.NewResponseController(x.w).Flush()
		s.issueAfterAll(x)
	}
}

// advise books an advice and answers it.
func (s *Simulator) advise(x *exchange, accept func(), book func(*Entry) verdict) {
	says := broken
	_, after, err := s.ledger.change(x.key(), func(e *Entry) { says = book(e) })
	if err != nil {
		says = broken
	}
	x.entry = after
	if says == accepted {
		accept()
		return
	}
	x.refuse(x, says)
}

// issueAfterAll issues what was just said not to be found, but never later than the provider declares to process.
func (s *Simulator) issueAfterAll(x *exchange) {
	longest := x.profile.Provider.LongestProcessing
	if longest != 0 && s.Clock().Sub(x.entry.AskedAt) >= longest {
		return
	}
	// If the books cannot be written the next request will show it; this one is answered.
	_, _, _ = s.ledger.change(x.key(), s.issue)
}

func reversalOf(e Entry) verdict {
	if e.Mood == moodFailAdvices && e.Reversals+e.Confirmations < failedAdvices {
		return failing
	}
	switch e.State {
	case StateIssued:
		if e.Mood == moodRefuseReversal {
			return verdict{http.StatusBadRequest, suvwire.VoucherAlreadyRedeemed, "the voucher is spent", ""}
		}
		return accepted
	case StateReversed:
		return accepted
	case StateConfirmed:
		return verdict{http.StatusBadRequest, suvwire.VoucherAlreadyConfirmed, "the sale is confirmed", ""}
	case StateNothing, StateBarred:
		return notFound
	default:
		return notFound
	}
}

// confirm lets the exchange's sale stand; accept answers a yes.
func (s *Simulator) confirm(x *exchange, accept func()) {
	if !x.profile.Provider.Capabilities.Confirmations {
		x.refuse(x, notSupported)
		return
	}
	s.advise(x, accept, func(e *Entry) verdict {
		says := confirmationOf(*e)
		e.Confirmations++
		if says == accepted && e.State == StateIssued {
			e.State, e.ConfirmedAt = StateConfirmed, s.Clock().UTC()
		}
		return says
	})
}

func confirmationOf(e Entry) verdict {
	if e.Mood == moodFailAdvices && e.Reversals+e.Confirmations < failedAdvices {
		return failing
	}
	switch e.State {
	case StateIssued, StateConfirmed:
		return accepted
	case StateReversed:
		return verdict{http.StatusBadRequest, suvwire.VoucherAlreadyReversed, "the sale is reversed", ""}
	case StateNothing, StateBarred:
		return notFound
	default:
		return notFound
	}
}
