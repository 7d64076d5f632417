package voucher

import (
	"cmp"
	"slices"

	"voucherswitch/domain/fault"
)

// Product is what a channel can sell. Amount is its fixed price if Fixed, else Min and Max limit it.
type Product struct {
	ID               ProductID
	Providers        []ProviderID // who issue it, in the order of preference; never shown to a channel
	Receiver         Institution
	Barcode          string
	Name             string
	Description      string
	Amount, Min, Max LedgerAmount
	Fixed            bool
	Listings         []Listing
}

// Listing is how one sales channel shows a product.
type Listing struct {
	ChannelName, DisplayName, DisplayCategory, ProductIdentifier string
	SortOrder                                                    float64
}

// Listed reports whether the product is shown under that channel name. A product without listings, or a question
// without a name, is not restricted.
func (p Product) Listed(channelName string) bool {
	if channelName == "" || len(p.Listings) == 0 {
		return true
	}
	for _, l := range p.Listings {
		if l.ChannelName == channelName {
			return true
		}
	}
	return false
}

// Price checks a requested amount against the product: its fixed price, or its limits; the zero Product has none.
// fault.InvalidAmount otherwise, and for what is not more than nothing. A fixed-price product may be asked for without
// an amount.
func (p Product) Price(asked LedgerAmount) error {
	if !asked.IsZero() && asked.Minor <= 0 {
		return fault.New(fault.InvalidAmount, "the amount must be more than nothing")
	}
	if p.Fixed {
		if asked.IsZero() || asked.Amount == p.Amount.Amount {
			return nil
		}
		return fault.New(fault.InvalidAmount, "product %s costs %s", p.ID, p.Amount)
	}
	if p.Min.IsZero() && p.Max.IsZero() {
		return nil
	}
	if asked.IsZero() || !asked.Within(p.Min.Amount, p.Max.Amount) {
		return fault.New(fault.InvalidAmount, "product %s sells from %s to %s", p.ID, p.Min, p.Max)
	}
	return nil
}

// Catalogue is the list of products on sale.
type Catalogue struct {
	Products []Product
	places   map[ProductID]int // of the Products; nil until Indexed
}

// Indexed is the same list, in which Find need not look at each product. It must not be changed afterwards.
func (c Catalogue) Indexed() Catalogue {
	c.places = make(map[ProductID]int, len(c.Products))
	for i := len(c.Products) - 1; i >= 0; i-- { // the first of two is the one that Find gives
		c.places[c.Products[i].ID] = i
	}
	return c
}

// Find is the product of that id.
func (c Catalogue) Find(id ProductID) (Product, bool) {
	if c.places != nil {
		place, found := c.places[id]
		if !found {
			return Product{}, false
		}
		return c.Products[place], true
	}
	for i := range c.Products { // a product is large, and a list may have thousands
		if c.Products[i].ID == id {
			return c.Products[i], true
		}
	}
	return Product{}, false
}

// For keeps what is listed under a channel name, in the order of its listings: first what has a place there, then the
// rest as it stands in the catalogue. Without a name everything stays as it is.
func (c Catalogue) For(channelName string) Catalogue {
	var kept []Product
	for _, p := range c.Products {
		if p.Listed(channelName) {
			kept = append(kept, p)
		}
	}
	if channelName != "" {
		slices.SortStableFunc(kept, func(a, b Product) int {
			switch x, y := a.place(channelName), b.place(channelName); {
			case x == y:
				return 0
			case x == 0:
				return 1
			case y == 0:
				return -1
			default:
				return cmp.Compare(x, y)
			}
		})
	}
	return Catalogue{Products: kept}
}

// place is the product's sort order under a channel name, 0 if it has none.
func (p Product) place(channelName string) float64 {
	for _, l := range p.Listings {
		if l.ChannelName == channelName {
			return l.SortOrder
		}
	}
	return 0
}
