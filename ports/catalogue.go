package ports

import (
	"context"

	"voucherswitch/domain/voucher"
)

// Catalogue is the list of products on sale.
type Catalogue interface {
	// Products is the present list. fault.Overloaded if it cannot be read now.
	Products(context.Context) (voucher.Catalogue, error)
}
