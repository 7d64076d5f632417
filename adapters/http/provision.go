package http

import (
	nethttp "net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"voucherswitch/adapters/suvwire"
	"voucherswitch/domain/voucher"
)

// provision is provisionVoucher.
func (a api) provision(c echo.Context) error {
	order, of, err := a.order(c)
	if err != nil {
		return err
	}
	t, err := a.Switch.Provision(c.Request().Context(), order)
	return deliver(c, t, err, of)
}

// retry is retryProvisionVoucher.
func (a api) retry(c echo.Context) error {
	order, of, err := a.order(c)
	if err != nil {
		return err
	}
	t, err := a.Switch.Retry(c.Request().Context(), order)
	return deliver(c, t, err, of)
}

// deliver sends the kept answer as it is: every retry gets the same bytes (lifecycle S5).
func deliver(c echo.Context, t voucher.Transaction, err error, of ids) error {
	if err != nil {
		return refuse(err, t, of)
	}
	if t.Answer.Status == nethttp.StatusCreated {
		prefix := ""
		if strings.HasPrefix(c.Path(), basePath) {
			prefix = basePath
		}
		c.Response().Header().Set("Location", prefix+"/vouchers?provisionRequestId="+of.id)
	}
	return c.JSONBlob(t.Answer.Status, []byte(t.Answer.Body.Reveal()))
}

// order takes a ProvisionRequest through every check of the message itself.
func (a api) order(c echo.Context) (voucher.Order, ids, error) {
	request, body, err := receive(a, c, suvwire.DecodeProvisionRequest, func(r *suvwire.ProvisionRequest) ids {
		return ids{id: r.ID}
	})
	if err != nil {
		return voucher.Order{}, ids{}, ofRequest(err)
	}
	of := ids{id: request.ID}
	if id := c.Param("provisionId"); id != "" && !strings.EqualFold(id, request.ID) {
		return voucher.Order{}, of, malformed(of,
			suvwire.FormatError{Field: "id", Msg: "id must be the id in the path", Value: request.ID})
	}
	if err := vouch(c, request.Client, of); err != nil {
		return voucher.Order{}, of, err
	}
	return orderOf(request, body, channelOf(c)), of, nil
}

func orderOf(request *suvwire.ProvisionRequest, body []byte, channel voucher.Channel) voucher.Order {
	order := voucher.Order{
		ID:               voucher.NewTransactionID(request.ID),
		Channel:          channel,
		Time:             request.Time,
		Client:           request.Client.Domain(),
		SettlementEntity: channel.SettlementEntity,
		Receiver:         request.Receiver.Domain(),
		Product:          request.Product.Domain().ID,
		Amounts:          request.Amounts.Domain(),
		Code:             request.Voucher.Domain().Code,
		Identifiers:      suvwire.IdentifiersDomain(request.ThirdPartyIdentifiers),
		Message:          voucher.NewSecret(string(body)),
	}
	if request.SettlementEntity != nil {
		order.SettlementEntity = request.SettlementEntity.Domain()
	}
	return order
}
