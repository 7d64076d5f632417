package bootstrap

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"voucherswitch/application"
	"voucherswitch/domain/voucher"
	"voucherswitch/ports"
)

// stock puts the products on the shelf, those of a list that was kept before included, so that a restart sells them
// whoever is away; and makes the work that keeps the lists fresh.
func (p *program) stock(ctx context.Context, vendors []application.Vendor) error {
	var listing []voucher.ProviderID
	for i, c := range p.config.Providers {
		if c.Products.FetchEvery == 0 {
			continue
		}
		source, ok := vendors[i].Client.(ports.ProductSource)
		if !ok {
			return fmt.Errorf("provider %s: its adapter %s knows no list of products; leave products out", c.ID, c.wire())
		}
		listing = append(listing, vendors[i].ID)
		p.lists = append(p.lists, &application.Restocker{
			Provider: vendors[i].ID, Source: source, Kept: p.store, Every: c.Products.FetchEvery,
			Clock: time.Now, Chance: rand.Float64, Log: p.log,
		})
	}
	p.shelf = application.NewShelf(p.config.catalogue(), p.store, listing...)
	_, err := p.shelf.Pass(ctx)
	return err
}
