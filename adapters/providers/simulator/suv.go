package simulator

import (
	"net/http"
	"slices"

	"voucherswitch/adapters/suvwire"
	"voucherswitch/domain/money"
)

// The wire of the Single Use Vouchers interface, at /{provider}/suv/v1.

func (s *Simulator) serveSUV() {
	for path, serve := range map[string]func(*exchange){
		"": s.provisionSUV, "/reversals": s.reverseSUV, "/confirmations": s.confirmSUV,
	} {
		s.routes.Handle("POST /{provider}/suv/v1/vouchers"+path, s.provider(refuseSUV, byPassword, serve))
	}
	s.routes.Handle("GET /{provider}/suv/v1/products", s.provider(refuseSUV, byPassword, s.products))
}

// byPassword lets in by HTTP Basic.
func byPassword(_ *Simulator, x *exchange) bool {
	username, password, _ := x.r.BasicAuth()
	return same(username, x.profile.Username) && same(password, x.profile.Password.Reveal())
}

func (s *Simulator) provisionSUV(x *exchange) {
	m, refused := suvwire.DecodeProvisionRequest(x.body)
	if refused != nil {
		x.malformed(refused)
		return
	}
	x.id, x.approval = m.ID, func(id string) any { return x.approvalSUV(m, id) }
	if m.Client.ID != x.profile.Username {
		x.refuse(x, verdict{http.StatusBadRequest, suvwire.AuthenticationError, "the client is not the user", ""})
		return
	}
	var asked order
	if m.Voucher != nil {
		asked.code = m.Voucher.Code.Reveal()
	}
	if m.Amounts != nil && m.Amounts.RequestAmount != nil {
		sum := m.Amounts.RequestAmount
		asked.amount = money.New(sum.Amount, money.Currency(sum.Currency))
	}
	s.sell(x, asked)
}

func (s *Simulator) reverseSUV(x *exchange) {
	m, refused := suvwire.DecodeBasicReversal(x.body)
	if refused != nil {
		x.malformed(refused)
		return
	}
	x.id, x.advice = m.RequestID, m.ID
	s.reverse(x, func() {
		m.ThirdPartyIdentifiers = x.identified(m.ThirdPartyIdentifiers)
		write(x.w, http.StatusAccepted, m)
	})
}

func (s *Simulator) confirmSUV(x *exchange) {
	m, refused := suvwire.DecodeTenderAdvice(x.body)
	if refused != nil {
		x.malformed(refused)
		return
	}
	x.id, x.advice = m.RequestID, m.ID
	s.confirm(x, func() {
		m.ThirdPartyIdentifiers = x.identified(m.ThirdPartyIdentifiers)
		write(x.w, http.StatusAccepted, m)
	})
}

// approvalSUV echoes the request with the voucher and our own reference.
func (x *exchange) approvalSUV(m *suvwire.ProvisionRequest, id string) suvwire.ProvisionResponse {
	response := suvwire.ProvisionResponse{
		Transaction: m.Transaction, Product: m.Product, PosInfo: m.PosInfo, Recipient: m.Recipient,
		Voucher: suvwire.Voucher{
			Code: suvwire.NewSecret(x.entry.Code), SerialNumber: x.entry.Serial, ExpiryDate: x.entry.Expiry,
			RedeemInstructions: []string{"Enter the code at " + x.institution().Name + "."},
		},
	}
	response.ID = id
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
		InstitutionID: x.institution().ID, TransactionIdentifier: x.entry.reference(),
	}
	isOwn := func(i suvwire.ThirdPartyIdentifier) bool { return i.InstitutionID == own.InstitutionID }
	if own.TransactionIdentifier == "" || slices.ContainsFunc(list, isOwn) {
		return list
	}
	return append(slices.Clone(list), own)
}

// refuseSUV is an ErrorDetail. One about an advice has the advice's id, and the sale's as the original one.
func refuseSUV(x *exchange, says verdict) {
	detail := suvwire.ErrorDetail{ID: x.id, ErrorType: says.errorType, ErrorMessage: says.text}
	if x.advice != "" {
		detail.ID, detail.OriginalID = x.advice, x.id
	}
	if says.mood != "" {
		detail.ProviderErrorCode, detail.ProviderErrorMessage = string(says.mood), "mood "+string(says.mood)
	}
	if says == stranger {
		x.w.Header().Set("WWW-Authenticate", `Basic realm="simulator", charset="UTF-8"`)
	}
	writeError(x.w, says.status, detail)
}

// malformed refuses a message that breaks the wire contract.
func (x *exchange) malformed(refused *suvwire.FormatErrors) {
	writeError(x.w, http.StatusBadRequest, suvwire.ErrorDetail{
		ID: refused.ID, OriginalID: refused.RequestID, ErrorType: suvwire.FormatErrorType,
		ErrorMessage:  "the message breaks the wire contract",
		DetailMessage: &suvwire.DetailMessage{FormatErrors: refused.List},
	})
}
