package simulator

import (
	"crypto/rand"
	"fmt"
	"math/big"
	"net/http"
	"strings"
	"time"

	"voucherswitch/adapters/suvwire"
	"voucherswitch/domain/money"
	"voucherswitch/domain/voucher"
)

const validFor = 3 // years

// order is what a sale asks for, in whatever wire.
type order struct {
	amount money.Amount // zero if the message names none
	code   string       // chosen by the client; empty if it leaves that to us
}

// sell books the call, issues what the mood issues, and answers as the mood answers.
func (s *Simulator) sell(x *exchange, o order) {
	if o.code != "" && !x.profile.Provider.Capabilities.ClientCodes {
		x.refuse(x, verdict{http.StatusBadRequest, suvwire.FunctionNotSupported, "the provider chooses the code", ""})
		return
	}
	before, after, err := s.ledger.change(x.key(), func(e *Entry) { s.called(e, o) })
	x.entry = after
	switch {
	case err != nil:
		x.refuse(x, broken)
	case before.State == StateNothing:
		behaviours[after.Mood].answer(s, x)
	case before.State == StateBarred:
		x.refuse(x, verdict{http.StatusBadRequest, suvwire.VoucherAlreadyReversed, "its reversal came first", ""})
	default:
		x.refuse(x, verdict{http.StatusBadRequest, suvwire.DuplicateRecord, "the id is used already", ""})
	}
}

// key is where the exchange's transaction stands in the books.
func (x *exchange) key() key { return key{x.profile.Provider.ID, voucher.NewTransactionID(x.id)} }

// called books one provision.
func (s *Simulator) called(e *Entry, o order) {
	e.Calls++
	if e.State != StateNothing {
		return
	}
	e.AskedAt = s.Clock().UTC()
	e.Amount, e.Currency = o.amount.Minor, string(o.amount.Currency)
	e.Mood = s.mood(e.Provider, e.Amount)
	e.Code = o.code
	if behaviours[e.Mood].issues {
		s.issue(e)
	}
}

// issue makes the voucher. A code that the client chose stands in the entry already.
func (s *Simulator) issue(e *Entry) {
	now := s.Clock().UTC()
	if e.Code == "" {
		e.Code = s.Digits(e.ID, 16)
	}
	e.Serial, e.Expiry = "SN"+s.Digits(e.ID, 12), now.AddDate(validFor, 0, 0).Format(time.DateOnly)
	e.State, e.IssuedAt = StateIssued, now
}

func digits(count int64) string {
	limit := new(big.Int).Exp(big.NewInt(10), big.NewInt(count), nil)
	number, err := rand.Int(rand.Reader, limit)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	return fmt.Sprintf("%0*d", int(count), number)
}

// reference is our own identifier of a sale, empty if nothing was issued.
func (e Entry) reference() string { return strings.TrimPrefix(e.Serial, "SN") }
