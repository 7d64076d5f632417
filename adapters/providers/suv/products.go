package suv

import (
	"context"
	"errors"
	"net/http"
	"time"

	"voucherswitch/adapters/exchange"
	"voucherswitch/adapters/suvwire"
	"voucherswitch/domain/fault"
	"voucherswitch/domain/voucher"
	"voucherswitch/ports"
)

// maxList is how many bytes a list of products may have: a sale's answer is far shorter.
const maxList = 8 << 20

var _ ports.ProductSource = (*Client)(nil)

// Products asks for the whole list (wire contract, lookupProducts) and reads the answer until ctx ends. No condition is
// sent along, since the list is small beside what a quarter of an hour sells, and a client keeps no state.
func (c *Client) Products(ctx context.Context) (voucher.Offer, error) {
	answer, err := c.lists.Do(ctx, exchange.Request{
		Method: http.MethodGet, Path: "/products", Header: http.Header{"Authorization": c.header["Authorization"]},
		SendBy: time.Now().Add(connectWithin),
	})
	switch {
	case errors.Is(err, exchange.ErrNothingSent):
		return voucher.Offer{}, fault.New(fault.Unavailable, "the provider could not be reached")
	case err != nil && ctx.Err() != nil:
		return voucher.Offer{}, fault.New(fault.Unavailable, "the list did not arrive in time")
	case err != nil:
		return voucher.Offer{}, fault.New(fault.Unavailable, "the list did not arrive whole")
	case answer.Status != http.StatusOK:
		return voucher.Offer{}, fault.New(fault.Unavailable, "the provider answered %d", answer.Status)
	}
	list, refused := suvwire.DecodeProductList(answer.Body)
	if refused != nil {
		return voucher.Offer{}, fault.New(fault.Invalid, "what the provider answered is no list of products")
	}
	return offerIn(list), nil
}

func offerIn(list *suvwire.ProductList) (offer voucher.Offer) {
	for _, flaw := range list.LeftOut {
		offer.LeftOut = append(offer.LeftOut, flaw.Value+": "+flaw.Msg)
	}
	for _, p := range list.Products {
		product := p.Domain()
		if p.IsFixedValue == nil { // an amount that nothing says may vary is a price
			product.Fixed = p.Amount != nil && p.MinAmount == nil && p.MaxAmount == nil
		}
		offer.Products = append(offer.Products, product)
	}
	return offer
}
