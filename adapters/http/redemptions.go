package http

import (
	"github.com/labstack/echo/v4"

	"voucherswitch/adapters/suvwire"
)

// redeem is redeemVoucher: checked like any message, then refused, until redemptions come (wire contract, section 1).
func (a api) redeem(c echo.Context) error {
	request, _, err := receive(a, c, suvwire.DecodeRedemptionRequest, func(r *suvwire.RedemptionRequest) ids {
		return ids{id: r.ID}
	})
	if err != nil {
		return ofRequest(err)
	}
	of := ids{id: request.ID}
	if err := vouch(c, request.Client, of); err != nil {
		return err
	}
	return noRedemptions(of)
}

// confirmRedeem is confirmRedeem, refused likewise.
func (a api) confirmRedeem(c echo.Context) error {
	advice, _, err := receive(a, c, suvwire.DecodeBasicAdvice, idsOf)
	if err != nil {
		return err
	}
	return noRedemptions(idsOf(advice))
}

// reverseRedeem is reverseRedeem, refused likewise.
func (a api) reverseRedeem(c echo.Context) error {
	reversal, _, err := receive(a, c, suvwire.DecodeBasicReversal, idsOfReversal)
	if err != nil {
		return err
	}
	return noRedemptions(idsOfReversal(reversal))
}

func noRedemptions(of ids) error {
	return unsupported("redemptions are not supported", of)
}
