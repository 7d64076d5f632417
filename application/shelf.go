package application

import (
	"context"
	"slices"
	"sync/atomic"

	"voucherswitch/domain/voucher"
	"voucherswitch/ports"
)

// Shelf is the catalogue on sale: what the configuration lists and, after it, what providers offer. It is kept in the
// process, so that a provision waits for no database and the products stay on sale while that is away; Pass, made every
// few seconds, sees what any replica has kept.
type Shelf struct {
	kept       ports.Assortments
	configured voucher.Catalogue
	providers  []voucher.ProviderID

	lists   []voucher.Assortment // of the providers; by Pass only
	present atomic.Pointer[voucher.Catalogue]
}

var (
	_ ports.Catalogue = (*Shelf)(nil)
	_ ports.Chore     = (*Shelf)(nil)
)

// NewShelf shows the configured products, and with its first Pass what is kept of these providers, in the order of
// preference; what is kept of others is not for sale.
func NewShelf(configured voucher.Catalogue, kept ports.Assortments, providers ...voucher.ProviderID) *Shelf {
	s := &Shelf{
		kept: kept, configured: configured, providers: providers, lists: make([]voucher.Assortment, len(providers)),
	}
	s.show(configured)
	return s
}

func (s *Shelf) show(c voucher.Catalogue) {
	c = c.Indexed()
	s.present.Store(&c)
}

// Products implements ports.Catalogue. It never fails.
func (s *Shelf) Products(context.Context) (voucher.Catalogue, error) { return *s.present.Load(), nil }

// Pass reads the lists that have changed. On failure the products stay as they are.
func (s *Shelf) Pass(ctx context.Context) (int, error) {
	if len(s.providers) == 0 {
		return 0, nil
	}
	editions, err := s.kept.Editions(ctx)
	if err != nil {
		return 0, err
	}
	lists, changed := slices.Clone(s.lists), false
	for i, id := range s.providers {
		if lists[i].Edition == editions[id] {
			continue
		}
		if lists[i], err = s.kept.Assortment(ctx, id); err != nil {
			return 0, err
		}
		changed = true
	}
	if changed {
		s.lists = lists
		s.show(s.configured.With(lists...))
	}
	return 0, nil
}
