package memory

import (
	"context"
	"slices"
	"time"

	"voucherswitch/domain/fault"
	"voucherswitch/domain/voucher"
	"voucherswitch/ports"
)

// stocked is a kept list, and when it was fetched.
type stocked struct {
	voucher.Assortment
	at time.Time
}

var _ ports.Assortments = (*Store)(nil)

// Assortment implements ports.Assortments.
func (s *Store) Assortment(_ context.Context, provider voucher.ProviderID) (voucher.Assortment, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	kept, found := s.stock[provider]
	if !found {
		return voucher.Assortment{Provider: provider}, nil
	}
	kept.Age = s.clock().Sub(kept.at)
	kept.Products = slices.Clone(kept.Products)
	return kept.Assortment, nil
}

// Restock implements ports.Assortments.
func (s *Store) Restock(_ context.Context, was voucher.Assortment, products []voucher.Product) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stock[was.Provider].Edition != was.Edition {
		return fault.New(fault.Stale, "another list was kept first")
	}
	was.Edition++
	was.Products = slices.Clone(products)
	s.stock[was.Provider] = stocked{was, s.clock()}
	return nil
}

// Editions implements ports.Assortments.
func (s *Store) Editions(context.Context) (map[voucher.ProviderID]int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	editions := make(map[voucher.ProviderID]int, len(s.stock))
	for provider, kept := range s.stock {
		editions[provider] = kept.Edition
	}
	return editions, nil
}
