package http

import (
	nethttp "net/http"

	"github.com/labstack/echo/v4"

	"voucherswitch/adapters/suvwire"
	"voucherswitch/domain/voucher"
)

// reverse is reverseVoucher. The advice is echoed with the provider's identifiers where its answer came in time (seed:
// the response is forwarded).
func (a api) reverse(c echo.Context) error {
	reversal, body, err := receive(a, c, suvwire.DecodeBasicReversal, idsOfReversal)
	if err != nil {
		return err
	}
	of := idsOfReversal(reversal)
	advice := adviceOf(voucher.Reversal, reversal.BasicAdvice, body, channelOf(c))
	advice.Reason = string(reversal.ReversalReason)
	t, err := a.Switch.Reverse(c.Request().Context(), advice)
	if err != nil {
		return refuse(err, t, of)
	}
	if theirs := t.AdviceAnswer.Identifiers; len(theirs) > 0 {
		reversal.ThirdPartyIdentifiers = suvwire.IdentifiersOf(theirs)
	}
	return send(c, nethttp.StatusAccepted, reversal)
}

// confirm is confirmVoucher.
func (a api) confirm(c echo.Context) error {
	confirmation, body, err := receive(a, c, suvwire.DecodeTenderAdvice, func(t *suvwire.TenderAdvice) ids {
		return idsOf(&t.BasicAdvice)
	})
	if err != nil {
		return err
	}
	of := idsOf(&confirmation.BasicAdvice)
	advice := adviceOf(voucher.Confirmation, confirmation.BasicAdvice, body, channelOf(c))
	if t, err := a.Switch.Confirm(c.Request().Context(), advice); err != nil {
		return refuse(err, t, of)
	}
	return send(c, nethttp.StatusAccepted, confirmation)
}

func adviceOf(
	kind voucher.AdviceKind, advice suvwire.BasicAdvice, body []byte, channel voucher.Channel,
) voucher.Advice {
	return voucher.Advice{
		ID:          voucher.NewAdviceID(advice.ID),
		Transaction: voucher.NewTransactionID(advice.RequestID),
		Channel:     channel.ID,
		Kind:        kind,
		Time:        advice.Time,
		Identifiers: suvwire.IdentifiersDomain(advice.ThirdPartyIdentifiers),
		Message:     voucher.NewSecret(string(body)),
	}
}

func idsOf(advice *suvwire.BasicAdvice) ids { return ids{advice.ID, advice.RequestID} }

func idsOfReversal(reversal *suvwire.BasicReversal) ids { return idsOf(&reversal.BasicAdvice) }
