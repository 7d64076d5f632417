package application

import (
	"context"

	"voucherswitch/domain/fault"
	"voucherswitch/domain/voucher"
)

// route settles who is asked and what for, before anything is written: by the product in the catalogue, else by the
// receiver, else the channel's default provider (wire contract section 4).
func (s *Switch) route(ctx context.Context, o voucher.Order) (voucher.Attempt, error) {
	catalogue, err := s.Catalogue.Products(ctx)
	if err != nil {
		return voucher.Attempt{}, err
	}
	product, _ := catalogue.Find(o.Product)
	vendor, ok := s.vendorFor(o, product)
	if !ok {
		return voucher.Attempt{}, fault.New(fault.NoRoute, "no provider serves this product or receiver")
	}
	if err := product.Price(o.Amounts.Request); err != nil {
		return voucher.Attempt{}, err
	}
	if !o.Code.IsZero() && !vendor.Capabilities.ClientCodes {
		return voucher.Attempt{}, fault.New(fault.NotAllowed, "this provider chooses the voucher code itself")
	}
	return voucher.NewAttempt(o, vendor.Provider, product, s.Timing, s.NewID()), nil
}

func (s *Switch) vendorFor(o voucher.Order, product voucher.Product) (Vendor, bool) {
	if v, ok := s.vendors[product.Provider]; ok {
		return v, true
	}
	for _, v := range s.Vendors {
		if o.Receiver.ID != "" && v.Receives(o.Receiver.ID) {
			return v, true
		}
	}
	v, ok := s.vendors[o.Channel.DefaultProvider]
	return v, ok
}
