package ports

import (
	"context"

	"voucherswitch/domain/voucher"
)

// Catalogue is the list of products on sale. It is asked for every provision, so it waits for nobody.
type Catalogue interface {
	// Products is the present list. fault.Overloaded if it cannot be read now.
	Products(context.Context) (voucher.Catalogue, error)
}

// ProductSource is the client of a provider that offers a list of products.
type ProductSource interface {
	// Products asks for the whole list, once: all of it or an error, and nothing in the error that the provider said.
	// fault.Unavailable: no list was had; fault.Invalid: what came is none. A product that breaks a format rule is left
	// out, and told.
	Products(context.Context) (voucher.Offer, error)
}

// Assortments keeps the last good list of each provider that offers one. fault.Overloaded if the database is away.
type Assortments interface {
	// Assortment is a provider's list, with its age by the database's clock; without an edition if none was ever kept.
	Assortment(context.Context, voucher.ProviderID) (voucher.Assortment, error)
	// Restock puts a list, fetched now, in the place of the one that was read, whole and in one commit. fault.Stale:
	// another list was put there since. fault.Ambiguous: the commit's answer was lost, reading again tells.
	Restock(ctx context.Context, was voucher.Assortment, products []voucher.Product) error
	// Editions are those of every kept list, by provider; it reads no list.
	Editions(context.Context) (map[voucher.ProviderID]int, error)
}
