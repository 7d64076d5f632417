package application

import (
	"context"

	"voucherswitch/domain/fault"
	"voucherswitch/domain/voucher"
)

// route settles who may be asked and what for, before anything is written, in the order of preference. There is one
// attempt at least.
func (s *Switch) route(ctx context.Context, o voucher.Order) (attempts []voucher.Attempt, err error) {
	catalogue, err := s.Catalogue.Products(ctx)
	if err != nil {
		return nil, err
	}
	product, _ := catalogue.Find(o.Product)
	vendors := s.vendorsFor(o, product)
	if len(vendors) == 0 {
		return nil, fault.New(fault.NoRoute, "no provider serves this product or receiver")
	}
	if err := o.Priced(product); err != nil {
		return nil, err
	}
	for _, v := range vendors {
		if o.Code.IsZero() || v.Capabilities.ClientCodes {
			attempts = append(attempts, voucher.NewAttempt(o, v.Provider, product, s.Timing, s.NewID()))
		}
	}
	if len(attempts) == 0 {
		return nil, fault.New(fault.NotAllowed, "this provider chooses the voucher code itself")
	}
	return attempts, nil
}

// vendorsFor are the product's in the catalogue, else the receiver's, else the channel's default one (wire contract
// section 4).
func (s *Switch) vendorsFor(o voucher.Order, product voucher.Product) (vendors []Vendor) {
	for _, id := range product.Providers {
		if v, ok := s.vendors[id]; ok {
			vendors = append(vendors, v)
		}
	}
	for _, v := range s.Vendors {
		if len(vendors) == 0 && o.Receiver.ID != "" && v.Receives(o.Receiver.ID) {
			vendors = append(vendors, v)
		}
	}
	if v, ok := s.vendors[o.Channel.DefaultProvider]; ok && len(vendors) == 0 {
		vendors = append(vendors, v)
	}
	return vendors
}
