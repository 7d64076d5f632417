package voucher

import (
	"cmp"
	"slices"

	"voucherswitch/domain/fault"
	"voucherswitch/domain/money"
)

// Limit is the most that a channel may sell of a product in a day, or, without a product, of everything in that
// currency together. A day is one of UTC, by the database's clock.
type Limit struct {
	Product ProductID
	Most    money.Amount
}

// Reservation is what a sale takes of a limit on the day it was opened: a price of at most Most, in minor units. Most
// stands here as it was then, so that a later change of the limit changes no sale that is under way.
type Reservation struct {
	Product ProductID // empty: of all that the channel sells in the currency
	Price   money.Amount
	Most    int64
}

// Refused is what the channel is told when a limit leaves no room for a sale: fault.LimitExceeded. It names the limit,
// and neither its height nor what others took of it.
func (r Reservation) Refused() error {
	if r.Product != "" {
		return fault.New(fault.LimitExceeded, "the day's limit of product %s is reached", r.Product)
	}
	currency, ok := r.Price.Currency.Code()
	if !ok {
		currency = string(r.Price.Currency)
	}
	return fault.New(fault.LimitExceeded, "the channel's limit of the day in %s is reached", currency)
}

// limits are those of the channel that a sale of that product may fall under: the one on everything first.
func (c Channel) limits(product ProductID) (some []Limit) {
	for _, l := range c.Limits {
		if l.Product == "" || l.Product == product {
			some = append(some, l)
		}
	}
	slices.SortStableFunc(some, func(a, b Limit) int { return cmp.Compare(a.Product, b.Product) })
	return some
}

// Priced checks the amount of an order against its product, as Product.Price does, and refuses to sell for an amount
// that nobody names, which no limit could count, where the channel has one: fault.InvalidAmount.
func (o Order) Priced(p Product) error {
	if err := p.Price(o.Amounts.Request); err != nil {
		return err
	}
	if o.Amounts.Request.IsZero() && !p.Fixed && len(o.Channel.limits(o.Product)) > 0 {
		return fault.New(fault.InvalidAmount, "what this channel sells in a day is limited: name the amount")
	}
	return nil
}

// reservations are what the attempt takes of its channel's limits.
func (a Attempt) reservations() (taken []Reservation) {
	price := a.Price().Amount
	for _, l := range a.Order.Channel.limits(a.Order.Product) {
		if l.Most.Currency == price.Currency {
			taken = append(taken, Reservation{Product: l.Product, Price: price, Most: l.Most.Minor})
		}
	}
	return taken
}
