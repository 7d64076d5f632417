package application

import (
	"context"

	"voucherswitch/domain/fault"
	"voucherswitch/domain/voucher"
)

// Products lists what is sold under a channel name.
func (s *Switch) Products(ctx context.Context, channelName string) (voucher.Catalogue, error) {
	catalogue, err := s.Catalogue.Products(ctx)
	return catalogue.For(channelName), err
}

// Find looks a transaction up for its owner. It never guesses: what is in flight is returned in state Sending. Whatever
// is not found is not found in the very same words, so that another channel's id tells nothing (lifecycle S19).
func (s *Switch) Find(ctx context.Context, key voucher.Key) (voucher.Transaction, error) {
	t, err := s.Journal.Find(ctx, key)
	if err == nil {
		err = t.Lookup()
	}
	foreign := !t.IsOwnedBy(key.Channel) || !t.Bears(key)
	if fault.Is(err, fault.NotFound) || t.Version > 0 && foreign {
		return voucher.Transaction{}, fault.New(fault.NotFound, "there is no such voucher")
	}
	return t, err
}
