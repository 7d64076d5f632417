package simulator

import (
	"net/http"

	"voucherswitch/adapters/suvwire"
)

// verdict is what an advice is answered with; the zero error type is a yes.
type verdict struct {
	status    int
	errorType suvwire.ErrorType
	text      string
}

var (
	accepted     = verdict{status: http.StatusAccepted}
	failing      = verdict{http.StatusInternalServerError, suvwire.GeneralError, "the simulator was told to fail"}
	notFound     = verdict{http.StatusNotFound, suvwire.UnableToLocateRecord, "no such provision"}
	notSupported = verdict{http.StatusNotImplemented, suvwire.FunctionNotSupported, "the provider takes none of these"}
	broken       = verdict{http.StatusInternalServerError, suvwire.GeneralError, "the books cannot be written"}
)

func (s *Simulator) reverse(x *exchange) {
	m, refused := suvwire.DecodeBasicReversal(x.body)
	if refused != nil {
		x.malformed(refused)
		return
	}
	if !x.profile.Provider.Capabilities.Reversals {
		x.reply(notSupported, m.BasicAdvice, nil)
		return
	}
	says := broken
	_, after, err := s.ledger.change(x.at(m.RequestID), func(e *Entry) {
		says = reversalOf(*e)
		e.Reversals++
		switch {
		case says == accepted && e.State == StateIssued:
			e.State, e.ReversedAt = StateReversed, s.Clock().UTC()
		case says == notFound && x.profile.Provider.Capabilities.RemembersReversals:
			e.State = StateBarred
		}
	})
	if err != nil {
		says = broken
	}
	x.entry = after
	m.ThirdPartyIdentifiers = x.identified(m.ThirdPartyIdentifiers)
	x.reply(says, m.BasicAdvice, m)
	if after.Mood == moodFoundTooLate && after.State == StateNothing {
		_ = http.NewResponseController(x.w).Flush()
		s.issueAfterAll(x)
	}
}

// issueAfterAll issues what was just said not to be found, but never later than the provider declares to process.
func (s *Simulator) issueAfterAll(x *exchange) {
	longest := x.profile.Provider.LongestProcessing
	if longest != 0 && s.Clock().Sub(x.entry.AskedAt) >= longest {
		return
	}
	// If the books cannot be written the next request will show it; this one is answered.
	_, _, _ = s.ledger.change(x.entry.key(), s.issue)
}

func reversalOf(e Entry) verdict {
	if e.Mood == moodFailAdvices && e.Reversals+e.Confirmations < failedAdvices {
		return failing
	}
	switch e.State {
	case StateIssued:
		if e.Mood == moodRefuseReversal {
			return verdict{http.StatusBadRequest, suvwire.VoucherAlreadyRedeemed, "the voucher is spent"}
		}
		return accepted
	case StateReversed:
		return accepted
	case StateConfirmed:
		return verdict{http.StatusBadRequest, suvwire.VoucherAlreadyConfirmed, "the sale is confirmed"}
	case StateNothing, StateBarred:
		return notFound
	default:
		return notFound
	}
}

func (s *Simulator) confirm(x *exchange) {
	m, refused := suvwire.DecodeTenderAdvice(x.body)
	if refused != nil {
		x.malformed(refused)
		return
	}
	if !x.profile.Provider.Capabilities.Confirmations {
		x.reply(notSupported, m.BasicAdvice, nil)
		return
	}
	says := broken
	_, after, err := s.ledger.change(x.at(m.RequestID), func(e *Entry) {
		says = confirmationOf(*e)
		e.Confirmations++
		if says == accepted && e.State == StateIssued {
			e.State, e.ConfirmedAt = StateConfirmed, s.Clock().UTC()
		}
	})
	if err != nil {
		says = broken
	}
	x.entry = after
	m.ThirdPartyIdentifiers = x.identified(m.ThirdPartyIdentifiers)
	x.reply(says, m.BasicAdvice, m)
}

func confirmationOf(e Entry) verdict {
	if e.Mood == moodFailAdvices && e.Reversals+e.Confirmations < failedAdvices {
		return failing
	}
	switch e.State {
	case StateIssued, StateConfirmed:
		return accepted
	case StateReversed:
		return verdict{http.StatusBadRequest, suvwire.VoucherAlreadyReversed, "the sale is reversed"}
	case StateNothing, StateBarred:
		return notFound
	default:
		return notFound
	}
}

// reply echoes an accepted advice and explains a refused one.
func (x *exchange) reply(says verdict, advice suvwire.BasicAdvice, echo any) {
	if says.errorType == "" {
		write(x.w, says.status, echo)
		return
	}
	writeError(x.w, says.status, suvwire.ErrorDetail{
		ID: advice.ID, OriginalID: advice.RequestID, ErrorType: says.errorType, ErrorMessage: says.text,
	})
}
