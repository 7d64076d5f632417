package voucher

import (
	"fmt"
	"time"

	"voucherswitch/domain/fault"
	"voucherswitch/domain/money"
)

// Bounds of what a provider offers. Whoever offers more makes a mistake.
const (
	mostProducts = 10_000
	farthest     = 1e9 // of a listing's sort order, either way
)

// Offer is a provider's list of products as it gave it just now.
type Offer struct {
	Products []Product
	LeftOut  []string // what of the list cannot be sold, and why; for people
}

// Sellable keeps what of an offer can be sold: each product once, at a price that an amount can be held against.
// fault.Invalid if that is nothing, for a provider that lists nothing is far likelier broken than out of business; and
// if the list is longer than any.
func (o Offer) Sellable() (Offer, error) {
	if len(o.Products) > mostProducts {
		return Offer{}, fault.New(fault.Invalid, "a list of %d products is too long", len(o.Products))
	}
	kept, seen := Offer{LeftOut: o.LeftOut}, map[ProductID]bool{}
	for _, p := range o.Products {
		flaw := p.flaw()
		if seen[p.ID] {
			flaw = "stands in the list already"
		}
		if flaw != "" {
			kept.LeftOut = append(kept.LeftOut, fmt.Sprintf("%s: %s", p.ID, flaw))
			continue
		}
		seen[p.ID] = true
		kept.Products = append(kept.Products, p)
	}
	if len(kept.Products) == 0 {
		return kept, fault.New(fault.Invalid, "the list holds nothing that can be sold")
	}
	return kept, nil
}

// flaw is why a product cannot be sold, empty if it can.
func (p Product) flaw() string {
	for _, l := range p.Listings {
		if l.SortOrder < -farthest || l.SortOrder > farthest {
			return "a sort order is out of bounds"
		}
	}
	for _, a := range []LedgerAmount{p.Amount, p.Min, p.Max} {
		if a.IsZero() {
			continue
		}
		if _, known := a.Currency.Code(); !known {
			return "a currency is none"
		}
		if a.Minor < 0 {
			return "an amount is less than nothing"
		}
	}
	switch least, most := p.Min.Amount, p.Max.Amount; {
	case p.Fixed && p.Amount.Minor == 0:
		return "a fixed value without an amount"
	case !p.Amount.IsZero() && !p.Amount.Within(least, most):
		return "the amount lies outside the limits"
	case !most.IsZero() && (most.Minor == 0 || !most.Within(least, money.Amount{})):
		return "the limits leave no amount"
	default:
		return ""
	}
}

// Assortment is what a provider offers: the last good list that it gave.
type Assortment struct {
	Provider ProviderID
	Edition  int           // counts the lists that were kept; 0 if none ever was
	Age      time.Duration // since the list was fetched, by the database's clock
	Products []Product     // without their provider
}

// With is the catalogue and, after it, what providers offer, in the order given. A product of the catalogue stands as
// it does there, whoever offers it: nobody but the operator changes its price, its listings or its providers. What
// several offer at one price is issued by each of them, the first first; at another price it stays with the first.
func (c Catalogue) With(offered ...Assortment) Catalogue {
	all := Catalogue{Products: c.Products[:len(c.Products):len(c.Products)]}
	at := make(map[ProductID]int, len(c.Products))
	for i, p := range c.Products {
		at[p.ID] = i
	}
	for _, list := range offered {
		for _, p := range list.Products {
			i, known := at[p.ID]
			switch {
			case !known:
				at[p.ID] = len(all.Products)
				p.Providers = []ProviderID{list.Provider}
				all.Products = append(all.Products, p)
			case i >= len(c.Products) && all.Products[i].costs(p):
				all.Products[i].Providers = append(all.Products[i].Providers, list.Provider)
			}
		}
	}
	return all
}

// costs reports whether both are sold at the same amounts.
func (p Product) costs(q Product) bool {
	return p.Fixed == q.Fixed && p.Amount.Amount == q.Amount.Amount &&
		p.Min.Amount == q.Min.Amount && p.Max.Amount == q.Max.Amount
}
