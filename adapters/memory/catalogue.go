package memory

import (
	"context"

	"voucherswitch/domain/voucher"
)

// Catalogue is a fixed list of products, as the configuration gives it.
type Catalogue struct{ list voucher.Catalogue }

// NewCatalogue is a catalogue of those products.
func NewCatalogue(list voucher.Catalogue) Catalogue { return Catalogue{list: list} }

// Products implements ports.Catalogue.
func (c Catalogue) Products(context.Context) (voucher.Catalogue, error) { return c.list, nil }
