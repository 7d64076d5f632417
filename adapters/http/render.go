package http

import (
	"cmp"
	nethttp "net/http"

	"github.com/labstack/echo/v4"

	"voucherswitch/adapters/suvwire"
	"voucherswitch/domain/voucher"
	"voucherswitch/ports"
)

var _ ports.Render = Render

// Render makes the answer to a provision whose sending has ended (wire contract, section 2): the voucher, or an
// ErrorDetail. It never fails; what it cannot write down is 500 GENERAL_ERROR, which a channel reverses.
func Render(t voucher.Transaction) voucher.Answer {
	request, broken := requestOf(t)
	if broken != nil {
		return rendered(nethttp.StatusInternalServerError,
			ids{id: string(t.ID)}.detail(suvwire.GeneralError, "the kept message cannot be read"))
	}
	of, outcome := ids{id: request.ID}, t.Outcome
	switch outcome.Kind {
	case voucher.OutcomeApproved:
		if t.Approval != nil {
			return rendered(nethttp.StatusCreated, approved(t, request))
		}
	case voucher.OutcomeDeclined:
		return rendered(nethttp.StatusNotFound,
			relay(outcome.Decline, suvwire.DoNotHonour, "the provider declined the voucher", of))
	case voucher.OutcomeNotSent:
		return rendered(nethttp.StatusServiceUnavailable,
			of.detail(suvwire.UpstreamUnavailable, "the provider cannot be reached"))
	case voucher.OutcomeInDoubt:
	}
	switch outcome.Doubt {
	case voucher.DoubtAnswered:
		return rendered(nethttp.StatusNotFound,
			relay(outcome.Decline, suvwire.UpstreamUnavailable, "the provider could not complete the provision", of))
	case voucher.DoubtTimedOut:
		return rendered(nethttp.StatusGatewayTimeout,
			of.detail(suvwire.UpstreamUnavailable, "the provider did not answer in time"))
	case voucher.DoubtBroken:
	}
	return rendered(nethttp.StatusInternalServerError,
		of.detail(suvwire.GeneralError, "the provider's answer is missing or cannot be used"))
}

func rendered(status int, message any) voucher.Answer {
	body, err := suvwire.Encode(message)
	if err != nil {
		status, body = nethttp.StatusInternalServerError, lastWord
	}
	return voucher.Answer{Status: status, Body: voucher.NewSecret(string(body))}
}

func requestOf(t voucher.Transaction) (*suvwire.ProvisionRequest, *suvwire.FormatErrors) {
	return suvwire.DecodeProvisionRequest([]byte(t.Attempt.Order.Message.Reveal()))
}

// approved echoes the request's transaction with what the provider gave, else with what was asked (wire contract,
// ProvisionResponse). A product is shown as the catalogue lists it, as in lookupProducts.
func approved(t voucher.Transaction, request *suvwire.ProvisionRequest) *suvwire.ProvisionResponse {
	response := suvwire.ProvisionResponse{
		Transaction: request.Transaction,
		Amounts:     sums(suvwire.AmountsOf(t.Approval.Amounts), request.Amounts, priceOf(t.Attempt.Product)),
		Voucher:     suvwire.VoucherOf(t.Approval.Voucher),
		Product: cmp.Or(
			suvwire.ProductOf(t.Attempt.Product), suvwire.ProductOf(t.Approval.Product), request.Product),
		PosInfo:   request.PosInfo,
		Recipient: request.Recipient,
	}
	response.SettlementEntity = suvwire.InstitutionOf(t.Attempt.Order.SettlementEntity)
	response.Receiver = cmp.Or(request.Receiver, suvwire.InstitutionOf(t.Attempt.Receiver))
	response.ThirdPartyIdentifiers = suvwire.IdentifiersOf(t.Identifiers())
	response.SlipData = cmp.Or(suvwire.SlipOf(t.Approval.Slip), request.SlipData)
	return &response
}

// sums are the provider's, with the asked one if the provider did not repeat it.
func sums(given, asked, price *suvwire.Amounts) *suvwire.Amounts {
	if given == nil || given.RequestAmount != nil || asked == nil {
		return cmp.Or(given, asked, price)
	}
	given.RequestAmount = asked.RequestAmount
	return given
}

func priceOf(product voucher.Product) *suvwire.Amounts {
	if !product.Fixed {
		return nil
	}
	return suvwire.AmountsOf(voucher.Amounts{Approved: product.Amount})
}

// found is the answer to a look-up; false if there is no voucher to show.
func found(t voucher.Transaction) (*suvwire.VoucherLookupResponse, bool) {
	request, broken := requestOf(t)
	if broken != nil || t.Approval == nil {
		return nil, false
	}
	sold := approved(t, request)
	return &suvwire.VoucherLookupResponse{
		Voucher: sold.Voucher, SettlementEntity: sold.SettlementEntity, Receiver: sold.Receiver, Amounts: sold.Amounts,
		Product: sold.Product, PosInfo: sold.PosInfo, ThirdPartyIdentifiers: sold.ThirdPartyIdentifiers, RRN: sold.RRN,
	}, true
}

// send writes a message.
func send(c echo.Context, status int, message any) error {
	body, err := suvwire.Encode(message)
	if err != nil {
		return err
	}
	return c.JSONBlob(status, body)
}
