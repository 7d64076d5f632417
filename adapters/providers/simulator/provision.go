package simulator

import (
	"crypto/rand"
	"fmt"
	"math/big"
	"net/http"
	"slices"
	"strings"
	"time"

	"voucherswitch/adapters/suvwire"
	"voucherswitch/domain/voucher"
)

const validFor = 3 // years

// provision books the call, issues what the mood issues, and answers as the mood answers.
func (s *Simulator) provision(x *exchange) {
	m, refused := suvwire.DecodeProvisionRequest(x.body)
	if refused != nil {
		x.malformed(refused)
		return
	}
	x.message = m
	refuse := func(errorType suvwire.ErrorType, text string) {
		writeError(x.w, http.StatusBadRequest, suvwire.ErrorDetail{ID: m.ID, ErrorType: errorType, ErrorMessage: text})
	}
	code := ""
	if m.Voucher != nil {
		code = m.Voucher.Code.Reveal()
	}
	switch {
	case m.Client.ID != x.profile.Username:
		refuse(suvwire.AuthenticationError, "the client is not the user")
		return
	case code != "" && !x.profile.Provider.Capabilities.ClientCodes:
		refuse(suvwire.FunctionNotSupported, "the provider chooses the code")
		return
	}
	before, after, err := s.ledger.change(x.at(m.ID), func(e *Entry) { s.called(e, m, code) })
	x.entry = after
	switch {
	case err != nil:
		writeError(x.w, http.StatusInternalServerError, suvwire.ErrorDetail{
			ID: m.ID, ErrorType: suvwire.GeneralError, ErrorMessage: "the books cannot be written",
		})
	case before.State == StateNothing:
		behaviours[after.Mood].answer(s, x)
	case before.State == StateBarred:
		refuse(suvwire.VoucherAlreadyReversed, "its reversal came first")
	default:
		refuse(suvwire.DuplicateRecord, "the id is used already")
	}
}

func (x *exchange) at(id string) key { return key{x.profile.Provider.ID, voucher.NewTransactionID(id)} }

// called books one provision.
func (s *Simulator) called(e *Entry, m *suvwire.ProvisionRequest, code string) {
	e.Calls++
	if e.State != StateNothing {
		return
	}
	e.AskedAt = s.Clock().UTC()
	if m.Amounts != nil && m.Amounts.RequestAmount != nil {
		e.Amount, e.Currency = m.Amounts.RequestAmount.Amount, m.Amounts.RequestAmount.Currency
	}
	e.Mood = s.mood(e.Provider, e.Amount)
	e.Code = code
	if behaviours[e.Mood].issues {
		s.issue(e)
	}
}

// issue makes the voucher. A code that the client chose stands in the entry already.
func (s *Simulator) issue(e *Entry) {
	now := s.Clock().UTC()
	if e.Code == "" {
		e.Code = digits(16)
	}
	e.Serial, e.Expiry = "SN"+digits(12), now.AddDate(validFor, 0, 0).Format(time.DateOnly)
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

// approval echoes the request with the voucher and our own reference.
func (x *exchange) approval() suvwire.ProvisionResponse {
	m := x.message
	response := suvwire.ProvisionResponse{
		Transaction: m.Transaction, Product: m.Product, PosInfo: m.PosInfo, Recipient: m.Recipient,
		Voucher: suvwire.Voucher{
			Code: suvwire.NewSecret(x.entry.Code), SerialNumber: x.entry.Serial, ExpiryDate: x.entry.Expiry,
			RedeemInstructions: []string{"Enter the code at " + x.institution().Name + "."},
		},
	}
	if m.Receiver == nil {
		response.Receiver = x.institution()
	}
	response.ThirdPartyIdentifiers = x.identified(m.ThirdPartyIdentifiers)
	if m.Amounts != nil {
		amounts := *m.Amounts
		amounts.ApprovedAmount = amounts.RequestAmount
		response.Amounts = &amounts
	}
	return response
}

func (x *exchange) institution() *suvwire.Institution {
	return suvwire.InstitutionOf(x.profile.Provider.Institution())
}

// identified adds our own reference to the parties'.
func (x *exchange) identified(list []suvwire.ThirdPartyIdentifier) []suvwire.ThirdPartyIdentifier {
	own := suvwire.ThirdPartyIdentifier{
		InstitutionID: x.institution().ID, TransactionIdentifier: strings.TrimPrefix(x.entry.Serial, "SN"),
	}
	isOwn := func(i suvwire.ThirdPartyIdentifier) bool { return i.InstitutionID == own.InstitutionID }
	if own.TransactionIdentifier == "" || slices.ContainsFunc(list, isOwn) {
		return list
	}
	return append(slices.Clone(list), own)
}
